// SPDX-License-Identifier: Apache-2.0
#include "support/protocol_model.hpp"

#include <random>

#include "support/backends.hpp"
#include "support/model_units.hpp"
#include "support/task_units.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::model;

namespace {

// Every way to give three engines an event each: to one of two workflows, with its key or without.
// Which engine has which makes no difference, nor which workflow has more.
std::vector<commit_world> all_commit_worlds() {
  constexpr std::uint8_t kinds = 4, of_one_workflow = 2;
  const auto call_of = [](std::uint8_t kind) {
    commit_message call;
    call.workflow = kind / of_one_workflow;
    call.key = kind % of_one_workflow;
    return call;
  };
  std::vector<commit_world> worlds;
  for (std::uint8_t a = 0; a < of_one_workflow; ++a)
    for (std::uint8_t b = a; b < of_one_workflow; ++b)
      for (std::uint8_t c = b; c < kinds; ++c) {
        commit_world world;
        world.all[0].call = call_of(a);
        world.all[1].call = call_of(b);
        world.all[2].call = call_of(c);
        worlds.push_back(world);
      }
  return worlds;
}

// Two engines have one event with a key, the third one without, all for one workflow.
commit_world rivals() {
  commit_world world;
  world.all[0].call.key = world.all[1].call.key = 1;
  return world;
}

// Random calls of a store, and what the model says to them.
class commit_trace {
 public:
  commit_trace(persistence::store& on, std::uint64_t number)
      : on_(on), random_(static_cast<unsigned>(number)) {
    for (std::uint64_t i = 0; i < workflows; ++i) {
      begun_.push_back(first_unit(number * workflows + i));
      REQUIRE(on_.create(begun_.back()) == commit_result::applied);
    }
  }

  void call() {
    const commit_message sent =
        !sent_.empty() && chance(3) ? sent_[random_() % sent_.size()] : decided();
    CAPTURE(sent.workflow, sent.revision, sent.key, sent.transaction);
    CHECK(on_.commit(unit_of(begun_[sent.workflow], sent)) ==
          result_of(database_.commit(sent, {})));
  }

 private:
  [[nodiscard]] bool chance(unsigned of) { return random_() % of == 0; }

  // Mostly on what is stored, else on what was.
  commit_message decided() {
    commit_message made;
    made.workflow = static_cast<std::uint8_t>(random_() % workflows);
    made.revision = database_.revision[made.workflow];
    if (made.revision > 0 && chance(4)) --made.revision;
    made.key = static_cast<std::uint8_t>(random_() % 4);
    made.transaction = static_cast<std::uint8_t>(sent_.size());
    sent_.push_back(made);
    return made;
  }

  persistence::store& on_;
  std::mt19937 random_;
  commit_database database_;
  std::vector<nava::unit_of_work> begun_;
  std::vector<commit_message> sent_;
};

// Random calls for one task, and what the model says to them.
class lease_trace {
 public:
  lease_trace(persistence::store& on, raw_session& raw, std::uint64_t number)
      : on_(on), raw_(raw), random_(static_cast<unsigned>(number)) {
    const auto unit = unit_with_tasks(number, 1);
    REQUIRE(on_.create(unit) == commit_result::applied);
    lease_.workflow_id = unit.workflow.id;
    lease_.task_id = unit.tasks.inserted.at(0).id;
  }
  ~lease_trace() { on_.erase(lease_.workflow_id); }
  lease_trace(const lease_trace&) = delete;
  lease_trace& operator=(const lease_trace&) = delete;

  void call() {
    const bool is_held = database_.is == lease::held;
    if (database_.fence == 0 || (!is_held && database_.fence < claims_max && chance(2)))
      return claim();
    if (is_held && chance(3)) return end_lease();
    // Mostly of the last holder.
    lease_.fence = database_.fence;
    if (lease_.fence > 1 && chance(3)) --lease_.fence;
    if (lease_.fence < database_.fence && database_.is_open) ++stale_;
    switch (random_() % 4) {
      case 0:
        return renew();
      case 1:
        return postpone();
      default:
        return settle();
    }
  }

  /// Calls of earlier holders for a task that was open.
  [[nodiscard]] int stale() const { return stale_; }

 private:
  [[nodiscard]] bool chance(unsigned of) { return random_() % of == 0; }
  [[nodiscard]] std::uint8_t fence() const { return static_cast<std::uint8_t>(lease_.fence); }

