// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/statements/lock_holders.hpp"

#include <fmt/format.h>

#include <nava/schema/ddl.hpp>

namespace nava::persistence::postgresql {
namespace {

using namespace fmt::literals;

// Views show what another role runs to members of pg_read_all_stats alone, its process to anybody.
constexpr std::string_view holders_sql = R"(
SELECT pg_catalog.string_agg(
         pg_catalog.format('process %s (%s, %s)', a.pid,
                           coalesce(nullif(a.application_name, ''), 'unnamed'),
                           coalesce(a.state || ' since ' ||
                                      pg_catalog.to_char(a.state_change, 'HH24:MI:SS TZ'),
                                    'of another role')),
         ', ' ORDER BY a.pid)
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.granted)";

constexpr std::string_view table_lock_holders_sql = R"({holders}
  AND l.locktype = 'relation'
  AND l.database = (
    SELECT d.oid
    FROM pg_catalog.pg_database AS d
    WHERE d.datname = pg_catalog.current_database()
  )
  AND l.relation = pg_catalog.to_regclass('{schema}.workflow')
  AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))";

constexpr std::string_view row_lock_holders_sql = R"({holders}
  AND l.locktype = 'transactionid'
  AND l.transactionid = (
    SELECT w.xmax
    FROM {schema}.workflow AS w
    WHERE w._id = cast(:id AS uuid)
  ))";

}  // namespace

statement table_lock_holders(std::string_view schema) {
  return {fmt::format(table_lock_holders_sql, "holders"_a = holders_sql,
                      "schema"_a = schema::quoted(schema)),
          {},
          1};
}

statement row_lock_holders(std::string_view schema) {
  return {fmt::format(row_lock_holders_sql, "holders"_a = holders_sql,
                      "schema"_a = schema::quoted(schema)),
          {"id"},
          1};
}

}  // namespace nava::persistence::postgresql
