// SPDX-License-Identifier: Apache-2.0
#include "engine/own_task.hpp"
#include "integration/guards/guard_counts.hpp"
#include "runtime/worker/task_claimer.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

constexpr int tasks_at_once = 50;
const std::string own = engine::own_queue("claim");

std::vector<settlement> ends_of(const std::vector<task_lease>& claimed) {
  std::vector<settlement> ended;
  for (const auto& each : claimed)
    ended.push_back({.workflow_id = each.workflow_id,
                     .task_id = each.task_id,
                     .fence = each.fence,
                     .ends_as = settlement::result::completed,
                     .attempt = each.attempt});
  return ended;
}

std::int64_t agenda_pages(const counts& of) { return of.at("workflow_agenda").pages; }

// Pages of the agenda that one claim touches, of three in a session of their own.
std::int64_t pages_of_claim(counted_database& database, const std::vector<std::string>& queues) {
  const auto counted = database.counts_of([&](const std::shared_ptr<store>& stored) {
    task_claimer claimer{*stored, queues, {.lanes = {}, .lease = 1h, .owner = "worker"}};
    for (int i = 0; i < 3; ++i)
      CHECK(claimer.claim(tasks_at_once, task_claimer::which::any).size() == tasks_at_once);
  });
  return agenda_pages(counted) / 3;
}

// Timers of the future, as many for each of the workflows, in the queue of the runtime's own tasks.
void insert_timers(raw_session& raw, int workflows, int each) {
  const std::string id = id_in_sql("w::bigint");
  const std::string timer =
      fmt::format("cast(lpad(to_hex(w * {}::bigint + r), 32, '0') AS uuid)", each);
  const std::string all =
      fmt::format("generate_series(1, {}) AS r, generate_series(1, {}) AS w", each, workflows);
  raw.run("SET session_replication_role = replica");
  raw.run(fmt::format(
      "INSERT INTO workflow_task (workflow_id, _id, name, status, input, attempt, attempts_max, "
      "lease_fence) SELECT {}, {}, 'nava.timer', 'SCHEDULED', '{{}}', 0, 5, 0 FROM {}",
      id, timer, all));
  raw.run(fmt::format(
      "INSERT INTO workflow_agenda (workflow_id, _id, queue, priority, ts_due, attempt, "
      "lease_fence) SELECT {}, {}, '{}', 0, now() + r * interval '1 day' + w * interval '1 s', "
      "0, 0 FROM {}",
      id, timer, own, all));
  raw.run("SET session_replication_role = origin");
  raw.run("ANALYZE workflow_task");
  raw.run("ANALYZE workflow_agenda");
}

}  // namespace

TEST_CASE("guard: postgresql claims from as many pages, however much waits, now and for later") {
  if (!counted_database::available()) return;
  counted_database database;
  const int waiting = at_scale(10'000);
  database.load(1, 300);
  insert_timers(database.raw(), 100, 1);
  const auto few = pages_of_claim(database, {own, "mail"});
  database.load(301, waiting);
  insert_timers(database.raw(), waiting, 10);
  const auto many = pages_of_claim(database, {own, "mail"});
  INFO(few << " pages of the agenda in a claim of " << tasks_at_once
           << " tasks beside a hundred of "
           << "each, and " << many << " beside " << waiting << " that wait and " << 10 * waiting
           << " timers");
  // Indexes of more entries have a level more, which each task of the claim may go down.
  CHECK(many <= few + 2 * tasks_at_once);
  // It counts: a claim that passes over what it has not to take touches more.
  database.raw().run(
      "UPDATE workflow_agenda SET queue = 'mail', ts_due = '2025-01-01 UTC', lease_until = now() + "
      "interval '1 hour' WHERE ts_due > now()");
  CHECK(pages_of_claim(database, {own, "mail"}) > few + 2 * tasks_at_once);
}

TEST_CASE("guard: postgresql claims from as many pages beside an old snapshot, as it goes on") {
  if (!counted_database::available()) return;
  counted_database database;
  database.load(1, 5'000);
  const auto snapshot = database.another();
  snapshot->run("BEGIN ISOLATION LEVEL REPEATABLE READ");
  snapshot->run("SELECT count(*) FROM workflow");
  constexpr int claims = 20;
  // As one worker that goes on: the mark of the first store's claims is the second's.
  agenda_place mark;
  const auto pages_of_some = [&](int number) {
    return agenda_pages(database.counts_of([&](const std::shared_ptr<store>& stored) {
      for (int i = 0; i < number; ++i) {
        const auto claimed = stored->claim({.lanes = {{.queue = "mail", .after = mark}},
                                            .tasks_max = tasks_at_once,
                                            .lease = 1h,
                                            .owner = "worker"});
        REQUIRE(claimed.tasks.size() == tasks_at_once);
        mark = claimed.tasks.back().place;
        for (const auto& lost : stored->settle(ends_of(claimed.tasks))) CHECK_FALSE(lost);
      }
    }));
  };
  const auto first = pages_of_some(claims);
  (void)pages_of_some(2 * claims);
  const auto later = pages_of_some(claims);
  INFO(first << " pages of the agenda in " << claims << " claims at first, " << later << " later");
  CHECK(later <= first + first / 10);
  // Without the mark it passes over all that is dead.
  mark = {};
  CHECK(pages_of_some(1) > first / claims * 5 / 4);
}
