// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <nava/nava.hpp>
#include <optional>
#include <thread>

#include "support/eventually.hpp"
#include "support/parcels.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::parcels;
using namespace std::chrono_literals;

WORKER_TEST_CASE(
    "a handler is asked to stop when its task is cancelled, and its result is dropped") {
  parcel_run parcel{database};
  const uuid id = parcel.start();
  std::atomic<bool> runs = false, stopped = false;
  worker_options watchful = quick();
  watchful.lease = 300ms;
  worker running{parcel.run, tasks([&](task_context& task) {
                   task.report({{"boxes", 1}});
                   runs = true;
                   (void)eventually([&] { return task.stop_token().stop_requested(); });
                   stopped = true;
                   return packed(task);
                 }),
                 watchful};
  REQUIRE(eventually([&] { return runs.load(); }));
  parcel.run.cancel(id);
  REQUIRE(eventually([&] { return stopped.load(); }));
  CHECK(running.stop());
  CHECK(parcel.task(id, "pack").status == task_status::cancelled);
  CHECK(parcel.broken(id).empty());
}

WORKER_TEST_CASE("a lease is renewed while its handler runs") {
  parcel_run parcel{database};
  const uuid id = parcel.start();
  worker_options watchful = quick();
  watchful.lease = 1s;
  std::atomic<int> runs = 0;
  const auto pack = [&](task_context& task) {
    ++runs;
    const auto begin = std::chrono::steady_clock::now();
    (void)eventually([&] { return std::chrono::steady_clock::now() - begin > 1500ms; });
    return packed(task);
  };
  worker first{parcel.run, tasks(pack), watchful}, second{parcel.run, tasks(pack), watchful};
  REQUIRE(parcel.ends(id));
  CHECK(runs == 1);
  CHECK(parcel.task(id, "pack").lease_fence == 1);
}

WORKER_TEST_CASE("what a dead worker held is run by another; out of attempts, it is FAILED") {
  parcel_run parcel{database, {.attempts_max = 2}};
  const uuid id = parcel.start();
  persistence::claim_request request;
  request.lanes = {{"pack", 0, {}}};
  request.lease = 1ms;
  request.owner = "dead";
  REQUIRE(parcel.stored->claim(request).tasks.size() == 1);
  {
    worker running{parcel.run, tasks(packed), quick()};
    REQUIRE(parcel.ends(id));
  }
  CHECK(parcel.task(id, "pack").attempt == 2);

  const uuid doomed = parcel.start("doomed");
  for (int i = 0; i < 2; ++i)
    REQUIRE(eventually([&] { return parcel.stored->claim(request).tasks.size() == 1; }));
  worker running{parcel.run, tasks(packed), quick()};
  REQUIRE(parcel.ends(doomed));
  CHECK(parcel.task(doomed, "pack").status == task_status::failed);
  CHECK_THAT(*parcel.task(doomed, "pack").error, Catch::Matchers::Contains("died"));
}

WORKER_TEST_CASE("stop gives back what waits and what does not end, for another to take at once") {
  parcel_run parcel{database};
  std::vector<uuid> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(parcel.start(std::to_string(i)));
  std::atomic<bool> goes_on = true;
  std::atomic<int> running = 0;
  worker_options slow = quick("slow");
  slow.lease = 1h;
  std::optional<worker> first;
  first.emplace(parcel.run, tasks([&](task_context& task) {
                  ++running;
                  (void)eventually([&] { return !goes_on; });
                  return packed(task);
                }),
                slow);
  REQUIRE(eventually([&] { return running == 2; }));
  CHECK_FALSE(first->stop(deadline::in(10ms)));
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) others.emplace_back([&] { (void)first->stop(deadline::in(10ms)); });
  for (auto& each : others) each.join();
  worker second{parcel.run, tasks(packed), quick("second")};
  for (const uuid& id : ids) {
    REQUIRE(parcel.ends(id));
    const auto task = parcel.task(id, "pack");
    CHECK(task.lease_owner == "second");
    CHECK(task.attempt == 1);
  }
  goes_on = false;
  first.reset();
  for (const uuid& id : ids) CHECK(parcel.broken(id).empty());
}

WORKER_TEST_CASE("an attempt that is over time is asked to stop, and others take the task") {
  parcel_run parcel{database};
  const uuid id = parcel.start();
  worker_options short_lease = quick();
  short_lease.lease = 300ms;
  std::atomic<int> runs = 0;
  worker running{
      parcel.run,
      tasks(
          [&](task_context& task) {
            if (++runs == 1)
              (void)eventually([&] { return task.stop_token().stop_requested() && runs > 1; });
            return packed(task);
          },
          {.time_limit = 50ms}),
      short_lease};
  REQUIRE(parcel.ends(id));
  CHECK(runs == 2);
  CHECK(parcel.task(id, "pack").attempt == 2);
}
