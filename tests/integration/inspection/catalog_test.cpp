// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/inspection/read_catalog.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "support/catalog_lines.hpp"
#include "support/files.hpp"
#include "support/postgresql_places.hpp"
#include "support/stores.hpp"
#include "support/wire_tap.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::persistence;
using namespace nava::test;

namespace {

using inspection::catalog_table;

inspection::catalog catalog_of(const test_database& database, std::string_view schema) {
  return read_catalog(database.url(), schema);
}

inspection::catalog catalog_of(const postgresql_schema& database) {
  return catalog_of(database, database.schema());
}
inspection::catalog catalog_of(const sqlite_file& database) { return catalog_of(database, ""); }

std::string place_in(const postgresql_schema& database) { return database.schema(); }
std::string place_in(const sqlite_file&) { return "main"; }

const catalog_table& table_in(const inspection::catalog& catalog, std::string_view schema,
                              std::string_view name) {
  const auto* found = find_table(catalog, schema, name);
  REQUIRE(found != nullptr);
  return *found;
}

names owned(schema::name_list views) { return {views.begin(), views.end()}; }

// The schema of a test is called differently in each, and S in what is expected.
names unnamed(names lines, const std::string& schema) {
  for (std::string& text : lines)
    for (std::size_t at = text.find(schema); at != std::string::npos; at = text.find(schema, at))
      text.replace(at, schema.size(), "S");
  return lines;
}

void check_columns(const catalog_table& live, const schema::table_description& described,
                   schema::dialect dialect) {
  REQUIRE(live.columns.size() == described.columns.size());
  for (std::size_t i = 0; i < live.columns.size(); ++i) {
    const auto& expected = described.columns[i];
    CHECK(line(live.columns[i]) == fmt::format("{}: {}{}", expected.name,
                                               schema::type_name(expected, dialect),
                                               expected.nullable ? "" : " not null"));
  }
}

void check_indexes(const catalog_table& live, const schema::table_description& described) {
  REQUIRE(live.indexes.size() == described.indexes.size());
  CHECK(live.indexes.front().what == inspection::catalog_index::kind::primary_key);
  for (const auto& expected : described.indexes) {
    const auto found = std::ranges::find_if(
        live.indexes, [&](const auto& index) { return index.name == expected.name; });
    REQUIRE(found != live.indexes.end());
    CHECK(found->columns == owned(expected.columns));
    CHECK(found->where.empty() == expected.where.empty());
    CHECK(found->plain);
    CHECK(found->valid);
  }
}

void check_foreign_keys(const catalog_table& live, const schema::table_description& described) {
  REQUIRE(live.foreign_keys.size() == described.foreign_keys.size());
  for (std::size_t i = 0; i < live.foreign_keys.size(); ++i) {
    const auto& expected = described.foreign_keys[i];
    CHECK(line(live.foreign_keys[i]) ==
          fmt::format("{}: {} to {}.{} {} delete {} update {}", expected.name,
                      list(owned(expected.columns)), live.schema, expected.target_table,
                      list(owned(expected.target_columns)), to_text(expected.on_delete),
                      to_text(expected.on_update)));
  }
}

void run_all(raw_session& raw, const std::vector<std::string>& statements) {
  for (const auto& statement : statements) raw.run(statement);
}

std::unique_ptr<raw_session> make_schema(const postgresql_schema& database) {
  auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  return raw;
}

std::size_t round_trips_for(const postgresql_schema& database) {
  wire_tap tap{postgresql_url()};
  (void)read_catalog(database_url{tap.url()}, database.schema());
  return tap.round_trips();
}

}  // namespace

#define NEEDS_BACKEND \
  if (!TestType::available()) return

TEMPLATE_TEST_CASE("catalog: the tables of a workflow database are told as they are described",
                   "[catalog]", sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  migrate(database.url(), database.options());
  const auto catalog = catalog_of(database);
  const auto& described = schema::workflow_database<>::description.tables;
  CHECK(catalog.tables.size() == described.size() + 1);
  std::size_t foreign_keys = 0;
  for (const auto& table : described) {
    const auto& live = table_in(catalog, place_in(database), table.name);
    INFO(table.name);
    check_columns(live, table, catalog.what);
    check_indexes(live, table);
    check_foreign_keys(live, table);
    foreign_keys += live.foreign_keys.size();
    const bool is_sqlite = catalog.what == schema::dialect::sqlite;
    CHECK(live.fillfactor == (is_sqlite ? 100 : table.fillfactor));
    CHECK(live.storage.size() == (is_sqlite ? 0 : table.storage.size()));
    for (std::size_t i = 0; i < live.storage.size(); ++i) {
      CHECK(live.storage[i].name == table.storage[i].name);
      CHECK(live.storage[i].value == table.storage[i].value);
    }
    CHECK(live.strict == is_sqlite);
    CHECK(live.without_rowid == is_sqlite);
  }
  CHECK(foreign_keys == 8);
  CHECK(lines(table_in(catalog, place_in(database), "nava_migration").indexes) ==
        names{"primary pk_nava_migration: version"});
}

