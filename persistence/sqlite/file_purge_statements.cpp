// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/file_purge_statements.hpp"

#include <fmt/format.h>

#include "persistence/purge/finished_arguments.hpp"
#include "persistence/sqlite/file_statement_parts.hpp"

namespace nava::persistence::sqlite {
namespace {

using namespace fmt::literals;

// Workflows that finished long enough ago, after a place, in the order of places.
constexpr std::string_view finished_walk_sql = R"(workflow AS w
    WHERE w.ts_finish IS NOT NULL
      AND w.ts_finish <= :until
      AND (w.ts_finish, w._id) > (:after_time, :after_id)
    ORDER BY w.ts_finish, w._id)";

constexpr std::string_view is_meant_sql =
    R"(c.status IN (SELECT value FROM json_each(:statuses))
    AND (:wfdef_key IS NULL OR c.wfdef_key = :wfdef_key))";

constexpr std::string_view picked_finished_sql = R"(
WITH picked AS MATERIALIZED (
  SELECT c._id, c.ts_finish || '/' || c._id AS place
  FROM (
    SELECT w.*
    FROM {finished_walk}
    LIMIT {walk_max}
  ) AS c
  WHERE {is_meant}
    AND NOT {is_under_legal_hold}
  ORDER BY c.ts_finish, c._id
  LIMIT cast(:batch AS INTEGER)
))";

constexpr std::string_view end_of_walk_sql = R"((
    SELECT w.ts_finish || '/' || w._id
    FROM {finished_walk}
    LIMIT 1 OFFSET {walk_last}
  ))";

// How many were picked, and the place of the next batch. Places sort as texts do.
constexpr std::string_view count_finished_sql = R"({picked_finished}
SELECT
  count(*),
  CASE WHEN count(*) = cast(:batch AS INTEGER) THEN max(place) ELSE {end_of_walk} END
FROM picked)";

// Of one walk, and the place where the next begins.
constexpr std::string_view count_held_sql = R"(
SELECT
  (
    SELECT count(*)
    FROM (
      SELECT w.*
      FROM {finished_walk}
      LIMIT {walk_max}
    ) AS c
    WHERE {is_meant}
      AND {is_under_legal_hold}
  ),
  {end_of_walk})";

constexpr std::string_view erase_finished_sql = R"({picked_finished}
DELETE FROM workflow
WHERE _id IN (SELECT _id FROM picked))";

std::string end_of_walk() {
  return fmt::format(end_of_walk_sql, "finished_walk"_a = finished_walk_sql,
                     "walk_last"_a = purge_walk_max - 1);
}

}  // namespace

std::string picked_finished() {
  return fmt::format(
      picked_finished_sql, "finished_walk"_a = finished_walk_sql, "is_meant"_a = is_meant_sql,
      "is_under_legal_hold"_a = is_under_legal_hold("c"), "walk_max"_a = purge_walk_max);
}

statement count_finished_statement() {
  return {fmt::format(count_finished_sql, "picked_finished"_a = picked_finished(),
                      "end_of_walk"_a = end_of_walk()),
          finished_arguments::names(), 2};
}

statement count_held_statement() {
  return {fmt::format(count_held_sql, "finished_walk"_a = finished_walk_sql,
                      "walk_max"_a = purge_walk_max, "is_meant"_a = is_meant_sql,
                      "is_under_legal_hold"_a = is_under_legal_hold("c"),
                      "end_of_walk"_a = end_of_walk()),
          finished_arguments::names_of_walk(), 2};
}

statement erase_finished_statement() {
  return {fmt::format(erase_finished_sql, "picked_finished"_a = picked_finished()),
          finished_arguments::names(), 0};
}

}  // namespace nava::persistence::sqlite
