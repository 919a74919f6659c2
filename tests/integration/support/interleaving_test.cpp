// SPDX-License-Identifier: Apache-2.0
#include "support/interleaving.hpp"

#include <fmt/format.h>

#include <stdexcept>

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

BACKEND_TEST_CASE("interleaving: a call that throws, and a wrong prefix, end the play", "[support]",
                  postgresql_kept) {
  if (!needs_superuser()) return;
  interleaving order{raw_of(database)};
  const statement one{"SELECT 1", {}, 1};
  std::vector<std::unique_ptr<connection>> sessions;
  for (std::size_t i = 0; i < interleaving::players; ++i)
    sessions.push_back(
        order.gated(std::make_unique<postgresql::server_connection>(database.url()), i));
  const interleaving::calls both{[&] { (void)sessions[0]->execute(one); },
                                 [&] { (void)sessions[1]->execute(one); }};
  CHECK_THROWS_AS(order.play({both[0], [] { throw std::domain_error{"no"}; }}, {}),
                  std::domain_error);
  CHECK_THROWS_AS(order.play(both, {{.taken = 0, .of = 1}}), std::logic_error);
  CHECK(order.play(both, {}).size() == 2);
}