TEST_CASE("catalog: checks and conditions are told as each database spells them") {
  sqlite_file file;
  migrate(file.url(), file.options());
  const auto on_sqlite = catalog_of(file);
  CHECK(lines(table_in(on_sqlite, "main", "workflow_stage").checks) ==
        names{"ck_workflow_stage_status: \"status\" IN ('ACTIVE', 'ERROR', 'COMPLETED')"});
  CHECK(table_in(on_sqlite, "main", "workflow_event").indexes.back().where ==
        "\"event_key\" IS NOT NULL");
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  migrate(database.url(), database.options());
  const auto on_server = catalog_of(database);
  CHECK(lines(table_in(on_server, database.schema(), "workflow_stage").checks) ==
        names{"ck_workflow_stage_status: (status = ANY (ARRAY['ACTIVE'::text, 'ERROR'::text, "
              "'COMPLETED'::text]))"});
  CHECK(table_in(on_server, database.schema(), "workflow_event").indexes.back().where ==
        "(event_key IS NOT NULL)");
}

TEST_CASE("catalog: postgresql columns of every sort") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  raw->run("CREATE DOMAIN sum_of_money AS numeric(12, 2) NOT NULL");
  raw->run("CREATE FUNCTION answer() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 42'");
  raw->run(
      "CREATE TABLE t (gone int, a bigint GENERATED ALWAYS AS IDENTITY, b int GENERATED BY DEFAULT "
      "AS IDENTITY, c varchar(20) COLLATE \"C\" DEFAULT 'x', d int[] NOT NULL DEFAULT "
      "'{}', e timestamptz(3) DEFAULT now(), f sum_of_money, g int GENERATED ALWAYS AS (b + 1) "
      "STORED, h int DEFAULT answer(), \"I \"\"x,\" text)");
  raw->run("ALTER TABLE t DROP COLUMN gone");
  CHECK(unnamed(lines(table_in(catalog_of(database), database.schema(), "t").columns),
                database.schema()) ==
        names{"a: bigint not null generated ALWAYS", "b: integer not null generated BY DEFAULT",
              "c: character varying(20) default 'x'::character varying collate C",
              "d: integer[] not null default '{}'::integer[]",
              "e: timestamp(3) with time zone default now()", "f: S.sum_of_money not null",
              "g: integer generated (b + 1)", "h: integer default S.answer()", "I \"x,: text"});
}

TEST_CASE("catalog: postgresql indexes of every sort") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  raw->run(
      "CREATE TABLE t (a int, b text, c text COLLATE \"C\", d int, r int4range, \"E,\"\"\" int, "
      "CONSTRAINT z_key PRIMARY KEY (d, a) INCLUDE (b), CONSTRAINT late UNIQUE (a) DEFERRABLE, "
      "CONSTRAINT no_overlap EXCLUDE USING gist (r WITH &&) WHERE (a > 1))");
  run_all(*raw,
          {"CREATE INDEX i_collation ON t (b COLLATE \"C\")", "CREATE INDEX i_desc ON t (a DESC)",
           "CREATE INDEX i_expression ON t (lower(b), (a + 1), c, \"E,\"\"\") WHERE a > 0",
           "CREATE INDEX i_hash ON t USING hash (a)",
           "CREATE INDEX i_pattern ON t (a, b text_pattern_ops)",
           "CREATE UNIQUE INDEX i_unique ON t (a, b)",
           "INSERT INTO t VALUES (1, '', '', 1), (2, '', '', 1)"});
  CHECK_THROWS(raw->run("CREATE UNIQUE INDEX CONCURRENTLY i_broken ON t (d)"));
  CHECK(lines(table_in(catalog_of(database), database.schema(), "t").indexes) ==
        names{"primary z_key: d|a include b", "unique index i_broken: d invalid",
              "index i_collation: b not plain", "index i_desc: a desc",
              "index i_expression: (lower(b))|(a + 1)|c|E,\" where (a > 0)",
              "index i_hash: a using hash", "index i_pattern: a|b not plain",
              "unique index i_unique: a|b", "unique late: a deferrable",
              "exclusion no_overlap: r where (a > 1) using gist"});
}

