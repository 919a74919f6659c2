// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "benchmarks/run_report.hpp"
#include "benchmarks/summary.hpp"
#include "support/catch.hpp"

using namespace nava;
using namespace nava::benchmarks;
using Catch::Contains;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

report filled_report() {
  static std::ostringstream ignored;
  report made{"cascade_delete", {}, ignored};
  const auto figures_with = [](std::string name, double p50) {
    return figures{std::move(name), 10, p50, 2 * p50, 1000 / p50, 104'000 / p50};
  };
  made.add_round({figures_with("nava", 1.0), figures_with("floor", 2.0)});
  made.add_round({figures_with("nava", 3.0), figures_with("floor", 2.0)});
  made.add_round({figures_with("nava", 8.0), figures_with("floor", 4.0)});
  made.compare("delete: nava / floor, p50", metric::p50_ms, "nava", "floor");
  made.compare("absent", metric::p50_ms, "nava", "nobody");
  return made;
}

}  // namespace

TEST_CASE("bench: a percentile is the least sample that its share does not exceed") {
  samples timed;
  CHECK(timed.percentile_ms(0.5) == 0);
  for (int i = 100; i >= 1; --i) timed.add(std::chrono::milliseconds{i});
  CHECK(timed.percentile_ms(0.5) == Approx(50));
  CHECK(timed.percentile_ms(0.99) == Approx(99));
  CHECK(timed.percentile_ms(1) == Approx(100));
  CHECK(timed.percentile_ms(0) == Approx(1));
  CHECK(timed.total_s() == Approx(5.05));

  samples one;
  one.add(7ms);
  CHECK(one.percentile_ms(0.99) == Approx(7));
  one.add(timed);
  CHECK(one.count() == 101);
}

TEST_CASE("bench: the median is the middle, or between the middle two") {
  CHECK(median({}) == 0);
  CHECK(median({5}) == 5);
  CHECK(median({9, 1, 5}) == 5);
  CHECK(median({1, 9, 3, 5}) == 4);
}

TEST_CASE("bench: rates count operations and rows over the time they took") {
  samples timed;
  timed.add(10ms);
  timed.add(30ms);
  const auto alone = figures_of("nava", timed, 104);
  CHECK(alone.per_second == Approx(50));
  CHECK(alone.rows_per_second == Approx(5200));
  // Two threads at once: 40 ms of work in 20 ms.
  CHECK(figures_of("nava", timed, 0, 0.02).per_second == Approx(100));
  CHECK(figures_of("nobody", {}).per_second == 0);
}

TEST_CASE("bench: a ratio is taken per round, and the median of rounds counts") {
  const report made = filled_report();
  REQUIRE(made.results().size() == 1);
  const result& ratio = made.results().front();
  CHECK(ratio.rounds == std::vector<double>{0.5, 1.5, 2.0});
  CHECK(ratio.value() == 1.5);
  CHECK(ratio.least() == 0.5);
  CHECK(ratio.most() == 2.0);
  CHECK(ratio.samples == 10);
}

TEST_CASE("bench: a report says in JSON all that it knows") {
  report made = filled_report();
  made.note("a note");
  made.set_environment({{"machine", json::object{{"cores", 2}}}});
  const json::object found = json_of(made);
  CHECK(found.at("workload") == "cascade_delete");
  CHECK(found.at("rounds").as_array().size() == 3);
  CHECK(found.at("rounds").at(1).at("nava").at("p50_ms") == 3.0);
  CHECK(found.at("results").at(0).at("median") == 1.5);
  CHECK(found.at("results").at(0).at("max") == 2.0);
  CHECK(found.at("results").at(0).at("rounds").as_array().size() == 3);
  CHECK(found.at("results").at(0).at("samples") == 10);
  CHECK(found.at("notes").at(0) == "a note");
  CHECK(found.at("options").at("workflows") == 2000);
  CHECK(found.at("machine").at("cores") == 2);
}

TEST_CASE("bench: a table has a line of medians for each contender, for gnuplot") {
  report made = filled_report();
  made.note("a note");
  std::istringstream lines{text_of(made)};
  std::vector<std::string> comments;
  words head, first;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in{line};
    const words columns{std::istream_iterator<std::string>{in}, {}};
    if (line.starts_with('#'))
      comments.push_back(line);
    else if (head.empty())
      head = columns;
    else if (first.empty())
      first = columns;
  }
  REQUIRE(comments.size() == 4);
  CHECK(comments[0] == "# cascade_delete: median time of one operation, ms");
  CHECK(comments[1] == "# SQLite, 2000 workflows");
  CHECK_THAT(comments[3], Contains("delete: nava / floor, p50") && Contains("1.5 x"));
  CHECK(head == words{"contender", "samples", "p50_ms", "p99_ms", "per_second", "rows_per_second",
                      "charted", "least", "most"});
  CHECK(first == words{"nava", "30", "3", "6", "333", "34667", "3", "1", "8"});
}

