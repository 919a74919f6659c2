// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <nava/inspection/schema_check.hpp>
#include <nava/persistence/migration.hpp>
#include <nava/persistence/partitions.hpp>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_database.hpp>

#include "support/eventually.hpp"
#include "support/stores.hpp"

/// Partitions of long ago, and workflows in them.
namespace nava::test {

using persistence::database_url, persistence::layout, persistence::least_id_at,
    persistence::partition_range, persistence::partition_report, persistence::store;
using namespace std::chrono_literals;

constexpr std::chrono::hours day{24};

inline timestamp at(std::string_view text) {
  return schema::parse_timestamp(std::string{text} + "T00:00:00.000000Z").value();
}

inline partition_range range(std::string_view from, std::string_view to) {
  return {at(from), at(to)};
}

/// A database that was made on 10 March 2020, as far as upkeep is concerned: its partitions of now
/// are far away from all workflows of the tests.
class old_database : public postgresql_schema {
 public:
  old_database() {
    options_.layout = layout::partitioned;
    migrate(url_, options_);
    maintain("2020-03-10", {});
  }

  partition_report maintain(std::string_view now, std::optional<std::chrono::hours> age,
                            bool dry_run = false, int ahead = 1) const {
    return maintain_partitions(
        url_, {.ahead = ahead, .drop_older_than = age, .dry_run = dry_run, .now = at(now)});
  }

  [[nodiscard]] std::string count(const std::string& table) const {
    return raw()->value("SELECT count(*) FROM " + table);
  }
};

/// The same unit for the workflow with that id.
inline unit_of_work moved_to(unit_of_work unit, const uuid& id) {
  unit.workflow.id = id;
  const auto move = [&](auto& rows) {
    for (auto& row : rows) row.workflow_id = id;
  };
  const auto move_changes = [&](auto& changes) {
    move(changes.inserted);
    if constexpr (requires { changes.updated; }) move(changes.updated);
    if constexpr (requires { changes.removed; }) move(changes.removed);
  };
  move_changes(unit.steps);
  move_changes(unit.stages);
  move_changes(unit.participants);
  move_changes(unit.memory);
  move_changes(unit.tasks);
  move_changes(unit.worklist);
  move(unit.mutations);
  move(unit.messages);
  move(unit.events);
  return unit;
}

inline uuid id_on(std::string_view day_text, std::uint8_t number) {
  uuid id = least_id_at(at(day_text));
  id.data[6] = 0x70;
  id.data[8] = 0x80;
  id.data[15] = number;
  return id;
}

inline uuid add(store& store, std::string_view day_text, std::uint64_t number) {
  const uuid id = id_on(day_text, static_cast<std::uint8_t>(number));
  REQUIRE(store.create(moved_to(first_unit(number), id)) == commit_result::applied);
  return id;
}

inline void finish(raw_session& raw, const uuid& id, std::string_view day_text) {
  raw.run(fmt::format("UPDATE workflow SET status = 'COMPLETED', ts_finish = '{}' WHERE _id = '{}'",
                      day_text, schema::to_text(id)));
}

inline const std::vector<std::string> nine = [] {
  std::vector<std::string> names;
  const schema::partitioned_schema layout{schema::workflow_database<>::description};
  for (const auto& table : layout.description().tables)
    if (!table.partition_column.empty()) names.emplace_back(table.name);
  return names;
}();

/// Runs `work` on a store whose sessions go by the name of the schema, and waits for their end,
/// when the server counts what they scanned.
template <class Work>
void in_sessions_of_its_own(const postgresql_schema& database, const std::string& url, Work work) {
  work(*open_store(database_url{with_parameter(url, "application_name=" + database.schema()),
                                database.schema()}));
  const auto raw = database.raw();
  REQUIRE(eventually([&] {
    return raw->value("SELECT count(*) FROM pg_stat_activity WHERE application_name = '" +
                      database.schema() + "'") == "0";
  }));
}

/// Sessions that wait for a lock on a table of that name.
inline std::string waiting_for(raw_session& raw, const postgresql_schema& database,
                               std::string_view table) {
  return raw.value(
      fmt::format("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
                  "'\"{}\".{}'::regclass",
                  database.schema(), table));
}

inline partition_report drop_expired(const old_database& database,
                                     std::chrono::milliseconds lock_wait = 500ms) {
  return maintain_partitions(database.url(), {.ahead = 0,
                                              .drop_older_than = 30 * day,
                                              .lock_wait = lock_wait,
                                              .vacuum_wait = 20s,
                                              .now = at("2021-01-01")});
}

/// Finished workflows in March and April 2020, and a partition of the time at which drop_expired()
/// runs.
class expired_database : public old_database {
 public:
  expired_database() {
    const auto store = open();
    const auto session = raw();
    finish(*session, add(*store, "2020-03-11", 1), "2020-03-12");
    finish(*session, add(*store, "2020-04-11", 2), "2020-04-12");
    maintain("2021-01-01", {});
  }
};

inline std::vector<inspection::finding> check(const postgresql_schema& database) {
  return inspection::check_schema(database.url(), schema::workflow_database<>::description);
}

}  // namespace nava::test
