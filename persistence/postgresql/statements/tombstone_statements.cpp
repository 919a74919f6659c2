// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/statements/tombstone_statements.hpp"

#include <fmt/format.h>

#include <nava/schema/ddl.hpp>

#include "persistence/purge/tombstones.hpp"

namespace nava::persistence::postgresql {
namespace {

using namespace fmt::literals;
using schema::quoted;

// The keys of the tombstones of the workflow w. The lengths keep three texts apart.
constexpr std::string_view key_of_id_sql = "('workflow:' || cast(w._id AS text))";
constexpr std::string_view key_of_resource_sql = R"(,
  (CASE WHEN w.wfdef_key IN ({definitions}) THEN 'resource:' || encode(sha256(convert_to(
    length(w.wfdef_key) || ':' || w.wfdef_key || length(w.resource_name) || ':' ||
    w.resource_name || w.resource_id, 'UTF8')), 'hex') END))";

// Where a resource has two workflows by a fault of somebody's, its key is there twice. Statements
// that meet lock the keys in one order.
constexpr std::string_view insert_sql = R"(
INSERT INTO {schema}.workflow_tombstone AS t (key, ts_expire)
SELECT DISTINCT k.key, now() + interval '{seconds} seconds'
FROM {workflows} AS w
CROSS JOIN LATERAL (VALUES {keys}) AS k (key)
WHERE k.key IS NOT NULL{more}
ORDER BY 1
ON CONFLICT ON CONSTRAINT pk_workflow_tombstone DO UPDATE
SET ts_expire = greatest(t.ts_expire, excluded.ts_expire))";

constexpr std::string_view is_missing_sql = R"(
  AND NOT EXISTS (
    SELECT 1
    FROM {schema}.workflow_tombstone AS there
    WHERE there.key = k.key
      AND there.ts_expire > now()
  ))";

constexpr std::string_view of_some_sql = R"(
WITH chosen AS MATERIALIZED (
  SELECT {columns}
  FROM {workflows} AS w
  WHERE w._id > cast(:after AS uuid)
  ORDER BY w._id
  LIMIT 10000
),
stored AS ({insert}
)
SELECT max(cast(_id AS text))
FROM chosen)";

constexpr std::string_view find_sql = R"(
SELECT t.key, cast(t.ts_expire AS text)
FROM {schema}.workflow AS w
CROSS JOIN LATERAL (VALUES {keys}) AS k (key)
JOIN {schema}.workflow_tombstone AS t ON t.key = k.key
WHERE w._id = cast(:id AS uuid)
  AND t.ts_expire > coalesce(cast(:now AS timestamptz), now())
LIMIT 1)";

constexpr std::string_view remove_expired_sql = R"(
WITH expired AS MATERIALIZED (
  SELECT t.key
  FROM {schema}.workflow_tombstone AS t
  WHERE t.ts_expire <= coalesce(cast(:now AS timestamptz), now())
  ORDER BY t.ts_expire
  LIMIT {most}
  FOR UPDATE SKIP LOCKED
)
DELETE FROM {schema}.workflow_tombstone AS t
WHERE t.key = ANY (ARRAY(SELECT key FROM expired))
  AND t.ts_expire <= coalesce(cast(:now AS timestamptz), now())
RETURNING 1)";

std::string keys_for(const tombstone_policy& policy) {
  std::string keys{key_of_id_sql};
  if (!policy.one_per_resource.empty())
    keys +=
        fmt::format(key_of_resource_sql, "definitions"_a = literals_of(policy.one_per_resource));
  return keys;
}

}  // namespace

std::string insert_tombstones(std::string_view schema, const tombstone_policy& policy,
                              std::string_view workflows, tombstones_of which) {
  const std::string place = quoted(schema);
  std::string more;
  if (which == tombstones_of::missing) more = fmt::format(is_missing_sql, "schema"_a = place);
  return fmt::format(insert_sql, "schema"_a = place, "seconds"_a = policy.keep_for.count(),
                     "workflows"_a = workflows, "keys"_a = keys_for(policy), "more"_a = more);
}

statement insert_tombstones_of_some(std::string_view schema, const tombstone_policy& policy,
                                    std::string_view workflows) {
  return {fmt::format(of_some_sql, "columns"_a = remembered_columns, "workflows"_a = workflows,
                      "insert"_a = insert_tombstones(schema, policy, "chosen")),
          {"after"},
          1};
}

tombstone_statements tombstones_in(std::string_view schema, const tombstone_policy& policy) {
  tombstone_statements set;
  set.find = {fmt::format(find_sql, "schema"_a = quoted(schema), "keys"_a = keys_for(policy)),
              {"id", "now"},
              2};
  set.remove_expired = {fmt::format(remove_expired_sql, "schema"_a = quoted(schema),
                                    "most"_a = tombstones_removed_at_once),
                        {"now"},
                        1};
  return set;
}

}  // namespace nava::persistence::postgresql
