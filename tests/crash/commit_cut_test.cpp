// SPDX-License-Identifier: Apache-2.0
#include <spdlog/logger.h>

#include "support/drill.hpp"
#include "support/sound_database.hpp"
#include "support/stores.hpp"
#include "support/wire_tap.hpp"

using namespace nava;
using namespace nava::test;

TEST_CASE("crash: whatever is cut around a commit, what the call says is what the database holds",
          "[crash]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  wire_tap tap{database.url().location()};
  const auto beside = database.open();
  // Each lost connection would be told of.
  database.options().logger = std::make_shared<spdlog::logger>("cut");
  const auto cut = persistence::open_store(persistence::database_url{tap.url(), database.schema()},
                                           database.options());
  unit_of_work last = first_unit(1);
  REQUIRE(cut->create(last) == commit_result::applied);
  const int cuts = at_scale(100);
  int stored = 0, lost = 0;
  for (int i = 0; i < cuts; ++i) {
    CAPTURE(i);
    const unit_of_work next = next_unit(last);
    const auto is_stored = [&] {
      return beside->load(next.workflow.id).value().state.workflow.revision ==
             next.workflow.revision;
    };
    using cut_in = void (wire_tap::*)();
    constexpr cut_in cuts_in[] = {
        &wire_tap::cut_before_next_reply, &wire_tap::cut_before_next_request,
        &wire_tap::cut_inside_next_reply, &wire_tap::cut_inside_next_request};
    (tap.*cuts_in[i % std::size(cuts_in)])();
    try {
      const commit_result result = cut->commit(next);
      CHECK(result == commit_result::applied);
      CHECK(is_stored());
    } catch (const error& failure) {
      CHECK(failure.may_retry());
      if (failure.outcome_known()) CHECK_FALSE(is_stored());
    }
    tap.reset();
    const bool was_stored = is_stored();
    ++(was_stored ? stored : lost);
    CHECK(cut->commit(next) ==
          (was_stored ? commit_result::already_applied : commit_result::applied));
    CHECK(is_stored());
    last = next;
  }
  CAPTURE(stored, lost);
  CHECK(damage_in(database.url()) == std::vector<std::string>{});
  CHECK(stored > cuts / 4);
  CHECK(lost > cuts / 4);
}
