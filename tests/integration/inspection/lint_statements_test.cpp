// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <fstream>
#include <nava/inspection/lint.hpp>
#include <nava/inspection/read_catalog.hpp>

#include "support/sql_script.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::test;
using inspection::finding;
using inspection::read_catalog;

// Holds what lint prints, and what it says will fail, to what a database does.
namespace {

using texts = std::vector<std::string>;

void run_all(raw_session& raw, const texts& statements) {
  for (const std::string& each : statements) {
    INFO(each);
    REQUIRE_NOTHROW(raw.run(each));
  }
}

class linted_schema : public postgresql_schema {
 public:
  linted_schema() : session_(postgresql_schema::raw()) {
    session_->run("CREATE SCHEMA " + schema());
  }

  [[nodiscard]] raw_session& session() const { return *session_; }
  [[nodiscard]] std::vector<finding> findings(texts rules = {}) const {
    return inspection::lint(read_catalog(url()),
                            {.findings_max = 1000, .rules = std::move(rules)});
  }

 private:
  std::unique_ptr<raw_session> session_;
};

class linted_file : public sqlite_file {
 public:
  [[nodiscard]] raw_session& session() const { return *session_; }
  [[nodiscard]] std::vector<finding> findings() const {
    return inspection::lint(read_catalog(url()));
  }

 private:
  std::unique_ptr<raw_session> session_ = (std::ofstream{path()}, raw());
};

bool has(const std::vector<finding>& findings, std::string_view rule) {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const finding& each) { return each.rule == rule; });
}

// Runs every statement in the order of the findings; none may fail.
template <class Database>
int run_statements(const Database& database, const std::vector<finding>& findings) {
  int run = 0;
  for (const finding& each : findings)
    for (const std::string& statement : statements_of(each.statement)) {
      INFO(each.rule << ' ' << each.object << ": " << statement);
      CHECK_NOTHROW(database.session().run(statement));
      ++run;
    }
  return run;
}

template <class Database>
int run_as_printed(const Database& database) {
  return run_statements(database, database.findings());
}

// What is left when the statements have been run has no statement.
template <class Database>
void check_nothing_left_to_run(const Database& database) {
  for (const finding& each : database.findings()) {
    INFO(each.rule << ' ' << each.object);
    CHECK(each.statement.empty());
  }
}

enum class twin { none, sound_first, sound_second, neither, of_three };

// A table whose key is badly named or not, checked or not, indexed or not, and there once or more.
texts table_with_faults(int number, bool named, bool validated, bool indexed, twin other) {
  const std::string table = fmt::format("t{}", number);
  const std::string good_name = fmt::format("fk_{}_a", table);
  const auto key = [&](const std::string& name, bool is_valid) {
    return fmt::format("ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY (a) REFERENCES p{}", table,
                       name, is_valid ? "" : " NOT VALID");
  };
  texts all{fmt::format("CREATE TABLE {} (id int PRIMARY KEY, a int NOT NULL)", table),
            key(named ? good_name : "m_" + table, validated)};
  const std::string before = "a_" + table, after = "z_" + table;
  if (other == twin::sound_first) all.push_back(key(before, true));
  if (other == twin::sound_second) all.push_back(key(after, true));
  if (other == twin::neither) all.push_back(key(before, false));
  if (other == twin::of_three) {
    all.push_back(key(before, false));
    all.push_back(key(after, true));
  }
  if (indexed) all.push_back(fmt::format("CREATE INDEX ON {} (a)", table));
  return all;
}

texts tables_with_faults() {
  texts all{"CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE q (id int PRIMARY KEY)"};
  int number = 0;
  for (const bool named : {false, true})
    for (const bool validated : {false, true})
      for (const bool indexed : {false, true})
        for (const twin other :
             {twin::none, twin::sound_first, twin::sound_second, twin::neither, twin::of_three}) {
          const auto made = table_with_faults(++number, named, validated, indexed, other);
          all.insert(all.end(), made.begin(), made.end());
        }
  return all;
}

