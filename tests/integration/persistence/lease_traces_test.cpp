// SPDX-License-Identifier: Apache-2.0
#include <barrier>
#include <future>
#include <map>
#include <random>

#include "support/backends.hpp"
#include "support/order_search.hpp"
#include "support/protocol_model.hpp"
#include "support/task_units.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::model;

namespace {

enum class verb { claim, renew, settle, postpone, end_lease };

struct lease_message {
  verb what{};
  std::uint8_t fence = 0;
};

// What a holder is told, or what a claim got. Nothing: the call has done nothing, since another
// session held the row.
struct lease_answer {
  bool did_nothing = false;
  ended said{};
  std::uint8_t fence = 0;  ///< of a claim; 0: no task

  friend bool operator==(const lease_answer&, const lease_answer&) = default;
};

using lease_call = traced_call<lease_message, lease_answer>;
using trace = std::vector<lease_call>;

lease_answer said(const losses& answer) {
  using persistence::lease_loss;
  if (!answer.at(0)) return {.said = ended::kept};
  if (*answer.at(0) == lease_loss::locked) return {.did_nothing = true};
  return {.said = *answer.at(0) == lease_loss::settled ? ended::before : ended::lost};
}

// A claim passes over a row that another session holds.
bool plays(lease_database& task, const lease_call& call, bool met_another) {
  if (call.said.did_nothing) return met_another;
  switch (call.sent.what) {
    case verb::claim:
      if (call.said.fence == 0 && met_another) return true;
      return task.claim({}) ? call.said.fence == task.fence : call.said.fence == 0;
    case verb::renew:
      return task.renew(call.sent.fence, {}) == call.said.said;
    case verb::settle:
      return task.settle(call.sent.fence, {}) == call.said.said;
    case verb::postpone:
      return task.postpone(call.sent.fence, {}) == call.said.said;
    case verb::end_lease:
      if (task.is == lease::held) task.end_lease();
      return true;
  }
  return false;
}

[[nodiscard]] bool has_an_order(const trace& calls) {
  return order_search<lease_database, lease_call>{
      calls,
      [&](lease_database& task, const lease_call& call) {
        const bool met_another = std::ranges::any_of(
            calls, [&](const lease_call& other) { return &other != &call && met(call, other); });
        return plays(task, call, met_another);
      }}
      .finds();
}

constexpr std::size_t threads = 3, calls_of_thread = 3;

std::vector<trace> random_calls(std::mt19937& random) {
  std::vector<trace> all(threads);
  for (trace& mine : all)
    for (std::size_t i = 0; i < calls_of_thread; ++i) {
      const auto what = static_cast<verb>(random() % 8 < 3 ? 0 : random() % 5);
      mine.push_back({.sent = {what, static_cast<std::uint8_t>(1 + random() % 2)}});
    }
  return all;
}

// One thread's way to the task.
class hand {
 public:
  hand(test_database& database, std::shared_ptr<persistence::store> on)
      : on_(std::move(on)), raw_(raw_of(database)) {
    if (database.url().backend() == persistence::backend::sqlite)
      raw_->run("PRAGMA busy_timeout = 10000");
  }

  void play(const persistence::task_lease& task, trace& calls) {
    for (lease_call& call : calls) {
      call.begin = std::chrono::steady_clock::now();
      call.said = make(task, call.sent);
      call.end = std::chrono::steady_clock::now();
    }
  }

 private:
  lease_answer make(persistence::task_lease lease, const lease_message& sent) {
    lease.fence = sent.fence;
    const auto held = renewal_of(lease);
    const auto done = completed(lease);
    const auto later = settled(lease, persistence::settlement::result::postponed);
    switch (sent.what) {
      case verb::claim: {
        const auto found = on_->claim(claim_of(1)).tasks;
        return {.fence = found.empty() ? std::uint8_t{}
                                       : static_cast<std::uint8_t>(found.front().fence)};
      }
      case verb::renew:
        return said(on_->renew({&held, 1}, long_lease));
      case verb::settle:
        return said(on_->settle({&done, 1}));
      case verb::postpone:
        return said(on_->settle({&later, 1}));
      case verb::end_lease:
        raw_->run(
            "UPDATE workflow_agenda SET lease_until = '2020-01-01T00:00:00.000000Z', ts_due = "
            "'2020-01-01T00:00:00.000000Z' WHERE lease_until IS NOT NULL");
        return {};
    }
    return {};
  }

