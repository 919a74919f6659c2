// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/statements/purge_statements.hpp"

#include <fmt/format.h>

#include <nava/schema/ddl.hpp>

#include "persistence/postgresql/statements/statement_parts.hpp"
#include "persistence/purge/finished_arguments.hpp"

namespace nava::persistence::postgresql {
namespace {

using namespace fmt::literals;

// Workflows that finished long enough ago, after a place.
constexpr std::string_view finished_walk_sql = R"({schema}.workflow AS w
    WHERE w.ts_finish <= cast(:until AS timestamptz)
      AND (w.ts_finish, w._id) > (cast(:after_time AS timestamptz), cast(:after_id AS uuid)))";

// The walk is cut by a literal: of a parameter the planner does not know how small it is, and may
// sort the whole table.
constexpr std::string_view picked_finished_sql = R"(
WITH picked AS MATERIALIZED (
  SELECT c._id, c.ts_finish
  FROM (
    SELECT w.*
    FROM {finished_walk}
    ORDER BY w.ts_finish, w._id
    LIMIT {walk_max}
  ) AS c
  WHERE {is_meant}
    AND NOT {is_under_legal_hold}
  ORDER BY c.ts_finish, c._id
  LIMIT cast(:batch AS bigint)
),
last_picked AS MATERIALIZED (
  SELECT _id, ts_finish
  FROM picked
  WHERE (SELECT count(*) FROM picked) = cast(:batch AS bigint)
  ORDER BY ts_finish DESC, _id DESC
  LIMIT 1
))";

constexpr std::string_view is_meant_sql =
    R"(c.status = ANY (ARRAY(SELECT jsonb_array_elements_text(cast(:statuses AS jsonb))))
    AND (cast(:wfdef_key AS text) IS NULL OR c.wfdef_key = cast(:wfdef_key AS text)))";

// Of the same walk, as far as the batch goes.
constexpr std::string_view count_held_sql = R"((
    SELECT count(*)
    FROM (
      SELECT w.*
      FROM {finished_walk}
        AND (w.ts_finish, w._id) <= (
          coalesce((SELECT ts_finish FROM last_picked), 'infinity'),
          coalesce((SELECT _id FROM last_picked), 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
      ORDER BY w.ts_finish, w._id
      LIMIT {walk_max}
    ) AS c
    WHERE {is_meant}
      AND {is_under_legal_hold}
  ))";

// The place of the last workflow that was picked, or of the last of the walk where fewer than a
// batch were picked.
constexpr std::string_view next_place_sql = R"(CASE
    WHEN EXISTS (SELECT 1 FROM last_picked) THEN (
      SELECT cast(w.ts_finish AS text) || '/' || cast(w._id AS text)
      FROM last_picked AS w
    )
    ELSE (
      SELECT cast(w.ts_finish AS text) || '/' || cast(w._id AS text)
      FROM {finished_walk}
      ORDER BY w.ts_finish, w._id
      OFFSET {walk_last}
      LIMIT 1
    )
  END)";

constexpr std::string_view count_finished_sql = R"({picked_finished}
SELECT
  (SELECT count(*) FROM picked),
  {next_place},
  {count_held})";

// FOR UPDATE is the lock of the deletion itself, so that a workflow whose children are being
// written is skipped, not waited for. A workflow may have changed since it was picked, so its
// conditions are checked again under the lock. Ids are passed on as an array: each costs one
// descent of the primary key.
constexpr std::string_view erase_finished_sql = R"({picked_finished},
locked AS MATERIALIZED (
  SELECT w._id
  FROM {schema}.workflow AS w
  WHERE w._id = ANY (ARRAY(SELECT _id FROM picked))
    AND NOT {is_under_legal_hold}
    AND w.ts_finish <= cast(:until AS timestamptz)
    AND w.status = ANY (ARRAY(SELECT jsonb_array_elements_text(cast(:statuses AS jsonb))))
  FOR UPDATE SKIP LOCKED
),
erased AS (
  DELETE FROM {schema}.workflow AS w
  WHERE w._id = ANY (ARRAY(SELECT _id FROM locked))
  RETURNING 1
)
SELECT
  (SELECT count(*) FROM picked),
  {next_place},
  {count_held},
  (SELECT count(*) FROM erased))";

// What both statements begin with, and what they answer of the walk.
struct batch_parts {
  explicit batch_parts(std::string_view given)
      : schema(schema::quoted(given)),
        picked(fmt::format(
            picked_finished_sql, "finished_walk"_a = walk(), "is_meant"_a = is_meant_sql,
            "is_under_legal_hold"_a = is_under_legal_hold("c"), "walk_max"_a = purge_walk_max)),
        next_place(fmt::format(next_place_sql, "finished_walk"_a = walk(),
                               "walk_last"_a = purge_walk_max - 1)),
        count_held(fmt::format(
            count_held_sql, "finished_walk"_a = walk(), "is_meant"_a = is_meant_sql,
            "is_under_legal_hold"_a = is_under_legal_hold("c"), "walk_max"_a = purge_walk_max)) {}

  [[nodiscard]] std::string walk() const {
    return fmt::format(finished_walk_sql, "schema"_a = schema);
  }

  std::string schema, picked, next_place, count_held;
};

}  // namespace

statement count_finished_statement(std::string_view schema) {
  const batch_parts batch{schema};
  return {fmt::format(count_finished_sql, "picked_finished"_a = batch.picked,
                      "next_place"_a = batch.next_place, "count_held"_a = batch.count_held),
          finished_arguments::names(), 3};
}

statement erase_finished_statement(std::string_view schema) {
  const batch_parts batch{schema};
  return {fmt::format(erase_finished_sql, "picked_finished"_a = batch.picked,
                      "is_under_legal_hold"_a = is_under_legal_hold("w"), "schema"_a = batch.schema,
                      "next_place"_a = batch.next_place, "count_held"_a = batch.count_held),
          finished_arguments::names(), 4};
}

}  // namespace nava::persistence::postgresql