TEST_CASE("catalog: postgresql indexes in which NULLs are equal") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  constexpr int version_15 = 150000;
  const bool are_known = std::stoi(raw->value("SHOW server_version_num")) >= version_15;
  raw->run(fmt::format("CREATE TABLE t (a int, CONSTRAINT u UNIQUE {} (a))",
                       are_known ? "NULLS NOT DISTINCT" : ""));
  CHECK(lines(table_in(catalog_of(database), database.schema(), "t").indexes) ==
        names{are_known ? "unique u: a nulls equal" : "unique u: a"});
}

TEST_CASE("catalog: postgresql checks that hold for all rows and for new ones") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  raw->run("CREATE TABLE t (a int, b int, CONSTRAINT whole CHECK (a > b))");
  raw->run("ALTER TABLE t ADD CONSTRAINT \"New, \"\"only\" CHECK (a > 0) NOT VALID");
  CHECK(lines(table_in(catalog_of(database), database.schema(), "t").checks) ==
        names{"New, \"only: (a > 0) not validated", "whole: (a > b)"});
}

TEST_CASE("catalog: postgresql foreign keys of every sort") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database, elsewhere;
  const auto raw = make_schema(database);
  const auto raw_elsewhere = make_schema(elsewhere);
  raw_elsewhere->run("CREATE TABLE far (id int PRIMARY KEY)");
  run_all(*raw,
          {"CREATE TABLE \"One, \"\"two\" (x int, y int, z int, UNIQUE (z, x, y), UNIQUE (x))",
           "CREATE TABLE t (a int, b int, c int)",
           "ALTER TABLE t ADD CONSTRAINT k1 FOREIGN KEY (c, a, b) REFERENCES \"One, \"\"two\" "
           "(x, z, y) MATCH FULL ON DELETE SET NULL ON UPDATE SET DEFAULT",
           "ALTER TABLE t ADD CONSTRAINT k2 FOREIGN KEY (a) REFERENCES \"One, \"\"two\" (x) ON "
           "DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED",
           "ALTER TABLE t ADD CONSTRAINT k3 FOREIGN KEY (b) REFERENCES \"One, \"\"two\" (x) ON "
           "UPDATE CASCADE DEFERRABLE NOT VALID",
           "ALTER TABLE t ADD CONSTRAINT k4 FOREIGN KEY (a) REFERENCES " + elsewhere.schema() +
               ".far"});
  auto found = lines(table_in(catalog_of(database), database.schema(), "t").foreign_keys);
  CHECK(unnamed(unnamed(found, elsewhere.schema() + ".far"), database.schema()) ==
        names{"k1: c|a|b to S.One, \"two x|z|y delete SET NULL update SET DEFAULT full",
              "k2: a to S.One, \"two x delete RESTRICT update NO ACTION deferrable deferred",
              "k3: b to S.One, \"two x delete NO ACTION update CASCADE deferrable not validated",
              "k4: a to S id delete NO ACTION update NO ACTION"});
}