  const std::shared_ptr<persistence::store> on_;
  const std::unique_ptr<raw_session> raw_;
};

std::string text_of(const trace& calls) {
  std::string text;
  for (const auto& call : calls)
    text +=
        fmt::format("{} with fence {}: {}{} fence {}, {} to {}\n", static_cast<int>(call.sent.what),
                    call.sent.fence, call.said.did_nothing ? "nothing " : "",
                    static_cast<int>(call.said.said), call.said.fence,
                    call.begin.time_since_epoch().count(), call.end.time_since_epoch().count());
  return text;
}

}  // namespace

BACKEND_TEST_CASE("model: what threads were told of leases has an order in which the model says it",
                  "[model]", sqlite_file, postgresql_kept, partitioned_kept) {
  std::vector<std::unique_ptr<hand>> hands;
  const std::shared_ptr first{database.open()};
  for (std::size_t t = 0; t < threads; ++t)
    hands.push_back(std::make_unique<hand>(database, t == 0 ? first : database.open()));
  std::mt19937 random{3};
  std::map<ended, int> answers;
  int claims = 0, beside_another = 0;
  constexpr std::uint64_t rounds = 200;
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    const auto unit = unit_with_tasks(round, 1);
    REQUIRE(first->create(unit) == commit_result::applied);
    persistence::task_lease task;
    task.workflow_id = unit.workflow.id;
    task.task_id = unit.tasks.inserted.at(0).id;
    auto calls = random_calls(random);
    std::barrier start{threads};
    {
      std::vector<std::future<void>> all;
      for (std::size_t t = 0; t < threads; ++t)
        all.push_back(std::async(std::launch::async, [&, t] {
          start.arrive_and_wait();
          hands[t]->play(task, calls[t]);
        }));
      for (auto& each : all) each.get();
    }
    trace played;
    for (const auto& each : calls) played.insert(played.end(), each.begin(), each.end());
    INFO(text_of(played));
    CHECK(has_an_order(played));
    for (const auto& call : played) {
      claims += call.said.fence > 0;
      answers[call.said.said] += call.sent.what != verb::claim && call.sent.what != verb::end_lease;
      beside_another += std::ranges::any_of(
          played, [&](const auto& other) { return &other != &call && met(call, other); });
    }
    REQUIRE(first->erase(unit.workflow.id));
  }
  CHECK(claims > 150);
  CHECK(answers[ended::kept] > 20);
  CHECK(answers[ended::before] > 20);
  CHECK(answers[ended::lost] > 100);
  CHECK(beside_another > 100);
}

// So that the search is believed.
TEST_CASE("model: two holders of one fence, and an end by a late one, have no order", "[model]") {
  const auto call = [](verb what, std::uint8_t fence, lease_answer said, int begin, int end) {
    return lease_call{{what, fence},
                      said,
                      instant_of_call{std::chrono::seconds{begin}},
                      instant_of_call{std::chrono::seconds{end}}};
  };
  const auto claimed = [](std::uint8_t fence) { return lease_answer{.fence = fence}; };
  const lease_answer kept{.said = ended::kept}, lost{.said = ended::lost},
      before{.said = ended::before};
  using enum verb;
  CHECK(has_an_order({call(claim, 0, claimed(1), 0, 2), call(claim, 0, claimed(0), 1, 3)}));
  CHECK_FALSE(has_an_order({call(claim, 0, claimed(1), 0, 2), call(claim, 0, claimed(1), 1, 3)}));
  CHECK_FALSE(has_an_order({call(claim, 0, claimed(0), 0, 1)}));
  const auto taken_over = [&](std::uint8_t fence, const lease_answer& answer) {
    return trace{call(claim, 0, claimed(1), 0, 1), call(end_lease, 0, {}, 2, 3),
                 call(claim, 0, claimed(2), 4, 5), call(settle, fence, answer, 6, 7)};
  };
  CHECK(has_an_order(taken_over(2, kept)));
  CHECK(has_an_order(taken_over(1, lost)));
  CHECK_FALSE(has_an_order(taken_over(1, kept)));
  CHECK_FALSE(has_an_order(taken_over(2, before)));
  const auto twice = [&](const lease_answer& answer) {
    return trace{call(claim, 0, claimed(1), 0, 1), call(settle, 1, kept, 2, 3),
                 call(settle, 1, answer, 4, 5)};
  };
  CHECK(has_an_order(twice(before)));
  CHECK_FALSE(has_an_order(twice(kept)));
}
