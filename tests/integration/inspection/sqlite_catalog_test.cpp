// SPDX-License-Identifier: Apache-2.0
#include <sqlite3.h>

#include <algorithm>
#include <nava/inspection/read_catalog.hpp>

#include "support/catalog_lines.hpp"
#include "support/files.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::persistence;
using namespace nava::test;

namespace {

void make(const sqlite_file& database, const std::vector<std::string>& statements) {
  write(database.path(), "");
  const auto raw = database.raw();
  for (const auto& statement : statements) raw->run(statement);
}

const inspection::catalog_table& table_in(const inspection::catalog& catalog,
                                          std::string_view name) {
  return nava::test::table_in(catalog, "main", name);
}

error refusal_of(const std::string& url) {
  return error_of([&] { (void)read_catalog(database_url{url}); });
}

}  // namespace

TEST_CASE("catalog: sqlite columns of every sort") {
  sqlite_file database;
  make(database,
       {"CREATE TABLE t (a VARCHAR(20) NOT NULL DEFAULT 'x' COLLATE nocase, b, c GENERATED ALWAYS "
        "AS (b || ')') STORED, \"D \"\"x,\" INT AS (b + 1) NOT NULL, e REAL DEFAULT (1 + 2))",
        "ALTER TABLE t ADD COLUMN f TEXT COLLATE RTRIM"});
  CHECK(lines(table_in(read_catalog(database.url()), "t").columns) ==
        names{"a: VARCHAR(20) not null default 'x' collate nocase", "b: ", "c:  generated b || ')'",
              "D \"x,: INT not null generated b + 1", "e: REAL default 1 + 2",
              "f: TEXT collate RTRIM"});
}

TEST_CASE("catalog: sqlite lets NULL stay in the primary key of some tables") {
  sqlite_file database;
  make(database, {"CREATE TABLE any_type (a TEXT PRIMARY KEY)",
                  "CREATE TABLE descending (a INTEGER PRIMARY KEY DESC)",
                  "CREATE TABLE numbered (a INTEGER CONSTRAINT pk PRIMARY KEY)",
                  "CREATE TABLE strict_one (a TEXT PRIMARY KEY) STRICT",
                  "CREATE TABLE without_one (a TEXT, b TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID"});
  const auto catalog = read_catalog(database.url());
  const auto raw = database.raw();
  for (const std::string name : {"any_type", "descending", "numbered", "strict_one"}) {
    const auto& table = table_in(catalog, name);
    bool stays = false;
    try {
      raw->run("INSERT INTO " + name + " VALUES (NULL)");
      stays = raw->value("SELECT count(*) FROM " + name + " WHERE a IS NULL") == "1";
    } catch (const std::runtime_error&) {
    }
    INFO(name);
    CHECK(table.columns.front().nullable == stays);
  }
  CHECK(lines(table_in(catalog, "numbered").indexes) == names{"primary pk: a"});
  CHECK(lines(table_in(catalog, "descending").indexes) == names{"primary : a desc"});
  CHECK(lines(table_in(catalog, "without_one").columns) ==
        names{"a: TEXT not null", "b: TEXT not null"});
  CHECK(lines(table_in(catalog, "without_one").indexes) == names{"primary : b|a"});
  CHECK(lines(catalog.tables) == names{"table main.any_type", "table main.descending",
                                       "table main.numbered", "table main.strict_one strict",
                                       "table main.without_one without rowid"});
}

TEST_CASE("catalog: sqlite indexes of every sort") {
  sqlite_file database;
  make(database,
       {"CREATE TABLE t (a INT CONSTRAINT u_a UNIQUE, b TEXT COLLATE NOCASE UNIQUE, \"C,\" INT, "
        "CONSTRAINT pk PRIMARY KEY (\"C,\", a), CONSTRAINT u_ab UNIQUE (A, b), UNIQUE (a))",
        "CREATE INDEX i_binary ON t (b COLLATE BINARY)", "CREATE INDEX i_desc ON t (a, b DESC)",
        "CREATE INDEX i_expression ON t (lower(b), (a + 1), \"C,\") WHERE a > 0 AND  b <> '('",
        "CREATE UNIQUE INDEX i_unique ON t (b, a)"});
  CHECK(lines(table_in(read_catalog(database.url()), "t").indexes) ==
        names{"primary pk: C,|a", "unique : b", "index i_binary: b not plain",
              "index i_desc: a|b desc",
              "index i_expression: (lower(b))|(a + 1)|C, where a > 0 AND b <> '('",
              "unique index i_unique: b|a", "unique u_a: a", "unique u_ab: a|b"});
}

