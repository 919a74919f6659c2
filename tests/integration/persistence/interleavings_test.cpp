// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <set>

#include "persistence/postgresql/connection/server_connection.hpp"
#include "persistence/postgresql/server_store.hpp"
#include "support/backends.hpp"
#include "support/instants.hpp"
#include "support/interleaving.hpp"
#include "support/rewritten_connection.hpp"
#include "support/task_units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

// Workflow 1 is finished, and can be purged; of its tasks one is held, two are free, and two may
// run. Its inbox has an event that is held, and a free one.
struct scene {
  nava::unit_of_work begun;
  schema::workflow_task held_task, free_task;
  task_lease lease, late;  ///< that of the holder, and that of an earlier one
  schema::workflow_inbox held_event;
};

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

// The decision of one of two engines, which give each its own transaction.
nava::unit_of_work of_engine(std::size_t engine, nava::unit_of_work unit) {
  unit.transaction_id = id_of(id_kind::transaction, 1'000'000 + engine);
  for (auto& each : unit.mutations) each.transaction_id = unit.transaction_id;
  for (auto& each : unit.events) each.transaction_id = unit.transaction_id;
  return unit;
}

std::string text_of(commit_result result) { return std::to_string(static_cast<int>(result)); }

// What a call says. None: another session held what it looked for, so it has done nothing, and is
// to be made again.
using answer = std::optional<std::string>;

answer text_of(const losses& each) {
  if (!each.at(0)) return "kept";
  if (*each.at(0) == lease_loss::locked) return std::nullopt;
  return std::to_string(static_cast<int>(*each.at(0)));
}

template <class Number>
answer unless_none(Number count) {
  if (count == 0) return std::nullopt;
  return std::to_string(count);
}

struct action {
  std::string_view name;
  std::function<answer(store&, const scene&, std::size_t)> call;  // by one of two engines
  std::string_view sql{};  // what an application does to workflow 1 by hand, in place of a call
};

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