TEST_CASE("catalog: postgresql foreign keys whose triggers are off are not enforced") {
  if (!postgresql_schema::available()) return;
  if (!needs_superuser()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  run_all(*raw, {"CREATE TABLE o (id int PRIMARY KEY)", "CREATE TABLE o2 (id int PRIMARY KEY)",
                 "CREATE TABLE child_off (a int CONSTRAINT k REFERENCES o)",
                 "CREATE TABLE child_on (a int CONSTRAINT k REFERENCES o)",
                 "CREATE TABLE parent_off (a int CONSTRAINT k REFERENCES o2)",
                 "CREATE TABLE split (a int CONSTRAINT k REFERENCES o) PARTITION BY LIST (a)",
                 "CREATE TABLE split_1 PARTITION OF split FOR VALUES IN (1)",
                 "ALTER TABLE child_off DISABLE TRIGGER ALL", "ALTER TABLE o2 DISABLE TRIGGER ALL",
                 "ALTER TABLE split_1 DISABLE TRIGGER ALL"});
  const auto catalog = catalog_of(database);
  const auto is_enforced = [&](std::string_view table) {
    const auto& keys = table_in(catalog, database.schema(), table).foreign_keys;
    REQUIRE(keys.size() == 1);
    return keys.front().enforced;
  };
  CHECK_FALSE(is_enforced("child_off"));
  CHECK_FALSE(is_enforced("parent_off"));
  CHECK_FALSE(is_enforced("split"));
  CHECK(is_enforced("child_on"));
}

TEST_CASE("catalog: postgresql tables of every sort, and what is none") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  run_all(
      *raw,
      {"CREATE TABLE \"A \"\"b, \" (a int)", "CREATE UNLOGGED TABLE bare (a int)",
       "CREATE TABLE packed (a int) WITH (fillfactor = 70, autovacuum_enabled = off, "
       "vacuum_truncate, parallel_workers = 2)",
       "CREATE TABLE secret (a int)", "ALTER TABLE secret ENABLE ROW LEVEL SECURITY",
       "CREATE TABLE split (a int PRIMARY KEY, b int CHECK (b > 0) REFERENCES split) PARTITION "
       "BY RANGE (a)",
       "CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM (0) TO (10)",
       "CREATE TABLE split_2 PARTITION OF split FOR VALUES FROM (10) TO (20) PARTITION BY RANGE "
       "(a)",
       "CREATE TABLE split_2_1 PARTITION OF split_2 FOR VALUES FROM (10) TO (15)",
       "CREATE TABLE refers (a int CONSTRAINT k REFERENCES split)", "CREATE VIEW shown AS SELECT 1",
       "CREATE MATERIALIZED VIEW kept AS SELECT 1", "CREATE SEQUENCE numbers",
       "CREATE TEMPORARY TABLE passing (a int)", "CREATE TYPE pair AS (a int, b int)"});
  const auto catalog = catalog_of(database);
  names tables;
  for (const auto& table : catalog.tables) tables.push_back(line(table));
  CHECK(unnamed(tables, database.schema()) ==
        names{"table S.A \"b, ", "table S.bare unlogged",
              "table S.packed fillfactor 70 without autovacuum parallel_workers 2 vacuum_truncate "
              "true",
              "table S.refers", "table S.secret row security", "partitioned S.split"});
  CHECK(unnamed(lines(catalog.views), database.schema()) == names{"S.kept", "S.shown"});
  CHECK(unnamed(lines(table_in(catalog, database.schema(), "refers").foreign_keys),
                database.schema()) == names{"k: a to S.split a delete NO ACTION update NO ACTION"});
  const auto& split = table_in(catalog, database.schema(), "split");
  CHECK(unnamed(lines(split.foreign_keys), database.schema()) ==
        names{"split_b_fkey: b to S.split a delete NO ACTION update NO ACTION"});
  CHECK(lines(split.checks) == names{"split_b_check: (b > 0)"});
  CHECK(lines(split.indexes) == names{"primary split_pkey: a"});
}

TEST_CASE("catalog: postgresql foreign tables are told, tables of extensions are not") {
  if (!postgresql_schema::available()) return;
  if (!needs_superuser()) return;
  const postgresql_database database;
  run_all(*database.raw(),
          {"CREATE FOREIGN DATA WRAPPER w", "CREATE SERVER s FOREIGN DATA WRAPPER w",
           "CREATE FOREIGN TABLE distant (a int NOT NULL) SERVER s",
           "CREATE TABLE of_extension (a int)", "CREATE TABLE ours (a int)",
           "ALTER EXTENSION plpgsql ADD TABLE of_extension"});
  CHECK(lines(read_catalog(database_url{database.url()}, "public").tables) ==
        names{"foreign public.distant", "table public.ours"});
}

TEST_CASE("catalog: postgresql triggers that somebody made, on and off") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  run_all(*raw, {"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
                 "CREATE TABLE t (a int PRIMARY KEY REFERENCES t)",
                 "CREATE TRIGGER t_off BEFORE INSERT ON t EXECUTE FUNCTION f()",
                 "CREATE TRIGGER \"T on\" BEFORE INSERT ON t EXECUTE FUNCTION f()",
                 "CREATE TRIGGER t_replica BEFORE INSERT ON t EXECUTE FUNCTION f()",
                 "ALTER TABLE t DISABLE TRIGGER t_off",
                 "ALTER TABLE t ENABLE REPLICA TRIGGER t_replica"});
  CHECK(lines(table_in(catalog_of(database), database.schema(), "t").triggers) ==
        names{"T on", "t_off disabled", "t_replica disabled"});
}