// Rings of two tables, which a key that may wait would open, in one case a key that is twice there.
texts rings() {
  texts all;
  for (int i = 0; i < 24; ++i) {
    const std::string one = fmt::format("r{}_a", i), two = fmt::format("r{}_b", i);
    all.push_back(fmt::format("CREATE TABLE {} (id int PRIMARY KEY, x int NOT NULL)", one));
    all.push_back(fmt::format("CREATE TABLE {} (id int PRIMARY KEY, x int NOT NULL)", two));
    const char* const name = i % 2 == 0 ? "bad_name" : "fk_{0}_x";
    const auto add = [&](const std::string& table, const std::string& target,
                         const std::string& called) {
      all.push_back(fmt::format("ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY (x) REFERENCES {}{}",
                                table, called, target, i % 3 == 0 ? " NOT VALID" : ""));
    };
    add(one, two, fmt::format(fmt::runtime(name), one));
    if (i >= 4) add(one, two, "another_name");
    add(two, one, fmt::format("fk_{}_x", two));
  }
  return all;
}

// Names that an index would get and cannot have, keys that share an index, and others that need one
// with a collation.
texts odd_tables() {
  return {
      "CREATE TABLE s (id int PRIMARY KEY, a int CONSTRAINT fk_s_a REFERENCES p)",
      "CREATE SEQUENCE ix_s_a",
      "CREATE TABLE v (id int PRIMARY KEY, a int CONSTRAINT fk_v_a REFERENCES p)",
      "CREATE VIEW ix_v_a AS SELECT 1 AS one",
      "CREATE TABLE w (id int PRIMARY KEY, a int CONSTRAINT fk_w_a REFERENCES p)",
      "CREATE TYPE ix_w_a AS (one int)",
      "CREATE TABLE x (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
      "CREATE TABLE ix_y_a PARTITION OF x DEFAULT",
      "CREATE TABLE y (id int PRIMARY KEY, a int CONSTRAINT fk_y_a REFERENCES p)",
      "CREATE TABLE two (id int PRIMARY KEY, a int NOT NULL, CONSTRAINT fk_two_a FOREIGN KEY (a) "
      "REFERENCES p, CONSTRAINT two_a_fkey FOREIGN KEY (a) REFERENCES q)",
      "CREATE TABLE off (id int PRIMARY KEY, a int)",
      "ALTER TABLE off ADD CONSTRAINT odd FOREIGN KEY (a) REFERENCES p NOT VALID",
      "ALTER TABLE off DISABLE TRIGGER ALL",
      "CREATE TABLE parts (id int, at date NOT NULL, a int CONSTRAINT odd_name REFERENCES p) "
      "PARTITION BY RANGE (at)",
      "CREATE TABLE parts_all PARTITION OF parts DEFAULT",
      "CREATE TABLE held (id int PRIMARY KEY, a int)",
      "ALTER TABLE held ADD CONSTRAINT ck_held CHECK (a > 0) NOT VALID",
      "ALTER TABLE held ADD CONSTRAINT wrong_name FOREIGN KEY (a) REFERENCES p",
      "ALTER TABLE held ADD CONSTRAINT fk_held_a CHECK (a < 100)",
      "CREATE TABLE bill (id int PRIMARY KEY, a int CONSTRAINT fk_bill_a REFERENCES p)",
      "CREATE INDEX ix_of_bill ON bill (a)"};
}

std::size_t tables_in(raw_session& raw) {
  return std::stoul(
      raw.value("SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND "
                "relnamespace = current_schema()::regnamespace"));
}

bool fails(raw_session& raw, const std::string& statement) {
  try {
    raw.run(statement);
    return false;
  } catch (const std::runtime_error&) {
    return true;
  }
}

}  // namespace

TEST_CASE("schema lint: PostgreSQL: the statements run in the order in which they are printed") {
  if (!postgresql_schema::available() || !needs_superuser()) return;
  linted_schema database;
  for (const texts& part : {tables_with_faults(), rings(), odd_tables()})
    run_all(database.session(), part);
  CHECK(tables_in(database.session()) >= 100);
  CHECK(run_as_printed(database) >= 100);
  // What was dropped had names that others get now.
  CHECK(run_as_printed(database) >= 1);
  check_nothing_left_to_run(database);
}

