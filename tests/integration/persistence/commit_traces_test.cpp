// SPDX-License-Identifier: Apache-2.0
#include <barrier>
#include <future>
#include <map>
#include <random>

#include "support/backends.hpp"
#include "support/model_units.hpp"
#include "support/order_search.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::model;

namespace {

using commit_call = traced_call<commit_message, commit_result>;
using trace = std::vector<commit_call>;

[[nodiscard]] bool has_an_order(const trace& calls) {
  return order_search<commit_database, commit_call>{
      calls,
      [](commit_database& database, const commit_call& call) {
        return result_of(database.commit(call.sent, {})) == call.said;
      }}
      .finds();
}

constexpr std::size_t threads = 3, calls_of_thread = 3;

// What each thread sends: decisions on revisions that may be stored or not, with keys that meet,
// and some of them twice.
std::vector<trace> random_calls(std::mt19937& random) {
  std::vector<trace> all(threads);
  std::vector<commit_message> made;
  for (std::size_t c = 0; c < calls_of_thread; ++c)
    for (std::size_t t = 0; t < threads; ++t) {
      commit_message sent;
      if (!made.empty() && random() % 4 == 0) {
        sent = made[random() % made.size()];
      } else {
        sent.workflow = static_cast<std::uint8_t>(random() % workflows);
        sent.revision = static_cast<std::uint8_t>(random() % (c + 1));
        sent.key = static_cast<std::uint8_t>(random() % 3);
        sent.transaction = static_cast<std::uint8_t>(made.size());
        made.push_back(sent);
      }
      all[t].push_back({.sent = sent});
    }
  return all;
}

void play(persistence::store& on, const std::vector<unit_of_work>& begun, trace& calls) {
  for (auto& call : calls) {
    const auto unit = unit_of(begun[call.sent.workflow], call.sent);
    call.begin = std::chrono::steady_clock::now();
    call.said = on.commit(unit);
    call.end = std::chrono::steady_clock::now();
  }
}

std::string text_of(const trace& calls) {
  std::string text;
  for (const auto& call : calls)
    text += fmt::format("workflow {} revision {} key {} transaction {}: {}, {} to {}\n",
                        call.sent.workflow, call.sent.revision, call.sent.key,
                        call.sent.transaction, static_cast<int>(call.said),
                        call.begin.time_since_epoch().count(), call.end.time_since_epoch().count());
  return text;
}

}  // namespace

// One store for each thread, or one for all, which joins their commits.
BACKEND_TEST_CASE(
    "model: what threads were told of commits has an order in which the model says it", "[model]",
    sqlite_file, postgresql_kept, partitioned_kept) {
  const bool is_shared = GENERATE(false, true);
  std::vector<std::shared_ptr<persistence::store>> stores(threads);
  for (auto& each : stores)
    each = is_shared && stores[0] ? stores[0] : std::shared_ptr{database.open()};
  std::mt19937 random{is_shared ? 1U : 2U};
  std::map<commit_result, int> answers;
  int beside_another = 0;
  constexpr std::uint64_t rounds = 150;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    std::vector<unit_of_work> begun;
    for (std::uint64_t i = 0; i < workflows; ++i) {
      begun.push_back(first_unit((is_shared ? 10'000 : 1) + round * workflows + i));
      REQUIRE(stores[0]->create(begun.back()) == commit_result::applied);
    }
    auto calls = random_calls(random);
    std::barrier start{threads};
    {
      std::vector<std::future<void>> all;
      for (std::size_t t = 0; t < threads; ++t)
        all.push_back(std::async(std::launch::async, [&, t] {
          start.arrive_and_wait();
          play(*stores[t], begun, calls[t]);
        }));
      for (auto& each : all) each.get();
    }
    trace played;
    for (const auto& each : calls) played.insert(played.end(), each.begin(), each.end());
    INFO(text_of(played));
    CHECK(has_an_order(played));
    for (const auto& call : played) {
      ++answers[call.said];
      for (const auto& other : played) beside_another += &call != &other && met(call, other);
    }
  }
  CHECK(answers[commit_result::applied] > 150);
  CHECK(answers[commit_result::already_applied] > 30);
  CHECK(answers[commit_result::conflict] > 150);
  CHECK(beside_another > 300);
}

// So that the search is believed.
TEST_CASE("model: two decisions on one revision, and an answer that came too early, have no order",
          "[model]") {
  const auto at = [](int begin, int end) {
    return std::pair{instant_of_call{std::chrono::seconds{begin}},
                     instant_of_call{std::chrono::seconds{end}}};
  };
  const auto call = [&](std::uint8_t transaction, std::uint8_t key, commit_result said,
                        std::pair<instant_of_call, instant_of_call> when) {
    return commit_call{{.key = key, .transaction = transaction}, said, when.first, when.second};
  };
  using enum commit_result;
  CHECK(has_an_order({call(0, 0, applied, at(0, 2)), call(1, 0, conflict, at(1, 3))}));
  CHECK_FALSE(has_an_order({call(0, 0, applied, at(0, 2)), call(1, 0, applied, at(1, 3))}));
  CHECK(has_an_order({call(0, 0, conflict, at(0, 2)), call(1, 0, applied, at(1, 3))}));
  CHECK_FALSE(has_an_order({call(0, 0, conflict, at(0, 1)), call(1, 0, applied, at(2, 3))}));
  CHECK(has_an_order({call(0, 0, applied, at(0, 2)), call(0, 0, already_applied, at(1, 3))}));
  CHECK_FALSE(has_an_order({call(0, 0, already_applied, at(0, 1)), call(0, 0, applied, at(2, 3))}));
}
