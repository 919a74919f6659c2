// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/file_tombstone_statements.hpp"

#include <fmt/format.h>

#include "persistence/purge/finished_arguments.hpp"
#include "persistence/purge/tombstones.hpp"
#include "persistence/sqlite/connection/own_functions.hpp"
#include "persistence/sqlite/file_purge_statements.hpp"
#include "persistence/sqlite/file_statement_parts.hpp"

namespace nava::persistence::sqlite {
namespace {

using namespace fmt::literals;

// The keys of the tombstones of the workflow w, as rows. The lengths keep three texts apart.
constexpr std::string_view keys_sql = "json_array('workflow:' || w._id{key_of_resource})";
constexpr std::string_view key_of_resource_sql = R"(,
  CASE WHEN w.wfdef_key IN ({definitions}) THEN 'resource:' || {sha256}(
    length(w.wfdef_key) || ':' || w.wfdef_key || length(w.resource_name) || ':' ||
    w.resource_name || w.resource_id) END)";

constexpr std::string_view insert_sql = R"({picked}
INSERT INTO workflow_tombstone ("key", ts_expire)
SELECT k.value, :expires
FROM workflow AS w
CROSS JOIN json_each({keys}) AS k
WHERE {condition}
  AND k.value IS NOT NULL
ON CONFLICT ("key") DO UPDATE SET ts_expire = max(ts_expire, excluded.ts_expire))";

constexpr std::string_view find_sql = R"(
SELECT t."key", t.ts_expire
FROM workflow AS w
CROSS JOIN json_each({keys}) AS k
CROSS JOIN workflow_tombstone AS t
WHERE w._id = :id
  AND t."key" = k.value
  AND t.ts_expire > :now
LIMIT 1)";

constexpr std::string_view remove_expired_sql = R"(
DELETE FROM workflow_tombstone
WHERE "key" IN (
    SELECT t."key"
    FROM workflow_tombstone AS t
    WHERE t.ts_expire <= :now
    ORDER BY t.ts_expire
    LIMIT {most}
  )
RETURNING 1)";

std::string keys_for(const tombstone_policy& policy) {
  std::string more;
  if (!policy.one_per_resource.empty())
    more = fmt::format(key_of_resource_sql, "definitions"_a = literals_of(policy.one_per_resource),
                       "sha256"_a = sha256_function);
  return fmt::format(keys_sql, "key_of_resource"_a = more);
}

}  // namespace

tombstone_statements tombstones_of(const tombstone_policy& policy) {
  const std::string keys = keys_for(policy);
  tombstone_statements set;
  set.insert = {
      fmt::format(insert_sql, "picked"_a = "", "keys"_a = keys,
                  "condition"_a = fmt::format("w._id = :id AND NOT {}", is_under_legal_hold("w"))),
      {"id", "expires"},
      0};
  auto names = finished_arguments::names();
  names.emplace_back("expires");
  set.insert_of_finished = {fmt::format(insert_sql, "picked"_a = picked_finished(), "keys"_a = keys,
                                        "condition"_a = "w._id IN (SELECT _id FROM picked)"),
                            std::move(names), 0};
  set.find = {fmt::format(find_sql, "keys"_a = keys), {"id", "now"}, 2};
  set.remove_expired = {
      fmt::format(remove_expired_sql, "most"_a = tombstones_removed_at_once), {"now"}, 1};
  return set;
}

}  // namespace nava::persistence::sqlite