TEST_CASE("catalog: sqlite checks, foreign keys and triggers") {
  sqlite_file database;
  make(
      database,
      {"CREATE TABLE \"One, \"\"two\" (x INT, Y INT, z INT UNIQUE, PRIMARY KEY (Y, x))",
       "CREATE TABLE t (a INT REFERENCES \"ONE, \"\"TWO\" (Z) ON DELETE SET NULL, b INT CONSTRAINT "
       "k2 REFERENCES \"One, \"\"two\" (z) ON UPDATE RESTRICT DEFERRABLE INITIALLY DEFERRED, c INT "
       "CHECK (c > 0), CONSTRAINT k1 FOREIGN KEY (c, a) REFERENCES \"One, \"\"two\" ON DELETE "
       "CASCADE ON UPDATE SET DEFAULT DEFERRABLE, CONSTRAINT \"ck,\" CHECK (a <> b))",
       "ALTER TABLE t ADD COLUMN d INT CONSTRAINT k3 REFERENCES missing",
       "CREATE VIEW v AS SELECT 1 AS one",
       "CREATE TRIGGER of_view INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
       "CREATE TRIGGER z_last AFTER INSERT ON T BEGIN SELECT 1; END",
       "CREATE TRIGGER a_first AFTER INSERT ON t BEGIN SELECT 1; END"});
  const auto catalog = read_catalog(database.url());
  CHECK(catalog.tables.size() == 2);
  const auto& table = table_in(catalog, "t");
  CHECK(lines(table.checks) == names{": c > 0", "ck,: a <> b"});
  CHECK(lines(table.foreign_keys) ==
        names{": a to main.One, \"two z delete SET NULL update NO ACTION",
              "k1: c|a to main.One, \"two Y|x delete CASCADE update SET DEFAULT deferrable",
              "k2: b to main.One, \"two z delete NO ACTION update RESTRICT deferrable deferred",
              "k3: d to main.missing  delete NO ACTION update NO ACTION"});
  CHECK(lines(table.triggers) == names{"a_first", "z_last"});
}

TEST_CASE("catalog: sqlite tables of the database itself and virtual ones are left out") {
  sqlite_file database;
  make(database,
       {"CREATE TABLE sqliteish (a INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE VIRTUAL TABLE found USING fts5 (text)", "INSERT INTO sqliteish VALUES (1)",
        "INSERT INTO sqliteish VALUES (2)", "CREATE INDEX i ON sqliteish (a) WHERE a > 1",
        "CREATE TABLE empty_one (a)", "ANALYZE"});
  const auto catalog = read_catalog(database.url());
  CHECK(lines(catalog.tables) == names{"table main.empty_one", "table main.sqliteish"});
  CHECK(table_in(catalog, "sqliteish").rows_estimate == 2);
  CHECK(table_in(catalog, "sqliteish").bytes_estimate == -1);
  CHECK(table_in(catalog, "empty_one").rows_estimate == -1);
}

TEST_CASE("catalog: a sqlite statement that is not understood hides checks and names and no more") {
  sqlite_file database;
  const std::string filler(2u << 20, ' ');
  make(database,
       {"CREATE TABLE o (id INT PRIMARY KEY)",
        "CREATE TABLE t (a INT NOT NULL, b AS (a), CONSTRAINT u UNIQUE (a), CONSTRAINT ck "
        "CHECK (a > 0), CONSTRAINT k FOREIGN KEY (a) REFERENCES o /*" +
            filler + "*/)",
        "CREATE INDEX i ON t (a, (a + 1)) WHERE a > 0 /*" + filler + "*/"});
  const auto catalog = read_catalog(database.url());
  const auto& table = table_in(catalog, "t");
  CHECK(lines(table.columns) == names{"a: INT not null", "b:  generated ?"});
  CHECK(lines(table.indexes) == names{"unique : a", "index i: a|(?) where ?"});
  CHECK(table.checks.empty());
  CHECK(lines(table.foreign_keys) == names{": a to main.o id delete NO ACTION update NO ACTION"});
}

TEST_CASE("catalog: a sqlite file is the same after it was read, in either journal mode") {
  sqlite_file database;
  const std::string mode = GENERATE("delete", "wal");
  migrate(database.url(), database.options());
  database.raw()->run("PRAGMA journal_mode = " + mode);
  const std::string before = content_of(database.path());
  const auto catalog = read_catalog(database.url());
  CHECK(catalog.tables.size() == 17);
  CHECK(content_of(database.path()) == before);
  CHECK(database.raw()->value("PRAGMA journal_mode") == mode);
}

TEST_CASE("catalog: a sqlite file is read while a store writes to it") {
  sqlite_file database;
  const auto store = database.open();
  const auto writer = database.raw();
  writer->run("BEGIN IMMEDIATE");
  writer->run("CREATE TABLE not_committed (a)");
  CHECK(read_catalog(database.url()).tables.size() == 17);
  writer->run("COMMIT");
  CHECK(read_catalog(database.url()).tables.size() == 18);
}

TEST_CASE("catalog: what is no sqlite file is refused with a reason") {
  const temporary_directory directory;
  const auto place = [&](std::string_view name) {
    return "sqlite:" + (directory.path() / name).string();
  };
  CHECK(refusal_of("sqlite::memory:").kind() == error_kind::invalid_input);
  CHECK(refusal_of("sqlite:" + directory.path().string()).kind() == error_kind::invalid_input);
  const auto missing = refusal_of(place("missing.db"));
  CHECK(missing.kind() == error_kind::not_found);
  CHECK_THAT(missing.what(), Catch::Matchers::Contains("missing.db"));
  CHECK_FALSE(std::filesystem::exists(directory.path() / "missing.db"));
  write(directory.path() / "letter.txt", std::string(4096, 'x'));
  const auto letter = refusal_of(place("letter.txt"));
  CHECK(letter.kind() == error_kind::invalid_input);
  CHECK_THAT(letter.what(), Catch::Matchers::Contains("letter.txt"));
  write(directory.path() / "empty.db", "");
  CHECK(read_catalog(database_url{place("empty.db")}).tables.empty());
}
