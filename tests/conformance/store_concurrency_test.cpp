// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <latch>
#include <thread>

#include "conformance/store_test_case.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

constexpr int threads = 4;

// Runs `work(0)` … `work(threads - 1)` at once, and rethrows what one of them threw.
template <class Work>
void at_once(Work work) {
  std::latch start{threads};
  std::vector<std::exception_ptr> thrown(threads);
  {
    std::vector<std::jthread> running;
    for (int i = 0; i < threads; ++i)
      running.emplace_back([&, i] {
        start.arrive_and_wait();
        try {
          work(i);
        } catch (...) {
          thrown[static_cast<std::size_t>(i)] = std::current_exception();
        }
      });
  }
  for (const auto& exception : thrown)
    if (exception) std::rethrow_exception(exception);
}

// A decision on `state` as each of several rivals would make it.
unit_of_work decision_on(const schema::workflow& workflow, std::uint64_t transaction) {
  unit_of_work unit;
  unit.transaction_id = id_of(id_kind::transaction, transaction);
  unit.read_revision = workflow.revision;
  unit.workflow = workflow;
  ++unit.workflow.revision;
  unit.mutations.push_back({workflow.id,
                            ++unit.workflow.last_seq,
                            unit.transaction_id,
                            "set-memory",
                            "memorize",
                            std::nullopt,
                            {},
                            instant(0)});
  schema::workflow_event event;
  event.workflow_id = workflow.id;
  event.seq = ++unit.workflow.last_seq;
  event.transaction_id = unit.transaction_id;
  event.event_name = "race";
  unit.events.push_back(event);
  return unit;
}

std::vector<std::int64_t> all_seqs(const workflow_history& history) {
  std::vector<std::int64_t> seqs;
  for (const auto& row : history.mutations) seqs.push_back(row.seq);
  for (const auto& row : history.messages) seqs.push_back(row.seq);
  for (const auto& row : history.events) seqs.push_back(row.seq);
  std::sort(seqs.begin(), seqs.end());
  return seqs;
}

}  // namespace

STORE_TEST_CASE("of threads that commit to one workflow, exactly one wins each revision") {
  constexpr int decisions_each = 25;
  const auto store = database.open();
  const auto first = first_unit(1);
  const uuid id = first.workflow.id;
  REQUIRE(store->create(first) == commit_result::applied);

  std::atomic<std::uint64_t> transactions = 0;
  std::vector<std::vector<std::int64_t>> won(threads);
  at_once([&](int thread) {
    auto& mine = won[static_cast<std::size_t>(thread)];
    while (mine.size() < decisions_each) {
      const auto unit = decision_on(store->load(id).value().state.workflow, 1 + transactions++);
      if (store->commit(unit) == commit_result::applied) mine.push_back(unit.workflow.revision);
    }
  });

  std::vector<std::int64_t> revisions;
  for (const auto& mine : won) revisions.insert(revisions.end(), mine.begin(), mine.end());
  std::sort(revisions.begin(), revisions.end());
  REQUIRE(revisions.size() == threads * decisions_each);
  for (std::size_t i = 0; i < revisions.size(); ++i)
    CHECK(revisions[i] == static_cast<std::int64_t>(i) + 2);

  const auto loaded = store->load(id).value().state.workflow;
  const auto seqs = all_seqs(store->history(id).value());
  CHECK(loaded.revision == threads * decisions_each + 1);
  CHECK(loaded.last_seq == static_cast<std::int64_t>(seqs.size()));
  for (std::size_t i = 0; i < seqs.size(); ++i) CHECK(seqs[i] == static_cast<std::int64_t>(i) + 1);
}

STORE_TEST_CASE("of threads that create one workflow, exactly one wins and the others conflict") {
  const auto store = database.open();
  for (std::uint64_t number = 1; number <= 20; ++number) {
    std::atomic<int> applied = 0;
    std::atomic<int> conflicts = 0;
    at_once([&](int thread) {
      auto unit = first_unit(number);
      unit.transaction_id = id_of(id_kind::transaction, static_cast<std::uint64_t>(thread) + 1);
      for (auto& event : unit.events) event.transaction_id = unit.transaction_id;
      const auto result = store->create(unit);
      applied += result == commit_result::applied ? 1 : 0;
      conflicts += result == commit_result::conflict ? 1 : 0;
    });
    CHECK(applied == 1);
    CHECK(conflicts == threads - 1);
  }
}

STORE_TEST_CASE("of threads that run one unit, one applies it and the others learn that") {
  const auto store = database.open();
  auto unit = first_unit(1);
  REQUIRE(store->create(unit) == commit_result::applied);
  for (int round = 0; round < 20; ++round) {
    unit = next_unit(unit);
    std::atomic<int> applied = 0;
    std::atomic<int> repeated = 0;
    at_once([&](int) {
      const auto result = store->commit(unit);
      applied += result == commit_result::applied ? 1 : 0;
      repeated += result == commit_result::already_applied ? 1 : 0;
    });
    CHECK(applied == 1);
    CHECK(repeated == threads - 1);
  }
}

STORE_TEST_CASE("threads that commit to workflows of their own all succeed") {
  constexpr int decisions_each = 25;
  const auto store = database.open();
  std::atomic<int> applied = 0;
  at_once([&](int thread) {
    auto unit = first_unit(static_cast<std::uint64_t>(thread) + 1);
    applied += store->create(unit) == commit_result::applied ? 1 : 0;
    for (int i = 0; i < decisions_each; ++i) {
      unit = next_unit(unit);
      applied += store->commit(unit) == commit_result::applied ? 1 : 0;
    }
  });
  CHECK(applied == threads * (decisions_each + 1));
}

STORE_TEST_CASE("erasing a workflow while others commit to it leaves no row behind") {
  const auto store = database.open();
  for (std::uint64_t number = 1; number <= 10; ++number) {
    const auto first = first_unit(number);
    REQUIRE(store->create(first) == commit_result::applied);
    at_once([&](int thread) {
      if (thread == 0) {
        store->erase(first.workflow.id);
        return;
      }
      auto unit = first;
      do unit = next_unit(unit);
      while (store->commit(unit) != commit_result::conflict);
    });
    for (const auto& count : store->count_rows(first.workflow.id)) CHECK(count.rows == 0);
  }
}

STORE_TEST_CASE("erase_and_count counts what others committed until then") {
  const auto store = database.open();
  for (std::uint64_t number = 1; number <= 10; ++number) {
    const auto first = first_unit(number);
    REQUIRE(store->create(first) == commit_result::applied);
    std::atomic<std::int64_t> decisions = 1;
    std::vector<table_rows> deleted;
    at_once([&](int thread) {
      if (thread == 0) {
        deleted = store->erase_and_count(first.workflow.id);
        return;
      }
      auto unit = first;
      commit_result result{};
      do {
        unit = next_unit(unit);
        result = store->commit(unit);
        decisions += result == commit_result::applied ? 1 : 0;
      } while (result != commit_result::conflict);
    });
    std::int64_t events = 0;
    for (const auto& count : deleted)
      if (count.table == "workflow_event") events = count.rows;
    CHECK(events == decisions);
    for (const auto& count : store->count_rows(first.workflow.id)) CHECK(count.rows == 0);
  }
}
