// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "support/backends.hpp"
#include "support/interleaved_stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;

BACKEND_TEST_CASE(
    "persistence: two calls of the store end as one after the other, in any order "
    "of their steps",
    "[persistence]", postgresql_kept, partitioned_kept) {
  if (!needs_superuser()) return;
  const auto all = interleaved_calls();
  interleaved_stores stage{database};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t k = i; k < all.size(); ++k)
      for (const auto& strange : stage.strange_ends(all[i], all[k], stage.in_turn(all[i], all[k])))
        FAIL_CHECK(strange);
  CHECK(stage.deadlocks() == 0);
  CHECK(stage.played() > 1'600);
}

// So that the comparison of ends is believed. These differ one call after the other too.
BACKEND_TEST_CASE("persistence: a store without one of its guarantees ends otherwise",
                  "[persistence]", postgresql_kept) {
  if (!needs_superuser()) return;
  const auto all = interleaved_calls();
  interleaved_stores stage{database};
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
  const auto all = interleaved_calls();
  interleaved_stores stage{database};
  const interleaved_call& decide = named(all, "decide");
  const auto allowed = stage.in_turn(decide, decide);
  stage.rewrite("w.revision = r.read_revision",
                fmt::format("(SELECT s.revision FROM {}.workflow AS s WHERE s._id = r._id) = "
                            "r.read_revision",
                            database.url().schema()));
  CHECK(stage.in_turn(decide, decide) == allowed);
  CHECK_FALSE(stage.strange_ends(decide, decide, allowed).empty());
  CHECK(stage.was_rewritten());
}
