// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "support/claims.hpp"
#include "support/faulty_store.hpp"

using namespace nava;
using namespace nava::test;
using persistence::store;

namespace {

// Plays one list of random events and commands on a few claims and writes down what was answered.
class random_claims {
 public:
  random_claims(test_database& database, std::size_t cache_workflows, unsigned seed)
      : stored_(database.open()),
        counted(std::make_shared<faulty_store>(stored_)),
        run_(counted, {claim_builder().build()},
             {.clock = [this] { return now_; }, .cache_workflows = cache_workflows}),
        rival_(stored_, {claim_builder().build()}, {.clock = [this] { return now_; }}),
        random_(seed) {}

  void play(int steps) {
    counted->reset();
    for (int i = 0; i < steps; ++i) {
      now_ += std::chrono::milliseconds{1 + pick(5000)};
      runtime& who = pick(8) == 0 ? rival_ : run_;
      const resource about{"claim", std::to_string(pick(4))};
      try {
        log += act(who, about) == delivery::applied ? "applied\n" : "already applied\n";
      } catch (const std::exception& thrown) {
        log.append(thrown.what()).append("\n");
      }
    }
  }

  std::string left_behind() {
    std::string all;
    for (const auto& row : stored_->list({}).workflows) {
      CHECK(broken_promises(*stored_, row.id).empty());
      all.append(without_ids(*stored_, row.id)).append("\n");
    }
    return all;
  }

 private:
  std::shared_ptr<store> stored_;

 public:
  std::shared_ptr<faulty_store> counted;
  std::string log;

 private:
  int pick(int below) { return std::uniform_int_distribution<int>{0, below - 1}(random_); }

  delivery act(runtime& who, const resource& about) {
    static constexpr std::array names{"note", "note", "note", "fail",   "recover",  "bill",
                                      "late", "note", "bill", "answer", "overstep", "paid"};
    const auto started = started_.find(about.id);
    if (started == started_.end() && pick(3) > 0) {
      const outcome made = who.start("claim", about, {{"amount", 0.5 * pick(100)}});
      started_[about.id] = made.workflow_id;
      return made.result;
    }
    switch (started == started_.end() ? -1 : pick(24)) {
      case 0:
        return who.pause(started->second, {.reason = "wait"}).result;
      case 1:
      case 2:
        return who.resume(started->second).result;
      case 3:
        if (pick(8) == 0) return who.cancel(started->second).result;
        break;
      case 4:
        if (pick(4) > 0) break;
        who.store().erase(started->second);
        started_.erase(started);
        return delivery::applied;
      default:
        break;
    }
    event what = happened(names[static_cast<std::size_t>(pick(names.size()))]);
    what.resource = about;
    if (pick(3) > 0) what.key = "key-" + std::to_string(pick(60));
    what.data = {{"yes", pick(2) == 0},
                 {"note", json::array{1.0, 0.1 * pick(1000), pick(9) * 1e300, "ünï\n", nullptr}}};
    return who.deliver(what).at(0).result;
  }

  timestamp now_ = instant(0);
  runtime run_, rival_;
  std::mt19937 random_;
  std::map<std::string, uuid> started_;
};

}  // namespace

TEMPLATE_TEST_CASE("runtime: random histories are the same with a cache and without", "[runtime]",
                   sqlite_memory, sqlite_file, postgresql_kept) {
  if (!TestType::available()) return;
  constexpr unsigned seed = 20261122;
  constexpr int steps = 600;
  TestType first, second;
  random_claims without{first, 0, seed}, with{second, 3, seed};
  without.play(steps);
  with.play(steps);
  CHECK(with.log == without.log);
  CHECK(with.left_behind() == without.left_behind());
  for (const char* answer : {"applied\n", "already applied\n", "comes too late", "is refused while",
                             "finds no workflow", "finds no open step"}) {
    CAPTURE(answer);
    CHECK(with.log.find(answer) != std::string::npos);
  }
  // Rivals, refusals and repetitions cost loads; the rest does not.
  CHECK(with.counted->calls() < without.counted->calls());
}

// So that the comparison of histories is believed, and the keys of events are seen to be needed.
TEMPLATE_TEST_CASE("runtime: a database that forgets the keys of events has other histories",
                   "[runtime]", sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  constexpr unsigned seed = 20261122;
  constexpr int steps = 200;
  TestType right, forgetful;
  (void)forgetful.open();
  const auto raw = raw_of(forgetful);
  if (forgetful.url().backend() == persistence::backend::sqlite) {
    raw->run(
        "CREATE TRIGGER forget AFTER INSERT ON workflow_event BEGIN UPDATE workflow_event SET "
        "event_key = NULL WHERE workflow_id = NEW.workflow_id AND seq = NEW.seq; END");
  } else {
    raw->run(
        "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.event_key := "
        "NULL; RETURN NEW; END'");
    raw->run(
        "CREATE TRIGGER forget BEFORE INSERT ON workflow_event FOR EACH ROW EXECUTE FUNCTION "
        "forget()");
  }
  random_claims one{right, 3, seed}, other{forgetful, 3, seed};
  one.play(steps);
  other.play(steps);
  CHECK_THAT(one.log, Catch::Contains("already applied\n"));
  CHECK_THAT(other.log, !Catch::Contains("already applied\n"));
  CHECK(one.log != other.log);
}