TEST_CASE("schema lint: PostgreSQL: the statements of one rule run without those of the others") {
  if (!postgresql_schema::available() || !needs_superuser()) return;
  for (const char* rule :
       {"duplicate-foreign-key", "foreign-key-cycle", "foreign-key-without-index", "invalid-index",
        "unenforced-foreign-key", "unvalidated-constraint", "constraint-name-convention"}) {
    INFO(rule);
    linted_schema database;
    for (const texts& part : {tables_with_faults(), rings(), odd_tables()})
      run_all(database.session(), part);
    database.session().run(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_of_bill'::regclass");
    CHECK(run_statements(database, database.findings({rule})) > 0);
    // A ring of a key that is twice there opens when the second is dropped.
    if (rule != std::string_view{"foreign-key-cycle"})
      CHECK(run_statements(database, database.findings({rule})) == 0);
  }
}

TEST_CASE("schema lint: SQLite: the statements run in the order in which they are printed") {
  linted_file database;
  texts all{
      "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE UNIQUE, "
      "exact TEXT UNIQUE)",
      "CREATE TABLE q (id INTEGER PRIMARY KEY)",
      "CREATE VIEW ix_v_a AS SELECT 1 AS one",
      "CREATE TABLE v (id INTEGER PRIMARY KEY, a INTEGER REFERENCES p)",
      "CREATE TABLE two (a INTEGER REFERENCES p, b INTEGER, FOREIGN KEY (a) REFERENCES q)",
      "CREATE TABLE c (code TEXT CONSTRAINT fk_c_code REFERENCES p (code))",
      "CREATE TABLE d (code TEXT COLLATE NOCASE REFERENCES p (exact))"};
  run_all(database.session(), all);
  CHECK(run_as_printed(database) == 4);
  check_nothing_left_to_run(database);
}

TEST_CASE(
    "schema lint: PostgreSQL: of keys that do the same, one stays that every row is held to") {
  if (!postgresql_schema::available()) return;
  linted_schema database;
  run_all(database.session(), tables_with_faults());
  (void)run_as_printed(database);
  const auto left = database.session().run(
      "SELECT conrelid::regclass, bool_and(convalidated), count(*) FROM pg_constraint WHERE "
      "contype "
      "= 'f' AND connamespace = current_schema()::regnamespace GROUP BY 1");
  REQUIRE(left.size() == 40);
  for (const auto& row : left) {
    INFO(row[0]);
    CHECK(row[1] == "t");
    CHECK(row[2] == "1");
  }
}

TEST_CASE("schema lint: PostgreSQL: SET NULL is found where a delete or an update fails by it") {
  if (!postgresql_schema::available()) return;
  linted_schema database;
  auto& raw = database.session();
  run_all(raw,
          {"CREATE DOMAIN given AS int NOT NULL", "CREATE DOMAIN nested AS given",
           "CREATE DOMAIN deep AS nested", "CREATE DOMAIN checked AS int CHECK (VALUE IS NOT NULL)",
           "CREATE DOMAIN over_checked AS checked", "CREATE DOMAIN free AS int"});
  const bool has_lists = std::stoi(raw.value("SHOW server_version_num")) >= 150'000;
  struct variant {
    std::string columns;
    std::string action;
    const char* change = "DELETE FROM p{}";
  };
  std::vector<variant> variants;
  for (const char* type :
       {"given", "nested", "deep", "checked", "over_checked", "free", "int", "int NOT NULL",
        "int CHECK (x IS NOT NULL)", "int DEFAULT 1", "int NOT NULL DEFAULT 1"})
    for (const char* action : {"SET NULL", "SET DEFAULT", "CASCADE"}) {
      variants.push_back({fmt::format("t int, x {}", type), fmt::format("ON DELETE {}", action)});
      variants.push_back({fmt::format("t int, x {}", type), fmt::format("ON UPDATE {}", action),
                          "UPDATE p{} SET a = 3, b = 3 WHERE a = 2"});
    }
  if (has_lists)
    for (const char* columns : {"t int NOT NULL, x int", "t int, x int NOT NULL", "t int, x deep"})
      for (const char* list : {"(x)", "(t)", "(t, x)"})
        variants.push_back({columns, fmt::format("ON DELETE SET NULL {}", list)});
  for (std::size_t i = 0; i < variants.size(); ++i)
    run_all(raw, {fmt::format("CREATE TABLE p{} (a int, b int, PRIMARY KEY (a, b))", i),
                  fmt::format("CREATE TABLE c{0} ({1}, CONSTRAINT fk_c{0}_t_x FOREIGN KEY (t, x) "
                              "REFERENCES p{0} {2})",
                              i, variants[i].columns, variants[i].action),
                  fmt::format("CREATE INDEX ON c{} (t, x)", i),
                  fmt::format("INSERT INTO p{} VALUES (1, 1), (2, 2)", i),
                  fmt::format("INSERT INTO c{} VALUES (2, 2)", i)});
  const auto findings = database.findings({"set-null-on-not-null"});
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const variant& each = variants[i];
    INFO(each.columns << ' ' << each.action);
    const std::string object = fmt::format("{0}.c{1}.fk_c{1}_t_x", database.schema(), i);
    const bool is_found =
        std::ranges::any_of(findings, [&](const finding& one) { return one.object == object; });
    // A default that leads to no row fails by the key itself.
    run_all(raw, {fmt::format("INSERT INTO p{} VALUES (0, 1), (1, 0)", i)});
    const bool has_default = each.columns.find("DEFAULT 1") != std::string::npos;
    if (has_default)
      CHECK(is_found == (each.columns.find("NOT NULL") != std::string::npos &&
                         each.action.ends_with("SET NULL")));
    else
      CHECK(is_found == fails(raw, fmt::format(fmt::runtime(each.change), i)));
  }
  CHECK(findings.size() >= 15);
  CHECK(findings.size() < variants.size());
}