TEST_CASE("bench: a figure is judged where as much was measured as was promised") {
  const auto judged = [](std::string_view workload, benchmarks::options given, std::size_t samples,
                         std::string_view figure, double found) {
    static std::ostringstream ignored;
    report made{std::string{workload}, std::move(given), ignored};
    made.add({std::string{figure}, "x", {found, found + 1, found - 1}, samples});
    made.set_environment({{"versions", json::object{{"postgresql", "15"}}}});
    std::istringstream lines{summary_of({json::value(json_of(made))})};
    std::string line;
    std::getline(lines, line);
    std::getline(lines, line);
    return line.find(" x  ") == line.npos ? std::string{"not judged"} : line;
  };
  const auto met = Catch::EndsWith("  met");
  constexpr std::string_view p99 = "commit: p99 beside a purge / alone",
                             original = "delete: original layout / nava, p50",
                             floor = "delete: nava / floor, p50", peak = "resident memory, peak";
  benchmarks::options given;
  CHECK_THAT(judged("cascade_delete", given, 9, floor, 1.1), met);
  CHECK_THAT(judged("cascade_delete", given, 9, floor, 1.11), Catch::EndsWith("NOT MET"));
  CHECK_THAT(judged("mixed", given, 1000, p99, 2), met);
  CHECK(judged("mixed", given, 999, p99, 2) == "not judged");
  given.workflows = 20'000;
  CHECK_THAT(judged("cascade_delete", given, 9, original, 200), met);
  CHECK_THAT(judged("cascade_delete", given, 9, original, 199), Catch::EndsWith("NOT MET"));
  given.workflows = 19'999;
  CHECK(judged("cascade_delete", given, 9, original, 200) == "not judged");
  CHECK_THAT(judged("replay", given, 0, peak, 199), met);
  CHECK(judged("replay", given, 0, "resident memory, second half above the first", 1) ==
        "not judged");
  given.events = 99'999;
  CHECK(judged("replay", given, 0, peak, 199) == "not judged");
}

TEST_CASE("bench: a summary names all goals, and what grew") {
  const auto with_pages = [](std::int64_t workflows, double pages) {
    static std::ostringstream ignored;
    benchmarks::options given;
    given.workflows = workflows;
    report made{"cascade_delete", given, ignored};
    made.add({std::string{pages_of_a_delete}, "pages", {pages}});
    made.add({"delete: nava / floor, p50", "x", {1.0, 1.4, 1.2}, 9});
    made.set_environment({{"versions", json::object{{"postgresql", "15"}}}});
    return json::value(json_of(made));
  };
  const auto lines = [](const std::string& text) {
    std::vector<std::string> found;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
  };
  const auto grown = lines(summary_of({with_pages(200'000, 250), with_pages(2000, 200)}));
  // The head, the figure of each report, the growth, and all other goals: the figure answers two.
  REQUIRE(grown.size() == 4 + goals().size() - 3);
  CHECK_THAT(grown[1], Contains("200000") && Contains("<= 1.1") && Contains("1.2 x  NOT MET"));
  CHECK_THAT(grown[2], Contains("2000") && Contains("1.2 x  NOT MET"));
  CHECK_THAT(grown[3], Contains("1.25 x  NOT MET") && Contains("200000 / 2000"));
  CHECK_THAT(grown[4], Contains(">= 200") && Contains("not measured"));
  CHECK_THAT(lines(summary_of({with_pages(200'000, 240), with_pages(2000, 200)}))[3],
             Contains("1.2 x  met"));
  // What grows from 2,000 to fewer than 200,000 workflows is no figure of a goal.
  CHECK(lines(summary_of({with_pages(2000, 200)})).size() == 1 + goals().size());
  CHECK(lines(summary_of({with_pages(20'000, 200), with_pages(2000, 200)})).size() ==
        2 + goals().size());

  const auto in_memory = lines(summary_of({json::parse(
      R"({"benchmarks": [{"run_name": "deliver_warm/10", "aggregate_name": "mean",
          "real_time": 99, "time_unit": "us"}, {"run_name": "deliver_warm/10",
          "aggregate_name": "median", "real_time": 5, "time_unit": "us"}]})")}));
  CHECK(in_memory.size() == 1 + goals().size());
  CHECK_THAT(in_memory[1], Contains("deliver_warm/10") && Contains("5 us  met"));
}

TEST_CASE("bench: contenders take turns, and turn their order around every second round") {
  std::string order;
  const std::vector<contender> both{{"a", [&] { order += 'a'; }}, {"b", [&] { order += 'b'; }}};
  const auto first = interleave(both, {.operations = 2, .warm_up = 1, .round = 0});
  CHECK(order == "ababab");
  CHECK(first.at(0).contender == "a");
  CHECK(first.at(0).operations == 2);
  order.clear();
  const auto second = interleave(both, {.operations = 2, .warm_up = 0, .round = 1});
  CHECK(order == "baba");
  CHECK(second.at(0).contender == "a");
}

TEST_CASE("bench: a contender that has used up its time runs no more, but once") {
  int slow = 0, fast = 0;
  const std::vector<contender> both{{"slow", [&] { ++slow; }, 0, 0}, {"fast", [&] { ++fast; }}};
  const auto found = interleave(both, {.operations = 5, .warm_up = 3});
  CHECK(slow == 1);
  CHECK(fast == 8);
  CHECK(found.at(0).operations == 1);
  CHECK(found.at(1).operations == 5);
}

TEST_CASE("bench: the threads of a slice work until it is over, and tell what failed") {
  std::atomic<bool> is_over = false;
  const std::vector<timed_work> both(2, [](samples& timed) { timed.time([] {}); });
  const slice found = run_together(
      both, [&] { return is_over.load(); },
      [&] {
        std::this_thread::sleep_for(20ms);
        is_over = true;
      });
  CHECK(found.timed.count() > 2);
  CHECK(found.elapsed_s >= 0.02);
  CHECK_THROWS_WITH(
      run_together({[](samples&) { throw std::runtime_error{"it failed"}; }}, after(5)).elapsed_s,
      "it failed");
}

TEST_CASE("bench: resident memory that grows is told from memory that stays") {
  resident_memory memory;
  memory.sample();
  CHECK(memory.growth() == 0);
  const std::vector<char> held(64 << 20, 'x');
  memory.sample();
  CHECK(held.back() == 'x');
  CHECK(memory.growth() > 32);
  CHECK(memory.peak() > 64);
}
