// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "support/instants.hpp"
#include "support/interleaved_stores.hpp"
#include "support/task_units.hpp"

namespace nava::test {

using namespace persistence;
using namespace std::chrono_literals;

namespace {

schema::workflow_inbox event_of(std::string_view key) {
  schema::workflow_inbox event;
  event.event_name = "paid";
  event.resource_name = "loan";
  event.resource_id = key;
  event.event_key = std::string{key};
  return event;
}

inbox_claim one_event() {
  return {.events_max = 1, .lease = 60s, .owner = "ada", .event_names = {}};
}

// The decision of one of two engines, which give each its own transaction.
nava::unit_of_work of_engine(std::size_t engine, nava::unit_of_work unit) {
  unit.transaction_id = id_of(id_kind::transaction, 1'000'000 + engine);
  for (auto& each : unit.mutations) each.transaction_id = unit.transaction_id;
  for (auto& each : unit.events) each.transaction_id = unit.transaction_id;
  return unit;
}

std::string text_of(commit_result result) { return std::to_string(static_cast<int>(result)); }

call_answer text_of(const losses& each) {
  if (!each.at(0)) return "kept";
  if (*each.at(0) == lease_loss::locked) return std::nullopt;
  return std::to_string(static_cast<int>(*each.at(0)));
}

template <class Number>
call_answer unless_none(Number count) {
  if (count == 0) return std::nullopt;
  return std::to_string(count);
}

// A decision that leaves an event and changes nothing else.
nava::unit_of_work next_event(const nava::unit_of_work& before) {
  nava::unit_of_work unit;
  unit.read_revision = before.workflow.revision;
  unit.workflow = before.workflow;
  ++unit.workflow.revision;
  auto& event = unit.events.emplace_back(before.events.front());
  event.seq = ++unit.workflow.last_seq;
  event.event_key.reset();
  return unit;
}

// As a person does who takes it: the row of the group goes, and one of the person comes.
nava::unit_of_work step_claim(const nava::unit_of_work& before) {
  nava::unit_of_work unit = next_event(before);
  schema::workflow_step step = before.steps.inserted.front();
  step.owner_id = "ada";
  unit.steps.updated = {{step, schema::columns_where<schema::workflow_step_table>(
                                   [](std::string_view name) { return name == "owner_id"; })}};
  unit.worklist.removed = before.worklist.inserted;
  auto& row = unit.worklist.inserted.emplace_back(before.worklist.inserted.front());
  row.place = schema::worklist_place::owner;
  row.principal = "ada";
  return unit;
}

call_answer renew(store& on, const task_lease& lease) {
  renewal held = renewal_of(lease);
  held.progress = json::object{{"at", lease.fence}};
  return text_of(on.renew({&held, 1}, long_lease));
}

settlement postponed(const task_lease& lease) {
  settlement later = settled(lease, settlement::result::postponed);
  later.delay = 1h;
  later.progress = json::object{{"at", "rest"}};
  return later;
}

call_answer settle_event(store& on, const scene& at, inbox_settlement::result how) {
  inbox_settlement ended{
      .seq = at.held_event.seq, .fence = at.held_event.lease_fence, .ends_as = how};
  if (how != inbox_settlement::result::delivered) ended.error = "no";
  return std::to_string(on.settle_events({&ended, 1}));
}

}  // namespace

scene set_scene(store& on) {
  scene made;
  on.limit_running("mail", 2);
  made.begun = unit_with_tasks(1, 3);
  made.begun.workflow.status = schema::workflow_status::completed;
  made.begun.workflow.ts_finish = instant(0);
  REQUIRE(on.create(made.begun) == commit_result::applied);
  made.lease = on.claim(claim_of(1)).tasks.at(0);
  for (const auto& task : on.history(made.begun.workflow.id).value().tasks)
    (task.id == made.lease.task_id ? made.held_task : made.free_task) = task;
  for (const std::string_view key : {"a", "b"}) (void)on.store_event(event_of(key));
  made.held_event = on.claim_events(one_event()).events.at(0);
  return made;
}

std::vector<interleaved_call> interleaved_calls() {
  using enum inbox_settlement::result;
  const auto commits = [](auto decide) {
    return [decide](store& on, const scene& at, std::size_t engine) -> call_answer {
      return text_of(on.commit(of_engine(engine, decide(at))));
    };
  };
  const auto settles = [](auto end) {
    return [end](store& on, const scene& at, std::size_t) {
      const settlement ended = end(at.lease);
      return text_of(on.settle({&ended, 1}));
    };
  };
  return {
      {"create",
       [](store& on, const scene&, std::size_t engine) -> call_answer {
         // Of one resource.
         auto unit = first_unit(5 + engine);
         unit.workflow.resource_id = "new";
         return text_of(on.create(unit));
       }},
      {"create again",
       [](store& on, const scene& at, std::size_t engine) -> call_answer {
         return text_of(on.create(of_engine(engine, at.begun)));
       }},
      {"commit", commits([](const scene& at) { return next_unit(at.begun); })},
      {"decide", commits([](const scene& at) { return next_event(at.begun); })},
      {"claim a step", commits([](const scene& at) { return step_claim(at.begun); })},
      {"hold", commits([](const scene& at) {
         auto unit = next_event(at.begun);
         unit.workflow.sys_tag.push_back(json::object{{"legal_hold", "audit"}});
         return unit;
       })},
      {"cancel a task",
       commits([](const scene& at) { return unit_that_cancels(at.begun, at.held_task); })},
      {"cancel the free task",
       commits([](const scene& at) { return unit_that_cancels(at.begun, at.free_task); })},
      {"end a task", commits([](const scene& at) {
         return unit_that_ends(at.begun, at.held_task, at.lease.fence);
       })},
      {"load",
       [](store& on, const scene& at, std::size_t) -> call_answer {
         const auto there = on.load(at.begun.workflow.id);
         return there ? std::to_string(there->state.workflow.revision) : "gone";
       }},
      {"claim", [](store& on, const scene&,
                   std::size_t) { return unless_none(on.claim(claim_of(1)).tasks.size()); }},
      {"limit",
       [](store& on, const scene&, std::size_t) -> call_answer {
         on.limit_running("mail", 1);
         return "limited";
       }},
      {"renew", [](store& on, const scene& at, std::size_t) { return renew(on, at.lease); }},
      {"renew late", [](store& on, const scene& at, std::size_t) { return renew(on, at.late); }},
      {"settle", settles([](const task_lease& lease) { return completed(lease); })},
      {"settle late",
       [](store& on, const scene& at, std::size_t) {
         const settlement ended = completed(at.late);
         return text_of(on.settle({&ended, 1}));
       }},
      {"postpone", settles([](const task_lease& lease) { return postponed(lease); })},
      {"erase",
       [](store& on, const scene& at, std::size_t) -> call_answer {
         return on.erase(at.begun.workflow.id) ? "erased" : "gone";
       }},
      {"erase and count",
       [](store& on, const scene& at, std::size_t) -> call_answer {
         return std::to_string(on.erase_and_count(at.begun.workflow.id).size());
       }},
      {"purge", [](store& on, const scene&,
                   std::size_t) { return unless_none(on.purge({.finished_for = 1s}).workflows); }},
      {"store event",
       [](store& on, const scene&, std::size_t) -> call_answer {
         (void)on.store_event(event_of("c"));
         return "stored";
       }},
      {"claim event",
       [](store& on, const scene&, std::size_t) {
         return unless_none(on.claim_events(one_event()).events.size());
       }},
      {"settle event",
       [](store& on, const scene& at, std::size_t) { return settle_event(on, at, delivered); }},
      {"keep event",
       [](store& on, const scene& at, std::size_t) { return settle_event(on, at, early); }},
      {"register",
       [](store& on, const scene&, std::size_t) -> call_answer {
         schema::workflow_definition definition;
         definition.wfdef_key = "loan";
         definition.wfdef_rev = 1;
         return std::to_string(on.register_definitions({&definition, 1}).size());
       }},
      {"change the id",
       {},
       "UPDATE {}.workflow SET _id = '00000000-0000-7000-8000-000000000000' WHERE _id = "
       "cast(:id AS uuid) RETURNING _id"}};
}

interleaved_call create_for_the_resource() {
  return {.name = "create for the resource",
          .call = [](store& on, const scene& at, std::size_t engine) -> call_answer {
            auto unit = first_unit(7 + engine);
            unit.workflow.resource_id = at.begun.workflow.resource_id;
            return text_of(on.create(unit));
          }};
}

const interleaved_call& named(const std::vector<interleaved_call>& all, std::string_view name) {
  return *std::ranges::find(all, name, &interleaved_call::name);
}

}  // namespace nava::test
