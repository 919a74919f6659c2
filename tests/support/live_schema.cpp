// SPDX-License-Identifier: Apache-2.0
#include "support/live_schema.hpp"

#include <algorithm>

namespace nava::test {
namespace {

std::string text_of(sql_rows rows) {
  std::sort(rows.begin(), rows.end());
  std::string text;
  for (const auto& row : rows) {
    for (const auto& column : row) text.append(column).append("|");
    text += '\n';
  }
  return text;
}

std::string rows_of(raw_session& session, const sql_rows& tables) {
  std::string text;
  for (const auto& table : tables) {
    const std::string& name = table.front();
    const std::string columns = name.ends_with("_migration") ? "version, name" : "*";
    text.append(name).append("\n").append(
        text_of(session.run("SELECT " + columns + " FROM \"" + name + "\"")));
  }
  return text;
}

}  // namespace

std::string live_schema(const sqlite_file& database) {
  return text_of(database.raw()->run(
      "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name <> 'sqlite_sequence'"));
}

std::string live_rows(const sqlite_file& database) {
  const auto session = database.raw();
  return rows_of(*session,
                 session->run("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> "
                              "'sqlite_sequence' ORDER BY name"));
}

std::string live_schema(const postgresql_schema& database) {
  const auto session = database.raw();
  const std::string here = "'" + database.schema() + "'";
  const auto section = [&](const std::string& sql) { return text_of(session->run(sql)) + "\n"; };
  return section("SELECT nspname FROM pg_namespace WHERE nspname = " + here) +
         section(
             "SELECT c.relname, c.relkind, c.relpersistence, c.reloptions FROM pg_class c JOIN "
             "pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = " +
             here) +
         section(
             "SELECT c.relname, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), "
             "a.attname, format_type(a.atttypid, a.atttypmod), "
             "a.attnotnull, pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute a JOIN pg_class c ON "
             "c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN "
             "pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attnum > 0 AND "
             "NOT a.attisdropped AND n.nspname = " +
             here) +
         section(
             "SELECT c.conrelid::regclass, c.conname, c.convalidated, pg_get_constraintdef(c.oid) "
             "FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname "
             "= " +
             here) +
         section("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = " + here);
}

std::string live_rows(const postgresql_schema& database) {
  const auto session = database.raw();
  return rows_of(*session, session->run("SELECT tablename FROM pg_tables WHERE schemaname = '" +
                                        database.schema() + "' ORDER BY tablename COLLATE \"C\""));
}

}  // namespace nava::test
