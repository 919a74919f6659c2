// SPDX-License-Identifier: Apache-2.0
#include <spdlog/logger.h>

#include "support/instants.hpp"
#include "support/store_operations.hpp"
#include "support/stores.hpp"
#include "support/wire_tap.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

TEST_CASE(
    "persistence: an answer that is cut in its middle, in any round trip of any call, is told as "
    "what it is",
    "[persistence]") {
  if (!postgresql_kept::available()) return;
  postgresql_kept database;
  const auto beside = database.open();
  wire_tap tap{database.url().location()};
  database.options().connections_max = 1;
  // Each lost connection would be told of.
  database.options().logger = std::make_shared<spdlog::logger>("cut");
  const auto on = open_store(database_url{tap.url(), database.url().schema()}, database.options());
  std::size_t cuts = 0, done = 0;
  for (const store_operation& each : store_operations()) {
    const auto begin = [&] {
      delete_all_rows(database);
      each.prepare(*beside);
    };
    disturbed_call call{each, *on, [&] { return without_instants(database.dump(*beside)); }};
    begin();
    call.learn();
    std::size_t round_trips = 1;
    for (std::size_t i = 0; i < round_trips; ++i) {
      CAPTURE(each.name, i);
      // On a connection that has all statements prepared.
      begin();
      (void)each.call(*on);
      begin();
      tap.reset();
      if (i == 0) {
        (void)each.call(*on);
        round_trips = tap.round_trips();
        begin();
      }
      tap.cut_inside_reply_after(i);
      const auto ends = call.make([] {});
      // It has one connection, and has made another.
      (void)on->list({});
      CHECK(tap.connections() == 1);
      ++cuts;
      if (ends == disturbed_call::end::failed_and_done) ++done;
    }
  }
  CHECK(cuts >= store_operations().size());
  CHECK(done > 0);
}
