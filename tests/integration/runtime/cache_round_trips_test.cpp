// SPDX-License-Identifier: Apache-2.0
#include "support/claims.hpp"
#include "support/wire_tap.hpp"

using namespace nava;
using namespace nava::test;
using persistence::store;

namespace {

// A runtime of one connection behind a tap, with one started claim; every statement is prepared.
class tapped_runtime {
 public:
  explicit tapped_runtime(std::size_t cache_workflows) : tap(postgresql_url()) {
    rival = database.open();
    database.options().connections_max = 1;
    stored = persistence::open_store(database_url{tap.url(), database.url().schema()},
                                     database.options());
    // A notice of a stored task goes out at its own time, a round trip of no call.
    run.emplace(stored, std::vector{claim_builder().build()},
                runtime_options{.cache_workflows = cache_workflows, .tells_others = false});
    id = run->start("claim", claim_1).workflow_id;
    run->deliver(note());
    run->pause(id);
    run->resume(id);
    (void)stored->load(claim_1);
  }

  template <class Call>
  std::size_t round_trips(Call call) {
    tap.reset();
    call();
    return tap.round_trips();
  }

  std::size_t to_deliver(const event& what) {
    return round_trips([&] { CHECK(run->deliver(what).at(0).result == nava::delivery::applied); });
  }

  postgresql_schema database;
  wire_tap tap;
  std::unique_ptr<store> rival;
  std::shared_ptr<store> stored;
  std::optional<runtime> run;
  uuid id{};
};

}  // namespace

TEST_CASE("runtime: an event on a cached workflow is one round trip, on another one two") {
  if (!postgresql_schema::available()) return;
  tapped_runtime cached{plenty};
  CHECK(cached.to_deliver(note()) == 1);
  CHECK(cached.to_deliver(note("with a key")) == 1);
  CHECK(cached.round_trips([&] { cached.run->pause(cached.id); }) == 1);
  CHECK(cached.round_trips([&] { cached.run->resume(cached.id); }) == 1);
  tapped_runtime plain{0};
  CHECK(plain.to_deliver(note()) == 2);
}

TEST_CASE("runtime: an event on an outdated workflow costs the conflict, a load and a commit") {
  if (!postgresql_schema::available()) return;
  tapped_runtime cached{plenty};
  const auto before = cached.rival->load(cached.id).value().state;
  runtime rival{std::shared_ptr{std::move(cached.rival)}, {claim_builder().build()}};
  rival.deliver(note());
  const auto stale =
      engine::decide(claim_builder().build(), before, note(), instant(0), new_id()).work;
  const auto stale_commit = [&] { CHECK(cached.stored->commit(stale) == commit_result::conflict); };
  stale_commit();  // prepares what it takes
  const std::size_t conflict = cached.round_trips(stale_commit);
  CHECK(cached.to_deliver(note()) == conflict + 2);
  CHECK(cached.to_deliver(note()) == 1);
}