TEST_CASE("catalog: postgresql rewrite rules, on and off") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  run_all(*raw, {"CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT a FROM t",
                 "CREATE RULE \"No delete\" AS ON DELETE TO t DO INSTEAD NOTHING",
                 "CREATE RULE off AS ON UPDATE TO t DO INSTEAD NOTHING",
                 "ALTER TABLE t DISABLE RULE off"});
  const auto catalog = catalog_of(database);
  REQUIRE(catalog.tables.size() == 1);
  CHECK(lines(catalog.tables[0].rules) == names{"No delete", "off disabled"});
}

TEST_CASE("catalog: postgresql expressions are on one line, but for what is quoted") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  run_all(
      *raw,
      {"CREATE TABLE t (a int DEFAULT CASE WHEN 1 > 0 THEN 1 END, b text, c int GENERATED ALWAYS "
       "AS (CASE WHEN a > 0 THEN 1 END) STORED, CONSTRAINT k CHECK (CASE WHEN a > 0 THEN b <> "
       "'x\n y''\n' ELSE a = 1 END))",
       "CREATE INDEX i ON t ((CASE WHEN a > 0 THEN 1 END)) WHERE CASE WHEN a > 0 THEN a = 2 "
       "END"});
  const auto catalog = catalog_of(database);
  REQUIRE(catalog.tables.size() == 1);
  const auto& table = catalog.tables[0];
  for (const auto& text : {table.columns[0].default_expression, table.columns[2].generated,
                           table.indexes[0].columns[0], table.indexes[0].where}) {
    INFO(text);
    CHECK(text.find("CASE WHEN") != std::string::npos);
    CHECK(text.find_first_of("\n\t") == std::string::npos);
  }
  CHECK(lines(table.checks) ==
        names{"k: CASE WHEN (a > 0) THEN (b <> 'x\n y''\n'::text) ELSE (a = 1) END"});
}

TEST_CASE("catalog: postgresql estimates are those of the last ANALYZE, of all partitions") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  run_all(*raw, {"CREATE TABLE t (a int) WITH (autovacuum_enabled = off)",
                 "CREATE TABLE split (a int) PARTITION BY RANGE (a)",
                 "CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM (0) TO (100) WITH "
                 "(autovacuum_enabled = off)",
                 "CREATE TABLE split_2 PARTITION OF split FOR VALUES FROM (100) TO (10000) WITH "
                 "(autovacuum_enabled = off)",
                 "INSERT INTO t SELECT generate_series(1, 1000)",
                 "INSERT INTO split SELECT generate_series(0, 999)", "ANALYZE split_1"});
  const auto before = catalog_of(database);
  for (const std::string name : {"t", "split"}) {
    CHECK(table_in(before, database.schema(), name).rows_estimate == -1);
    CHECK(table_in(before, database.schema(), name).bytes_estimate == -1);
  }
  run_all(*raw, {"ANALYZE t", "ANALYZE split_2"});
  const auto after = catalog_of(database);
  for (const std::string name : {"t", "split"})
    CHECK(table_in(after, database.schema(), name).rows_estimate == 1000);
  CHECK(table_in(after, database.schema(), "t").bytes_estimate ==
        std::stoll(raw->value("SELECT pg_relation_size('t')")));
  CHECK(table_in(after, database.schema(), "split").bytes_estimate ==
        std::stoll(raw->value("SELECT pg_relation_size('split_1') + pg_relation_size('split_2')")));
}

TEST_CASE("catalog: postgresql is read by a role that may connect and nothing more") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  migrate(database.url(), database.options());
  database.raw()->run("CREATE TABLE t (a int, b text GENERATED ALWAYS AS (a * 2) STORED)");
  database.raw()->run("CREATE INDEX i ON t ((a + 1)) WHERE a > 0");
  const postgresql_role role{database};
  CHECK_THROWS(raw_postgresql(role.url(), database.schema())->run("SELECT * FROM t"));
  CHECK(whole(read_catalog(database_url{role.url()}, database.schema())) ==
        whole(catalog_of(database)));
}

