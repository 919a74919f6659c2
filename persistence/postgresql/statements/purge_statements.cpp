// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/statements/purge_statements.hpp"

#include <fmt/format.h>

#include <nava/schema/ddl.hpp>

#include "persistence/postgresql/statements/statement_parts.hpp"
#include "persistence/postgresql/statements/tombstone_statements.hpp"
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
))";

constexpr std::string_view is_meant_sql =
    R"(c.status = ANY (ARRAY(SELECT jsonb_array_elements_text(cast(:statuses AS jsonb))))
    AND (cast(:wfdef_key AS text) IS NULL OR c.wfdef_key = cast(:wfdef_key AS text)))";

// Of one walk, and the place where the next begins.
constexpr std::string_view count_held_sql = R"(
SELECT
  (
    SELECT count(*)
    FROM (
      SELECT w.*
      FROM {finished_walk}
      ORDER BY w.ts_finish, w._id
      LIMIT {walk_max}
    ) AS c
    WHERE {is_meant}
      AND {is_under_legal_hold}
  ),
  {end_of_walk})";

constexpr std::string_view end_of_walk_sql = R"((
      SELECT cast(w.ts_finish AS text) || '/' || cast(w._id AS text)
      FROM {finished_walk}
      ORDER BY w.ts_finish, w._id
      OFFSET {walk_last}
      LIMIT 1
    ))";

// The place of the last workflow that was picked, or of the last of the walk where fewer than a
// batch were picked.
constexpr std::string_view next_place_sql = R"(CASE
    WHEN (SELECT count(*) FROM picked) = cast(:batch AS bigint) THEN (
      SELECT cast(w.ts_finish AS text) || '/' || cast(w._id AS text)
      FROM (SELECT * FROM picked ORDER BY ts_finish DESC, _id DESC LIMIT 1) AS w
    )
    ELSE {end_of_walk}
  END)";

constexpr std::string_view count_finished_sql = R"({picked_finished}
SELECT
  (SELECT count(*) FROM picked),
  {next_place})";

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
  RETURNING {returned}
){remembered}
SELECT
  (SELECT count(*) FROM picked),
  {next_place},
  (SELECT count(*) FROM erased))";

constexpr std::string_view remembered_sql = R"(,
remembered AS ({}
))";

// What the statements have in common.
struct batch_parts {
  explicit batch_parts(std::string_view given)
      : schema(schema::quoted(given)),
        walk(fmt::format(finished_walk_sql, "schema"_a = schema)),
        picked(fmt::format(
            picked_finished_sql, "finished_walk"_a = walk, "is_meant"_a = is_meant_sql,
            "is_under_legal_hold"_a = is_under_legal_hold("c"), "walk_max"_a = purge_walk_max)),
        end_of_walk(fmt::format(end_of_walk_sql, "finished_walk"_a = walk,
                                "walk_last"_a = purge_walk_max - 1)),
        next_place(fmt::format(next_place_sql, "end_of_walk"_a = end_of_walk)) {}

  std::string schema, walk, picked, end_of_walk, next_place;
};

}  // namespace

statement count_finished_statement(std::string_view schema) {
  const batch_parts batch{schema};
  return {fmt::format(count_finished_sql, "picked_finished"_a = batch.picked,
                      "next_place"_a = batch.next_place),
          finished_arguments::names(), 2};
}

statement count_held_statement(std::string_view schema) {
  const batch_parts batch{schema};
  return {fmt::format(count_held_sql, "finished_walk"_a = batch.walk, "is_meant"_a = is_meant_sql,
                      "is_under_legal_hold"_a = is_under_legal_hold("c"),
                      "walk_max"_a = purge_walk_max, "end_of_walk"_a = batch.end_of_walk),
          finished_arguments::names_of_walk(), 2};
}

statement erase_finished_statement(std::string_view schema, const tombstone_policy& tombstones) {
  const batch_parts batch{schema};
  std::string remembered;
  if (tombstones.is_on())
    remembered = fmt::format(remembered_sql, insert_tombstones(schema, tombstones, "erased"));
  return {fmt::format(erase_finished_sql, "picked_finished"_a = batch.picked,
                      "is_under_legal_hold"_a = is_under_legal_hold("w"), "schema"_a = batch.schema,
                      "next_place"_a = batch.next_place,
                      "returned"_a = tombstones.is_on() ? remembered_columns : "1",
                      "remembered"_a = remembered),
          finished_arguments::names(), 3};
}

}  // namespace nava::persistence::postgresql
