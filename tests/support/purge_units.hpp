// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <nava/persistence/purge.hpp>
#include <optional>

#include "support/databases.hpp"
#include "support/units.hpp"

/// Finished workflows to purge.
namespace nava::test {

/// A unit that creates workflow `number`, with rows in every table, as finished so.
inline nava::unit_of_work finished_unit(
    std::uint64_t number, std::optional<timestamp> finish,
    schema::workflow_status status = schema::workflow_status::completed) {
  auto unit = first_unit(number);
  unit.workflow.status = status;
  unit.workflow.ts_finish = finish;
  return unit;
}

/// A control by whose clock it is so late.
inline persistence::purge_control at(timestamp now) {
  persistence::purge_control control;
  control.clock = [now] { return now; };
  return control;
}

/// Rows of `workflow` alone, made by the database: COMPLETED workflows 1 to `count`, one of which
/// finished in every second from 2020 on.
inline void insert_finished(raw_session& raw, bool is_sqlite, int count) {
  const std::string numbers =
      is_sqlite ? fmt::format(
                      "WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM "
                      "numbers WHERE n < {}) ",
                      count)
                : fmt::format("WITH numbers(n) AS (SELECT generate_series(1, {})) ", count);
  const std::string id =
      is_sqlite ? "printf('00000000-0000-7000-8000-%012x', n)"
                : "cast('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0') AS uuid)";
  const std::string at = is_sqlite
                             ? "strftime('%Y-%m-%dT%H:%M:%f000Z', '2020-01-01', n || ' seconds')"
                             : "timestamptz '2020-01-01 00:00:00+00' + n * interval '1 second'";
  raw.run(numbers +
          "INSERT INTO workflow (_id, wfdef_key, wfdef_rev, namespace, resource_name, resource_id, "
          "title, status, progress, revision, last_seq, ts_finish, sys_tag, usr_tag, _created, "
          "_updated) SELECT " +
          id + ", 'claim', 1, '', 'claim', cast(n AS text), 'Claim', 'COMPLETED', 1, 1, 0, " + at +
          ", '[]', '[]', " + at + ", " + at + " FROM numbers");
}

}  // namespace nava::test
