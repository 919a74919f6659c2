// SPDX-License-Identifier: Apache-2.0
#include "support/interleaving.hpp"

#include <fmt/format.h>

#include "persistence/postgresql/connection/server_connection.hpp"
#include "support/backends.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

BACKEND_TEST_CASE("interleaving: a deadlock of two sessions is counted", "[support]",
                  postgresql_kept) {
  if (!needs_superuser()) return;
  const auto store = database.open();
  for (const std::string_view queue : {"a", "b"}) store->limit_running(queue, 1);
  interleaving order{raw_of(database)};
  const statement commit{"COMMIT", {}, 0};
  const statement lock{
      fmt::format("SELECT slot FROM {}.workflow_slot WHERE queue = :queue FOR UPDATE",
                  database.url().schema()),
      {"queue"},
      1};
  std::vector<std::unique_ptr<connection>> sessions;
  for (std::size_t i = 0; i < interleaving::players; ++i)
    sessions.push_back(
        order.gated(std::make_unique<postgresql::server_connection>(database.url()), i));
  const auto locks = [&](std::size_t player, std::string_view first, std::string_view second) {
    try {
      sessions[player]->run_script("BEGIN");
      (void)sessions[player]->execute(lock, {first});
      (void)sessions[player]->execute(lock, {second});
      (void)sessions[player]->execute_write(commit, {});
    } catch (const error&) {
      // One of them, in some orders.
    }
  };
  std::vector<choice> next;
  do {
    next = interleaving::after(
        order.play({[&] { locks(0, "a", "b"); }, [&] { locks(1, "b", "a"); }}, next));
  } while (!next.empty());
  CHECK(order.deadlocks() > 0);
}
