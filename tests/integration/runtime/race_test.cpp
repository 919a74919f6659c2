// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <latch>
#include <mutex>
#include <thread>

#include "support/claims.hpp"
#include "support/faulty_store.hpp"

using namespace nava;
using namespace nava::test;
using persistence::store;

namespace {

constexpr int runtimes = 2;
constexpr int threads_each = 4;
constexpr int keys_each = 50;

void count_up(workflow_context& workflow, const event& what) {
  const json::value count = workflow.recall("count");
  const std::string_view key = what.key.text();
  workflow.memorize({{"count", count.is_null() ? 1 : count.as_int64() + 1}, {key, true}});
  workflow.message(key);
  if (what.data.contains("user")) workflow.add_participant("counter", key);
  if (what.data.contains("task")) workflow.add_task(key);
}

definition counter() {
  definition_builder builder{"counter", revision{1}};
  builder.role("counter", "Who counts").stage("only", "Only").step("open", {.stage = "only"});
  builder.on("count", count_up);
  builder.on_started([](workflow_context& workflow) { workflow.add_step("open"); });
  return builder.build();
}

resource counted(int number) { return {"counter", std::to_string(number)}; }

event count_event(const resource& about, const std::string& key, int number) {
  event count{.name = "count", .resource = about, .key = key};
  if (number % 10 == 0) count.data["user"] = true;
  if (number % 10 == 5) count.data["task"] = true;
  return count;
}

// Two runtimes on one database, each with a store of its own where the database allows it; the
// second, or both, with a cache.
std::vector<std::unique_ptr<runtime>> rivals(test_database& database,
                                             std::vector<std::shared_ptr<store>>& stores,
                                             bool both_cached = false) {
  std::vector<std::unique_ptr<runtime>> result;
  for (int i = 0; i < runtimes; ++i) {
    const bool shared = database.url().in_memory() && !stores.empty();
    stores.push_back(shared ? stores.front() : std::shared_ptr{database.open()});
    result.push_back(std::make_unique<runtime>(
        stores.back(), std::vector{counter()},
        runtime_options{.cache_workflows = both_cached || i > 0 ? 100u : 0u}));
  }
  return result;
}

// Runs `work(runtime, thread)` for all threads of all runtimes at once; returns what they threw.
template <class Work>
std::vector<std::string> race(const std::vector<std::unique_ptr<runtime>>& running, Work work) {
  std::latch start{static_cast<std::ptrdiff_t>(running.size()) * threads_each};
  std::vector<std::string> thrown;
  std::mutex guard;
  std::vector<std::jthread> threads;
  for (std::size_t r = 0; r < running.size(); ++r)
    for (int t = 0; t < threads_each; ++t)
      threads.emplace_back([&, r, t] {
        start.arrive_and_wait();
        try {
          work(*running[r], static_cast<int>(r) * threads_each + t);
        } catch (const std::exception& failure) {
          const std::lock_guard lock{guard};
          thrown.emplace_back(failure.what());
        }
      });
  threads.clear();
  return thrown;
}

// The oracle of the races: what is wrong with a counter that was to see `keys` once each.
std::vector<std::string> broken_count(store& stored, const uuid& id,
                                      const std::set<std::string>& keys) {
  auto broken = broken_promises(stored, id);
  const auto state = stored.load(id).value().state;
  const auto history = stored.history(id).value();
  std::multiset<std::string> applied;
  for (const auto& row : history.events)
    if (row.event_key) applied.insert(*row.event_key);
  if (applied != std::multiset<std::string>(keys.begin(), keys.end()))
    broken.emplace_back("every key is applied exactly once");
  if (decisions_on(stored, id) != keys.size() + 1) broken.emplace_back("a revision per decision");
  const json::value* count = state.memory.memory.if_contains("count");
  if (count == nullptr || count->as_int64() != static_cast<std::int64_t>(keys.size()))
    broken.emplace_back("no update is lost");
  for (const auto& key : keys)
    if (!state.memory.memory.contains(key)) broken.push_back("the memory has " + key);
  return broken;
}

// A store without the compare-and-swap: a decision on a stale state is moved to the present
// revision and seq, over whatever was decided meanwhile.
class stale_writer : public store_decorator {
 public:
  using store_decorator::store_decorator;

  commit_result commit(const nava::unit_of_work& unit, nava::deadline limit) override {
    const auto now = real().load(unit.workflow.id).value().state.workflow;
    auto moved = unit;
    moved.read_revision = now.revision;
    moved.workflow.revision = now.revision + 1;
    const std::int64_t by = now.last_seq - (first_seq(unit) - 1);
    const auto move = [by](auto& rows) {
      for (auto& row : rows) row.seq += by;
    };
    moved.workflow.last_seq += by;
    move(moved.mutations);
    move(moved.messages);
    move(moved.events);
    return real().commit(moved, limit);
  }