TEST_CASE("schema lint: PostgreSQL: a collation that takes texts for equal is that of the search") {
  if (!postgresql_schema::available()) return;
  linted_schema database;
  auto& raw = database.session();
  if (raw.run("SELECT FROM pg_collation WHERE collprovider = 'i'").empty()) return;
  run_all(raw,
          {"CREATE COLLATION \"c'i\" (provider = icu, locale = 'und-u-ks-level2', "
           "deterministic = false)",
           "CREATE COLLATION other (provider = icu, locale = 'de')",
           "CREATE TABLE p (code text COLLATE \"c'i\" PRIMARY KEY)", "SET enable_seqscan = off"});
  int serving = 0;
  for (const char* column : {"", " COLLATE \"c'i\"", " COLLATE other"})
    for (const char* index : {"", " COLLATE \"c'i\"", " COLLATE \"C\""}) {
      INFO(column << " indexed as " << index);
      run_all(raw, {fmt::format("CREATE TABLE c (id int PRIMARY KEY, code text{} CONSTRAINT "
                                "fk_c_code REFERENCES p)",
                                column),
                    fmt::format("CREATE INDEX ix ON c (code{})", index)});
      // As the server asks for the rows of a delete (ri_triggers.c).
      std::string plan;
      for (const auto& line : raw.run("EXPLAIN (COSTS OFF) DELETE FROM ONLY c WHERE 'x'::text "
                                      "OPERATOR(pg_catalog.=) code COLLATE \"c'i\""))
        plan += line.front();
      const bool is_found = has(database.findings(), "foreign-key-without-index");
      CHECK(is_found == (plan.find("Index Cond") == std::string::npos));
      if (!is_found) ++serving;
      (void)run_as_printed(database);
      CHECK_FALSE(has(database.findings(), "foreign-key-without-index"));
      run_all(raw, {"DROP TABLE c"});
    }
  CHECK(serving == 4);
}

TEST_CASE("schema lint: SQLite: a key that leads to an index of another collation is found") {
  const texts targets{"k TEXT PRIMARY KEY",
                      "k TEXT COLLATE NOCASE PRIMARY KEY",
                      "k TEXT, PRIMARY KEY (k COLLATE NOCASE)",
                      "k TEXT, UNIQUE (k COLLATE NOCASE)",
                      "k TEXT COLLATE NOCASE, UNIQUE (k COLLATE BINARY)",
                      "k TEXT COLLATE nocase, UNIQUE (k COLLATE NOCASE)",
                      "k TEXT, j TEXT, UNIQUE (k, j), UNIQUE (k COLLATE RTRIM)",
                      "k TEXT, j INTEGER, UNIQUE (k COLLATE RTRIM), UNIQUE (k)"};
  int found = 0;
  for (const std::string& target : targets)
    for (const char* named : {"(k)", ""}) {
      linted_file database;
      auto& raw = database.session();
      run_all(raw, {fmt::format("CREATE TABLE p ({})", target),
                    fmt::format("CREATE TABLE c (id INTEGER PRIMARY KEY, k TEXT REFERENCES p {})",
                                named),
                    "INSERT INTO p (k) VALUES ('x')"});
      INFO(target << " with " << named);
      const bool is_found = has(database.findings(), "dangling-foreign-key");
      raw.run("PRAGMA foreign_keys = ON");
      CHECK(is_found == fails(raw, "INSERT INTO c (k) VALUES ('x')"));
      found += is_found ? 1 : 0;
    }
  CHECK(found >= 8);
  CHECK(found < 14);
}