  void claim() {
    const auto found = on_.claim(claim_of(1)).tasks;
    const bool is_had = database_.claim({});
    REQUIRE(found.size() == (is_had ? 1U : 0U));
    if (is_had) CHECK(found.front().fence == database_.fence);
  }
  void end_lease() {
    raw_.run(
        "UPDATE workflow_agenda SET lease_until = '2020-01-01T00:00:00.000000Z', ts_due = "
        "'2020-01-01T00:00:00.000000Z'");
    database_.end_lease();
  }
  void renew() {
    const auto held = renewal_of(lease_);
    compare(on_.renew({&held, 1}, long_lease), database_.renew(fence(), {}));
  }
  void settle() {
    const auto done = completed(lease_);
    compare(on_.settle({&done, 1}), database_.settle(fence(), {}));
  }
  void postpone() {
    const auto later = test::settled(lease_, persistence::settlement::result::postponed);
    compare(on_.settle({&later, 1}), database_.postpone(fence(), {}));
  }

  void compare(const losses& answer, ended said) const {
    using persistence::lease_loss;
    CAPTURE(lease_.fence, static_cast<int>(said), database_.fence);
    const auto expected = said == ended::kept     ? std::optional<lease_loss>{}
                          : said == ended::before ? lease_loss::settled
                                                  : lease_loss::lost;
    CHECK(answer.at(0) == expected);
  }

  persistence::store& on_;
  raw_session& raw_;
  std::mt19937 random_;
  persistence::task_lease lease_;
  lease_database database_;
  int stale_ = 0;
};

}  // namespace

TEST_CASE("model: no order of calls and faults breaks a promise of commits", "[model]") {
  std::size_t states = 0;
  for (const auto& world : all_commit_worlds()) {
    const exploration found = explore(world, commit_guards{});
    CAPTURE(found.steps);
    CHECK(found.broken == "");
    states += found.states;
  }
  CHECK(states == 4'700'811);
}

TEST_CASE("model: a database that does less for commits breaks a promise", "[model]") {
  const auto broken = [](const commit_guards& guards) { return explore(rivals(), guards).broken; };
  CHECK(broken({.compares_revision = false}) == "two decisions were made on one revision");
  CHECK(broken({.knows_transactions = false}) == "an event without a key was applied twice");
  CHECK(broken({.has_unique_keys = false}) == "an event with a key was applied twice");
  const exploration lost = explore(rivals(), commit_guards{.writes_before_it_answers = false});
  CHECK(lost.broken == "an event was acknowledged, and is not applied");
  CHECK(lost.steps ==
        std::vector<std::string>{"engine 0 reads revision 0", "engine 0 commits on revision 0"});
}

TEST_CASE("model: no order of calls, ends of leases, faults and deaths breaks a promise of tasks",
          "[model]") {
  const exploration found = explore(lease_world{}, lease_guards{});
  CAPTURE(found.steps);
  CHECK(found.broken == "");
  CHECK(found.states == 734'371);
}

TEST_CASE("model: a database that does less for leases breaks a promise", "[model]") {
  const auto broken = [](const lease_guards& guards) {
    return explore(lease_world{}, guards).broken;
  };
  CHECK(broken({.compares_fence = false}) == "another than its holder has ended a task");
  CHECK(broken({.raises_fence = false}) == "another than its holder has ended a task");
  CHECK(broken({.ends_once = false}) == "a task ended twice");
  CHECK(broken({.knows_who_settled = false}) == "a result was acknowledged, and is not stored");
}

BACKEND_TEST_CASE("model: a store answers commits as the model does", "[model]", sqlite_file,
                  postgresql_kept) {
  const auto store = database.open();
  for (std::uint64_t number = 1; number <= 50; ++number) {
    commit_trace trace{*store, number};
    // No more than a model counts.
    for (int i = 0; i < 8; ++i) trace.call();
  }
}

BACKEND_TEST_CASE("model: a store answers claims, renewals and settlements as the model does",
                  "[model]", sqlite_file, postgresql_kept) {
  const auto store = database.open();
  const auto raw = raw_of(database);
  int stale = 0;
  for (std::uint64_t task = 1; task <= 200; ++task) {
    lease_trace trace{*store, *raw, task};
    for (int i = 0; i < 12; ++i) trace.call();
    stale += trace.stale();
  }
  CHECK(stale > 50);
}
