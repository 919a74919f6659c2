// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct egg;
struct hen {
  nava::uuid id;
  nava::uuid egg_id;
};
struct egg {
  nava::uuid id;
  std::optional<nava::uuid> hen_id;
};
struct hen_table : table<hen, "hen", column<"id", &hen::id>, column<"egg_id", &hen::egg_id>,
                         primary_key<&hen::id>, index_on<"ix_hen_egg_id", &hen::egg_id>,
                         cascading_key<&hen::egg_id, &egg::id>> {};
struct egg_table : table<egg, "egg", column<"id", &egg::id>, column<"hen_id", &egg::hen_id>,
                         primary_key<&egg::id>, index_on<"ix_egg_hen_id", &egg::hen_id>,
                         cascading_key<&egg::hen_id, &hen::id>> {};

constexpr auto tables = database<hen_table, egg_table>::description.tables;