 private:
  // The cause comes first in the log of a decision.
  static std::int64_t first_seq(const nava::unit_of_work& unit) { return unit.events.front().seq; }
};

void race_on_one_workflow(test_database& database, bool both_cached) {
  std::vector<std::shared_ptr<store>> stores;
  const auto running = rivals(database, stores, both_cached);
  const uuid id = running.front()->start("counter", counted(1)).workflow_id;
  const auto key_of = [](int thread, int number) {
    return "k-" + std::to_string(thread) + "-" + std::to_string(number);
  };
  const auto thrown = race(running, [&](runtime& run, int thread) {
    for (int i = 0; i < keys_each; ++i) run.deliver(count_event(counted(1), key_of(thread, i), i));
  });
  CHECK(thrown == std::vector<std::string>{});
  std::set<std::string> keys;
  for (int thread = 0; thread < runtimes * threads_each; ++thread)
    for (int i = 0; i < keys_each; ++i) keys.insert(key_of(thread, i));
  CHECK(broken_count(*stores.front(), id, keys) == std::vector<std::string>{});
}

}  // namespace

RUNTIME_TEST_CASE("racing runtimes apply every event of one workflow exactly once") {
  race_on_one_workflow(database, false);
}

RUNTIME_TEST_CASE("racing runtimes that cache apply every event of one workflow exactly once") {
  race_on_one_workflow(database, true);
}

RUNTIME_TEST_CASE("racing runtimes apply every event of many workflows exactly once") {
  constexpr int workflows = 10;
  std::vector<std::shared_ptr<store>> stores;
  const auto running = rivals(database, stores);
  std::mutex guard;
  std::map<int, std::set<uuid>> ids;
  // Each thread starts every workflow and walks through all of them from a place of its own.
  const auto thrown = race(running, [&](runtime& run, int thread) {
    for (int i = 0; i < keys_each; ++i) {
      const int number = (i + thread) % workflows;
      const uuid id = run.start("counter", counted(number)).workflow_id;
      run.deliver(count_event(counted(number), "k-" + std::to_string(thread * 100 + i), i));
      const std::lock_guard lock{guard};
      ids[number].insert(id);
    }
  });
  CHECK(thrown == std::vector<std::string>{});
  std::map<int, std::set<std::string>> keys;
  for (int thread = 0; thread < runtimes * threads_each; ++thread)
    for (int i = 0; i < keys_each; ++i)
      keys[(i + thread) % workflows].insert("k-" + std::to_string(thread * 100 + i));
  REQUIRE(ids.size() == workflows);
  for (const auto& [number, started] : ids) {
    REQUIRE(started.size() == 1);
    CHECK(broken_count(*stores.front(), *started.begin(), keys[number]) ==
          std::vector<std::string>{});
  }
}

RUNTIME_TEST_CASE("an event that many deliver at once is applied once") {
  std::vector<std::shared_ptr<store>> stores;
  const auto running = rivals(database, stores);
  const uuid id = running.front()->start("counter", counted(1)).workflow_id;
  std::atomic<int> applied = 0;
  const auto thrown = race(running, [&](runtime& run, int) {
    for (int i = 0; i < 10; ++i)
      if (run.deliver(count_event(counted(1), "k-" + std::to_string(i), i)).front().result ==
          delivery::applied)
        ++applied;
  });
  CHECK(thrown == std::vector<std::string>{});
  CHECK(applied == 10);
  std::set<std::string> keys;
  for (int i = 0; i < 10; ++i) keys.insert("k-" + std::to_string(i));
  CHECK(broken_count(*stores.front(), id, keys) == std::vector<std::string>{});
}

RUNTIME_TEST_CASE("without the compare-and-swap an update is lost and the oracle says so") {
  const std::shared_ptr stored{database.open()};
  const auto faulty = std::make_shared<faulty_store>(std::make_shared<stale_writer>(stored));
  runtime late{faulty, {counter()}};
  runtime rival{stored, {counter()}};
  const uuid id = rival.start("counter", counted(1)).workflow_id;
  faulty->reset();
  faulty->before_call(2, [&] { rival.deliver(count_event(counted(1), "rival", 1)); });
  CHECK(late.deliver(count_event(counted(1), "late", 1)).front().result == nava::delivery::applied);
  const auto broken = broken_count(*stored, id, {"late", "rival"});
  CHECK(std::ranges::count(broken, "no update is lost") == 1);
  CHECK(std::ranges::count(broken, "the memory has rival") == 1);
  CHECK(std::ranges::any_of(
      broken, [](const auto& line) { return line.find("replay") != std::string::npos; }));
  if (!database.url().in_memory()) CHECK(all_broken_promises(database).size() == 1);
  CHECK(stored->erase(id));
}

RUNTIME_TEST_CASE("with the compare-and-swap the same interleaving loses nothing") {
  const std::shared_ptr stored{database.open()};
  const auto faulty = std::make_shared<faulty_store>(stored);
  runtime late{faulty, {counter()}};
  runtime rival{stored, {counter()}};
  const uuid id = rival.start("counter", counted(1)).workflow_id;
  faulty->reset();
  faulty->before_call(2, [&] { rival.deliver(count_event(counted(1), "rival", 1)); });
  CHECK(late.deliver(count_event(counted(1), "late", 1)).front().result == nava::delivery::applied);
  CHECK(broken_count(*stored, id, {"late", "rival"}) == std::vector<std::string>{});
}