answer renew(store& on, const task_lease& lease) {
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

answer settle_event(store& on, const scene& at, inbox_settlement::result how) {
  inbox_settlement ended{
      .seq = at.held_event.seq, .fence = at.held_event.lease_fence, .ends_as = how};
  if (how != inbox_settlement::result::delivered) ended.error = "no";
  return std::to_string(on.settle_events({&ended, 1}));
}

std::vector<action> actions() {
  using enum inbox_settlement::result;
  const auto commits = [](auto decide) {
    return [decide](store& on, const scene& at, std::size_t engine) -> answer {
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
       [](store& on, const scene&, std::size_t engine) -> answer {
         // Of one resource.
         auto unit = first_unit(5 + engine);
         unit.workflow.resource_id = "new";
         return text_of(on.create(unit));
       }},
      {"commit", commits([](const scene& at) { return next_unit(at.begun); })},
      {"decide", commits([](const scene& at) { return next_event(at.begun); })},
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
       [](store& on, const scene& at, std::size_t) -> answer {
         const auto there = on.load(at.begun.workflow.id);
         return there ? std::to_string(there->state.workflow.revision) : "gone";
       }},
      {"claim", [](store& on, const scene&,
                   std::size_t) { return unless_none(on.claim(claim_of(1)).tasks.size()); }},
      {"limit",
       [](store& on, const scene&, std::size_t) -> answer {
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
       [](store& on, const scene& at, std::size_t) -> answer {
         return on.erase(at.begun.workflow.id) ? "erased" : "gone";
       }},
      {"erase and count",
       [](store& on, const scene& at, std::size_t) -> answer {
         return std::to_string(on.erase_and_count(at.begun.workflow.id).size());
       }},
      {"purge", [](store& on, const scene&,
                   std::size_t) { return unless_none(on.purge({.finished_for = 1s}).workflows); }},
      {"store event",
       [](store& on, const scene&, std::size_t) -> answer {
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
       [](store& on, const scene&, std::size_t) -> answer {
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

// Two stores whose steps are ordered, on one database.
class stage {
 public:
  explicit stage(test_database& database)
      : database_(database), raw_(raw_of(database)), order_(raw_of(database)) {
    auto options = database.options();
    options.logger = std::make_shared<spdlog::logger>("interleavings");
    options.on_older = store_options::schema_policy::expect;
    for (std::size_t i = 0; i < interleaving::players; ++i) {
      const auto wrap = [this, i](std::unique_ptr<connection> made) {
        return order_.gated(rewritten(std::move(made), rewriter_), i);
      };
      stores_.push_back(std::make_unique<postgresql::server_store>(database.url(), options, wrap));
      hands_.push_back(wrap(std::make_unique<postgresql::server_connection>(database.url())));
    }
  }

  // In the statements that run from now on, `to` stands for `from`.
  void rewrite(const std::string& from, const std::string& to) { rewriter_->rewrite(from, to); }
  [[nodiscard]] bool was_rewritten() const { return rewriter_->has_fired(); }
  void restore() { rewriter_->restore(); }

  using ends = std::set<std::string>;

  ends in_turn(const action& one, const action& other) {
    return {in_turn(one, other, false), in_turn(one, other, true)};
  }

  // The orders of the steps of two calls that do not end as `allowed`; empty: all do.
  std::vector<std::string> strange_ends(const action& one, const action& other,
                                        const ends& allowed) {
    std::vector<std::string> strange;
    std::vector<choice> next;
    do {
      const auto [made, ended] = beside(one, other, next);
      if (!allowed.contains(ended)) {
        std::string steps;
        for (const auto& each : made) steps += fmt::format("{}/{} ", each.taken, each.of);
        strange.push_back(fmt::format("{} beside {}, steps {}: {}\nallowed: {}", one.name,
                                      other.name, steps, ended, fmt::join(allowed, "\n")));
      }
      ++played_;
      next = interleaving::after(made);
    } while (!next.empty());
    return strange;
  }

  [[nodiscard]] int played() const { return played_; }
  [[nodiscard]] int deadlocks() const { return order_.deadlocks(); }

 private:
  answer call(const action& what, std::size_t player) {
    try {
      if (what.sql.empty()) return what.call(*stores_[player], scene_, player);
      const statement change{
          fmt::format(fmt::runtime(what.sql), database_.url().schema()), {"id"}, 1};
      return std::to_string(hands_[player]
                                ->execute_write(change, {schema::to_text(scene_.begun.workflow.id)})
                                .size());
    } catch (const error& failure) {
      if (failure.may_retry() && failure.outcome_known()) return std::nullopt;
      return std::string{to_text(failure.kind())};
    }
  }

  // Nobody holds anything now.
  std::string final_call(const action& what, std::size_t player) {
    return call(what, player).value_or("nothing");
  }

  void begin() {
    delete_all_rows(*raw_, database_.url().backend());
    scene_ = set_scene(*stores_[0]);
    // Another has taken the lease over since.
    raw_->run("UPDATE workflow_agenda SET lease_fence = lease_fence + 1 WHERE lease_owner = 'ada'");
    raw_->run("UPDATE workflow_slot SET lease_fence = lease_fence + 1");
    scene_.late = scene_.lease;
    ++scene_.lease.fence;
  }

  std::string end(const std::string& first, const std::string& second) {
    return fmt::format("{} | {} | {}", first, second,
                       without_instants(database_.dump(*stores_[0])));
  }

  std::string in_turn(const action& one, const action& other, bool other_first) {
    begin();
    std::string first, second;
    if (other_first) second = final_call(other, 1);
    first = final_call(one, 0);
    if (!other_first) second = final_call(other, 1);
    return end(first, second);
  }

  std::pair<std::vector<choice>, std::string> beside(const action& one, const action& other,
                                                     const std::vector<choice>& prefix) {
    begin();
    answer first, second;
    auto made =
        order_.play({[&] { first = call(one, 0); }, [&] { second = call(other, 1); }}, prefix);
    // Without a transaction of the other in its way, "nothing" is its answer.
    const auto again = [&](const answer& said, const action& what, std::size_t player) {
      if (said) return *said;
      return order_.met_transaction(player) ? final_call(what, player) : "nothing";
    };
    const std::string said = again(first, one, 0);
    return {std::move(made), end(said, again(second, other, 1))};
  }

  test_database& database_;
  const std::unique_ptr<raw_session> raw_;
  const std::shared_ptr<sql_rewriter> rewriter_ = std::make_shared<sql_rewriter>();
  interleaving order_;
  std::vector<std::unique_ptr<store>> stores_;
  std::vector<std::unique_ptr<connection>> hands_;
  scene scene_;
  int played_ = 0;
};

const action& named(const std::vector<action>& all, std::string_view name) {
  return *std::ranges::find(all, name, &action::name);
}

}  // namespace

BACKEND_TEST_CASE(
    "persistence: two calls of the store end as one after the other, in any order "
    "of their steps",
    "[persistence]", postgresql_kept, partitioned_kept) {
  if (!needs_superuser()) return;
  const auto all = actions();
  stage stage{database};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t k = i; k < all.size(); ++k)
      for (const auto& strange : stage.strange_ends(all[i], all[k], stage.in_turn(all[i], all[k])))
        FAIL_CHECK(strange);
  CHECK(stage.deadlocks() == 0);
  CHECK(stage.played() > 1'500);
}

// So that the comparison of ends is believed. These differ one call after the other too.
BACKEND_TEST_CASE("persistence: a store without one of its guarantees ends otherwise",
                  "[persistence]", postgresql_kept) {
  if (!needs_superuser()) return;
  const auto all = actions();
  stage stage{database};
  const auto finds = [&](std::string_view one, std::string_view other, const std::string& from,
                         const std::string& to) {
    const auto allowed = stage.in_turn(named(all, one), named(all, other));
    stage.rewrite(from, to);
    const auto strange = stage.strange_ends(named(all, one), named(all, other), allowed);
    CHECK(stage.was_rewritten());
    stage.restore();
    return !strange.empty();
  };
  const std::string fence = "a.lease_fence = g.lease_fence", any = "a.lease_fence IS NOT NULL";
  CHECK(finds("settle", "settle late", fence, any));
  CHECK(finds("load", "renew late", fence, any));
  CHECK(finds("claim", "claim", "THEN (SELECT count(*) FROM taken_slot)", "THEN 1000"));
  CHECK(finds("decide", "decide", "w.revision = r.read_revision", "w.revision IS NOT NULL"));
  CHECK(finds("hold", "purge", ".sys_tag, 'strict", ".usr_tag, 'strict"));
  // It looks again under its locks.
  CHECK_FALSE(finds("hold", "purge", "(c.sys_tag,", "('[]',"));
}

// So that the orders are believed: one call after the other is right here, and one beside the other
// is not.
BACKEND_TEST_CASE("persistence: a store that compares what its snapshot has ends otherwise",
                  "[persistence]", postgresql_kept) {
  if (!needs_superuser()) return;
  const auto all = actions();
  stage stage{database};
  const action& decide = named(all, "decide");
  const auto allowed = stage.in_turn(decide, decide);
  stage.rewrite("w.revision = r.read_revision",
                fmt::format("(SELECT s.revision FROM {}.workflow AS s WHERE s._id = r._id) = "
                            "r.read_revision",
                            database.url().schema()));
  CHECK(stage.in_turn(decide, decide) == allowed);
  CHECK_FALSE(stage.strange_ends(decide, decide, allowed).empty());
  CHECK(stage.was_rewritten());
}