TEST_CASE("catalog: postgresql is read past a session that keeps a table to itself") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  raw->run(
      "CREATE TABLE t (a int PRIMARY KEY DEFAULT 3 * 4, b int CHECK (b > 0), c int GENERATED "
      "ALWAYS "
      "AS (b + 1) STORED, d int REFERENCES t)");
  raw->run("CREATE INDEX i ON t (d, (b + 1)) WHERE b > 0");
  const database_url impatient{with_parameter(postgresql_url(), "options=-c%20lock_timeout%3D1ms")};
  const auto expected = whole(read_catalog(impatient, database.schema()));

  raw->run("BEGIN");
  raw->run("LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
  const auto catalog = read_catalog(impatient, database.schema());
  const auto& table = table_in(catalog, database.schema(), "t");
  CHECK(lines(table.columns) == names{"a: integer not null default (3 * 4)", "b: integer",
                                      "c: integer generated ?", "d: integer"});
  CHECK(lines(table.indexes) == names{"primary t_pkey: a", "index i: d|(?) where ?"});
  CHECK(lines(table.checks) == names{"t_b_check: ?"});
  CHECK(table.foreign_keys.size() == 1);

  raw->run("ROLLBACK");
  CHECK(whole(read_catalog(impatient, database.schema())) == expected);
}

TEST_CASE("catalog: postgresql is read in as many round trips, however many tables there are") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  const std::string make =
      "DO 'BEGIN FOR i IN {}..{} LOOP EXECUTE format(''CREATE TABLE t%s (a int PRIMARY KEY, b int "
      "REFERENCES t%s CHECK (b > 0) UNIQUE)'', i, i); END LOOP; END'";
  raw->run(fmt::format(fmt::runtime(make), 1, 1));
  const std::size_t for_one = round_trips_for(database);
  raw->run(fmt::format(fmt::runtime(make), 2, 300));
  const auto catalog = catalog_of(database);
  CHECK(catalog.tables.size() == 300);
  for (const auto& table : catalog.tables) {
    CHECK(table.columns.size() == 2);
    CHECK(table.indexes.size() == 2);
    CHECK(table.checks.size() == 1);
    CHECK(table.foreign_keys.size() == 1);
  }
  CHECK(round_trips_for(database) == for_one);
}

TEST_CASE("catalog: postgresql schemas are told apart, and those of the server left out") {
  if (!postgresql_schema::available()) return;
  postgresql_schema one, other;
  make_schema(one)->run("CREATE TABLE t (a int)");
  make_schema(other)->run("CREATE TABLE t (b int)");
  CHECK(catalog_of(one).tables.size() == 1);
  const auto all = catalog_of(one, "");
  CHECK(table_in(all, one.schema(), "t").columns.front().name == "a");
  CHECK(table_in(all, other.schema(), "t").columns.front().name == "b");
  CHECK(std::ranges::none_of(all.tables, [](const catalog_table& table) {
    return table.schema.starts_with("pg_") || table.schema == "information_schema";
  }));
  CHECK(std::ranges::is_sorted(all.tables, {}, [](const catalog_table& table) {
    return std::pair{table.schema, table.name};
  }));
  for (const std::string name : {"pg_catalog", "information_schema", "No such \"schema'"}) {
    const auto thrown = error_of([&] { (void)catalog_of(one, name); });
    CHECK(thrown.kind() == error_kind::not_found);
    CHECK_THAT(thrown.what(), Catch::Matchers::Contains(name));
  }
}

TEST_CASE("catalog: postgresql names in the way of a search_path fool nobody") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = make_schema(database);
  run_all(*raw,
          {"CREATE TYPE text AS (a int)", "CREATE TABLE t (a int, b pg_catalog.text)",
           "CREATE TABLE pg_class (oid oid)", "CREATE TABLE pg_locks (a int)",
           "CREATE FUNCTION format_type(oid, integer) RETURNS pg_catalog.text LANGUAGE sql AS "
           "'SELECT pg_catalog.text ''fooled'''",
           "CREATE FUNCTION never(name, pg_catalog.text) RETURNS boolean LANGUAGE sql AS 'SELECT "
           "false'",
           "CREATE OPERATOR = (LEFTARG = name, RIGHTARG = pg_catalog.text, FUNCTION = never)"});
  const database_url fooled{with_parameter(
      postgresql_url(), "options=-c%20search_path%3D" + database.schema() + ",pg_catalog")};
  const auto catalog = read_catalog(fooled, database.schema());
  CHECK(catalog.tables.size() == 3);
  CHECK(lines(table_in(catalog, database.schema(), "t").columns) == names{"a: integer", "b: text"});
  CHECK(whole(catalog) == whole(catalog_of(database)));
}

TEST_CASE("catalog: a server that is not there is a lost connection") {
  const database_url nowhere{"postgresql:///nava?host=/nonexistent"};
  CHECK(error_of([&] { (void)read_catalog(nowhere); }).kind() == error_kind::connection_lost);
}
