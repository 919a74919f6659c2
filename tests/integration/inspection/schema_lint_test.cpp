// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nava/inspection/lint.hpp>
#include <nava/inspection/read_catalog.hpp>
#include <nava/schema/ddl.hpp>
#include <random>
#include <set>

#include "support/files.hpp"
#include "support/postgresql_places.hpp"
#include "support/sql_script.hpp"
#include "support/stores.hpp"
#include "support/wire_tap.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::test;
using inspection::finding;
using inspection::read_catalog;
using persistence::database_url;

namespace {

using faults = std::set<std::string>;  ///< `rule object`, the schema of the tests as S
using names = std::vector<std::string>;

struct key {
  names columns{};
  std::string target{};
  names target_columns{"id"};
  std::string options{};
  std::string name{};  ///< empty: by convention
  bool indexed = true;
};

std::string quoted(const names& columns) {
  return schema::quoted_list(std::vector<std::string_view>{columns.begin(), columns.end()});
}

/// A schema like a company's: modules of tables that hang on one another as trees do, so that it
/// has no fault, and then faults of every rule, each in tables of its own. As SQL.
class generated_schema {
 public:
  generated_schema(schema::dialect dialect, int modules)
      : is_sqlite_(dialect == schema::dialect::sqlite), modules_(modules) {
    for (int module = 0; module < modules; ++module) grow_tree(fmt::format("m{}", module));
  }

  /// Each is run by itself, in this order.
  [[nodiscard]] names statements() const {
    names all = tables_;
    all.insert(all.end(), later_.begin(), later_.end());
    return all;
  }
  [[nodiscard]] const faults& planted() const { return planted_; }
  [[nodiscard]] std::size_t tables() const { return tables_.size(); }

  void plant_faults(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      plant_between_two_tables(fmt::format("x{}", i));
      plant_in_one_key(fmt::format("y{}", i));
      plant_in_other_parts(fmt::format("y{}", i));
      plant_paths(fmt::format("z{}", i));
      if (is_sqlite_)
        plant_of_sqlite(fmt::format("s{}", i));
      else
        plant_of_postgresql(fmt::format("p{}", i));
    }
  }

 private:
  static constexpr int tables_of_module = 10;

  void grow_tree(const std::string& prefix) {
    make(prefix + "_0", {}, {});
    for (int i = 1; i < tables_of_module; ++i) {
      const int parent = std::uniform_int_distribution{0, i - 1}(random_);
      make(fmt::format("{}_{}", prefix, i), {"parent_id bigint"},
           {{{"parent_id"},
             fmt::format("{}_{}", prefix, parent),
             {"id"},
             random_() % 2 == 0 ? "ON DELETE CASCADE" : ""}});
    }
  }

  std::string any_table() {
    const auto number = [&](int end) { return std::uniform_int_distribution{0, end - 1}(random_); };
    return fmt::format("m{}_{}", number(modules_), number(tables_of_module));
  }

  // SQLite has no other place for a key than the table, PostgreSQL none for one to a later table.
  void make(const std::string& table, names columns, const std::vector<key>& keys) {
    columns.insert(columns.begin(), "id bigint NOT NULL PRIMARY KEY");
    for (const key& each : keys) {
      const std::string name = each.name.empty()
                                   ? fmt::format("fk_{}_{}", table, fmt::join(each.columns, "_"))
                                   : each.name;
      const std::string text =
          fmt::format("CONSTRAINT \"{}\" FOREIGN KEY ({}) REFERENCES \"{}\" ({}) {}", name,
                      quoted(each.columns), each.target, quoted(each.target_columns), each.options);
      if (is_sqlite_)
        columns.push_back(text);
      else
        later_.push_back(fmt::format("ALTER TABLE \"{}\" ADD {}", table, text));
      if (each.indexed)
        later_.push_back(fmt::format("CREATE INDEX IF NOT EXISTS \"ix_{0}_{1}\" ON \"{0}\" ({2})",
                                     table, fmt::join(each.columns, "_"), quoted(each.columns)));
    }
    tables_.push_back(fmt::format("CREATE TABLE \"{}\" ({})", table, fmt::join(columns, ", ")));
  }

  void plant(const std::string& rule, const std::string& object) {
    planted_.insert(rule + " S." + object);
  }

  void plant_between_two_tables(const std::string& p) {
    const std::string several = p + "_several", target = any_table();
    make(several, {"a bigint", "b bigint"},
         {{{"a"}, target, {"id"}, "ON DELETE CASCADE"},
          {{"b"}, target, {"id"}, "ON DELETE CASCADE"}});
    plant("several-foreign-keys", several + " -> S." + target);
    plant("two-cascade-ways", target + " -> S." + several);

    make(p + "_egg", {"hen_id bigint"}, {{{"hen_id"}, p + "_hen"}});
    make(p + "_hen", {"egg_id bigint"}, {{{"egg_id"}, p + "_egg"}});
    plant("mutual-foreign-keys", p + "_egg <-> S." + p + "_hen");
    plant("foreign-key-cycle", p + "_egg, S." + p + "_hen");

    const std::string self = p + "_self";
    make(self, {"parent_id bigint"}, {{{"parent_id"}, self}});
    plant("self-reference", self + ".fk_" + self + "_parent_id");

    const std::string twice = p + "_twice", once = any_table();
    make(twice, {"a bigint"}, {{{"a"}, once}, {{"a"}, once, {"id"}, "", twice + "_a_fkey"}});
    plant("duplicate-foreign-key", twice + '.' + twice + "_a_fkey");
  }

  void plant_in_one_key(const std::string& p) {
    const auto planted_key = [&](const std::string& rule, const std::string& table,
                                 const std::string& column, key made) {
      made.columns = {"a"};
      made.target = any_table();
      made.target_columns = {"id"};
      make(table, {"a " + column}, {made});
      plant(rule, table + "." + (made.name.empty() ? "fk_" + table + "_a" : made.name));
    };
    planted_key("foreign-key-without-index", p + "_bare", "bigint", {.indexed = false});
    planted_key("type-mismatch", p + "_type", is_sqlite_ ? "text" : "integer", {});
    planted_key("set-null-on-not-null", p + "_null", "bigint NOT NULL",
                {.options = "ON DELETE SET NULL"});
    planted_key("constraint-name-convention", p + "_name", "bigint", {.name = p + "_is_odd"});
  }

  void plant_in_other_parts(const std::string& p) {
    for (const char* end : {"_left", "_right"})
      make(p + end, {fmt::format("CONSTRAINT {}_ck CHECK (id > 0)", p)}, {});
    plant("shared-constraint-name", p + "_ck");

    const std::string half = p + "_half";
    make(p + "_whole", {"b bigint NOT NULL", "UNIQUE (id, b)"}, {});
    make(half, {"a bigint", "b bigint NOT NULL"}, {{{"a", "b"}, p + "_whole", {"id", "b"}}});
    plant("partly-nullable-key", half + ".fk_" + half + "_a_b");
  }

  void plant_paths(const std::string& p) {
    make(p + "_far", {"a bigint"}, {{{"a"}, any_table()}});
    make(p + "_mid", {"far_id bigint"}, {{{"far_id"}, p + "_far"}});
    make(p + "_near", {"far_id bigint", "mid_id bigint"},
         {{{"far_id"}, p + "_far"}, {{"mid_id"}, p + "_mid"}});
    make(p + "_before", {"near_id bigint"}, {{{"near_id"}, p + "_near"}});
    plant("several-paths", p + "_near -> S." + p + "_far");

    make(p + "_a", {"b_id bigint NOT NULL"}, {{{"b_id"}, p + "_b"}});
    make(p + "_b", {"c_id bigint NOT NULL"}, {{{"c_id"}, p + "_c"}});
    make(p + "_c", {"a_id bigint NOT NULL"}, {{{"a_id"}, p + "_a"}});
    plant("foreign-key-cycle", p + "_a, S." + p + "_b, S." + p + "_c");
  }

  void plant_of_sqlite(const std::string& p) {
    make(p + "_lost", {"a bigint"}, {{{"a"}, p + "_nowhere"}});
    plant("dangling-foreign-key", p + "_lost.fk_" + p + "_lost_a");
    tables_.push_back(fmt::format("CREATE TABLE {}_wide (a, b, PRIMARY KEY (a, b))", p));
    tables_.push_back(
        fmt::format("CREATE TABLE {0}_narrow (a CONSTRAINT fk_{0}_narrow_a REFERENCES {0}_wide, "
                    "UNIQUE (a))",
                    p));
    plant("dangling-foreign-key", p + "_narrow.fk_" + p + "_narrow_a");
  }

  void plant_of_postgresql(const std::string& p) {
    make(p + "_old", {"a bigint"}, {{{"a"}, any_table(), {"id"}, "NOT VALID"}});
    plant("unvalidated-constraint", p + "_old.fk_" + p + "_old_a");
    make(p + "_off", {"a bigint"}, {{{"a"}, any_table()}});
    later_.push_back("ALTER TABLE " + p + "_off DISABLE TRIGGER ALL");
    plant("unenforced-foreign-key", p + "_off.fk_" + p + "_off_a");
    make(p + "_index", {"a bigint"}, {});
    later_.push_back(fmt::format("CREATE UNIQUE INDEX uq_{0} ON {0}_index (a)", p));
    // As the server does where CREATE INDEX CONCURRENTLY meets two rows that are alike.
    later_.push_back(fmt::format(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = cast('uq_{}' AS regclass)", p));
    plant("invalid-index", p + "_index.uq_" + p);
  }

  bool is_sqlite_;
  int modules_;
  std::mt19937 random_{20260101};
  names tables_;
  names later_;
  faults planted_;
};

// In one transaction, which hundreds of tables are made in much faster.
void run_all(raw_session& raw, const names& statements) {
  raw.run("BEGIN");
  for (const std::string& each : statements) {
    INFO(each);
    REQUIRE_NOTHROW(raw.run(each));
  }
  raw.run("COMMIT");
}

faults found_by(const std::vector<finding>& findings, const std::string& place) {
  faults found;
  for (const finding& each : findings) {
    std::string line = each.rule + " " + each.object;
    const std::string before = place + ".";
    for (std::size_t at = 0; (at = line.find(before, at)) != std::string::npos;)
      line.replace(at, before.size(), "S.");
    CHECK(found.insert(line).second);
  }
  return found;
}

faults found_in(const postgresql_schema& database) {
  return found_by(inspection::lint(read_catalog(database.url())), database.schema());
}

faults found_in(const sqlite_file& database) {
  return found_by(inspection::lint(read_catalog(database.url())), "main");
}

void make_file(const sqlite_file& database) { write(database.path(), ""); }

std::size_t round_trips_for(const postgresql_schema& database) {
  wire_tap tap{postgresql_url()};
  (void)inspection::lint(read_catalog(database_url{tap.url(), database.schema()}));
  return tap.round_trips();
}

constexpr int modules = 30;
constexpr int rounds = 4;

std::set<std::string> rules_of(const faults& planted) {
  std::set<std::string> rules;
  for (const std::string& each : planted) rules.insert(each.substr(0, each.find(' ')));
  return rules;
}

// Of all rules but those that only the other database can break.
void check_every_rule_is_planted(const faults& planted, const std::set<std::string>& others) {
  auto rules = rules_of(planted);
  rules.insert(others.begin(), others.end());
  std::set<std::string> known;
  for (const auto& rule : inspection::lint_rules()) known.insert(std::string{rule.id});
  CHECK(rules == known);
}

}  // namespace

TEST_CASE("schema lint: PostgreSQL: of 300 tables and more, the planted faults are found alone") {
  if (!postgresql_schema::available()) return;
  postgresql_schema small, database;
  small.raw()->run("CREATE SCHEMA " + small.schema());
  run_all(*small.raw(), generated_schema{schema::dialect::postgresql, 1}.statements());
  CHECK(found_in(small) == faults{});

  generated_schema generated{schema::dialect::postgresql, modules};
  REQUIRE(generated.tables() == 300);
  generated.plant_faults(rounds);
  check_every_rule_is_planted(generated.planted(), {"dangling-foreign-key"});
  const auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  run_all(*raw, generated.statements());
  CHECK(found_in(database) == generated.planted());
  CHECK(round_trips_for(database) == round_trips_for(small));
}

TEST_CASE("schema lint: SQLite: of 300 tables and more, the planted faults are found alone") {
  const sqlite_file database;
  make_file(database);
  generated_schema generated{schema::dialect::sqlite, modules};
  REQUIRE(generated.tables() == 300);
  generated.plant_faults(rounds);
  check_every_rule_is_planted(
      generated.planted(), {"unvalidated-constraint", "unenforced-foreign-key", "invalid-index"});
  run_all(*database.raw(), generated.statements());
  const std::string before = content_of(database.path());
  CHECK(found_in(database) == generated.planted());
  CHECK(content_of(database.path()) == before);
}

TEMPLATE_TEST_CASE("schema lint: 300 tables without a fault have no finding, Nava's neither", "",
                   sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  TestType database;
  migrate(database.url(), database.options());
  const auto dialect = database.url().backend() == persistence::backend::sqlite
                           ? schema::dialect::sqlite
                           : schema::dialect::postgresql;
  run_all(*database.raw(), generated_schema{dialect, modules}.statements());
  CHECK(found_in(database) == faults{});
}

TEST_CASE("schema lint: the statements mend what they are printed for") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  generated_schema generated{schema::dialect::postgresql, 2};
  generated.plant_faults(1);
  run_all(*raw, generated.statements());
  const std::set<std::string> mended{"duplicate-foreign-key",  "foreign-key-without-index",
                                     "invalid-index",          "constraint-name-convention",
                                     "unvalidated-constraint", "unenforced-foreign-key"};
  faults left = generated.planted();
  std::erase_if(left, [&](const std::string& each) {
    return mended.contains(each.substr(0, each.find(' ')));
  });
  for (const finding& each : inspection::lint(read_catalog(database.url()))) {
    if (!mended.contains(each.rule)) continue;
    INFO(each.statement);
    for (const std::string& statement : statements_of(each.statement))
      REQUIRE_NOTHROW(raw->run(statement));
  }
  CHECK(found_in(database) == left);
}

TEST_CASE("schema lint: PostgreSQL: indexes that a search for a key does not use serve none") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  run_all(*raw, {"CREATE TABLE parent (code text PRIMARY KEY)",
                 "CREATE TABLE child (code text, \"Code\" text, CONSTRAINT fk_child_code FOREIGN "
                 "KEY (code) REFERENCES parent)"});
  const auto is_used = [&](const std::string& index) {
    raw->run("CREATE INDEX ix ON child " + index);
    raw->run("SET enable_seqscan = off");
    std::string plan;
    for (const auto& row : raw->run("EXPLAIN SELECT FROM ONLY child WHERE code = 'a'"))
      plan += row.front();
    const bool planned = plan.find("Index Cond") != std::string::npos;
    const bool serves = found_in(database) == faults{};
    INFO(index);
    CHECK(serves == planned);
    raw->run("DROP INDEX ix");
    return serves;
  };
  CHECK(is_used("(code)"));
  CHECK(is_used("(code DESC NULLS LAST, \"Code\" COLLATE \"C\")"));
  CHECK(is_used("(code text_pattern_ops)"));
  CHECK(is_used("(code) WHERE code IS NOT NULL"));
  CHECK(is_used("USING hash (code)"));
  CHECK_FALSE(is_used("(code COLLATE \"C\")"));
  CHECK_FALSE(is_used("(code) WHERE \"Code\" IS NOT NULL"));
}

TEST_CASE("schema lint: PostgreSQL: a domain is of the type that it stands for") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database, other;
  const auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  raw->run("CREATE SCHEMA " + other.schema());
  const std::string elsewhere = other.schema() + ".far";
  run_all(*raw,
          {"CREATE DOMAIN number AS bigint", "CREATE DOMAIN small AS integer",
           "CREATE DOMAIN item AS number CHECK (VALUE > 0)",
           "CREATE TABLE parent (id bigint PRIMARY KEY)",
           "CREATE TABLE " + elsewhere + " (id number PRIMARY KEY)",
           "CREATE TABLE child (a item CONSTRAINT fk_child_a REFERENCES parent, b item "
           "CONSTRAINT fk_child_b REFERENCES " +
               elsewhere + ", c small CONSTRAINT fk_child_c REFERENCES " + elsewhere + ")",
           "CREATE INDEX ON child (a)", "CREATE INDEX ON child (b)", "CREATE INDEX ON child (c)"});
  faults found = found_in(database);
  std::erase_if(found, [](const auto& each) { return each.starts_with("several-foreign-keys"); });
  CHECK(found == faults{"type-mismatch S.child.fk_child_c"});
  raw->run("DROP TABLE " + elsewhere + " CASCADE");
}

TEST_CASE("schema lint: PostgreSQL: inherited checks are not a name that is shared") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  run_all(*raw, {"CREATE TABLE above (id bigint, CONSTRAINT is_positive CHECK (id > 0))",
                 "CREATE TABLE below () INHERITS (above)"});
  CHECK(found_in(database) == faults{});
  raw->run("CREATE TABLE beside (id bigint, CONSTRAINT is_positive CHECK (id > 0))");
  CHECK(found_in(database) == faults{"shared-constraint-name S.is_positive"});
}

TEST_CASE("schema lint: PostgreSQL: a foreign key of a partition alone is judged") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  run_all(*raw, {"CREATE TABLE parent (id bigint PRIMARY KEY)",
                 "CREATE TABLE whole (id bigint, a bigint CONSTRAINT fk_whole_a REFERENCES parent, "
                 "b bigint, CHECK (b > 0)) PARTITION BY RANGE (id)",
                 "CREATE INDEX ON whole (a)",
                 "CREATE TABLE low PARTITION OF whole FOR VALUES FROM (0) TO (9)",
                 "CREATE TABLE high PARTITION OF whole FOR VALUES FROM (9) TO (99)"});
  CHECK(found_in(database) == faults{});
  raw->run("ALTER TABLE low ADD CONSTRAINT fk_low_b FOREIGN KEY (b) REFERENCES parent");
  CHECK(found_in(database) == faults{"foreign-key-without-index S.low.fk_low_b"});
  raw->run("CREATE INDEX ON low (b)");
  CHECK(found_in(database) == faults{});
}

TEST_CASE("schema lint: SQLite: a unique part of a key, and collations, as the plans have them") {
  const sqlite_file database;
  make_file(database);
  const auto raw = database.raw();
  run_all(*raw, {"CREATE TABLE parent (a TEXT COLLATE NOCASE, b TEXT, PRIMARY KEY (a, b))",
                 "CREATE TABLE child (a TEXT, b TEXT, CONSTRAINT fk_child_a_b FOREIGN KEY (a, b) "
                 "REFERENCES parent)"});
  // `p` is compared with as SQLite does it: in the collation of the parent.
  const auto is_used = [&](const std::string& index) {
    raw->run("CREATE " + index);
    const auto plan = raw->run(
        "EXPLAIN QUERY PLAN SELECT 1 FROM parent AS p CROSS JOIN child AS c WHERE p.a = c.a AND "
        "p.b = c.b AND c.a IS NOT NULL AND c.b IS NOT NULL");
    const bool planned = plan.back().at(3).starts_with("SEARCH c ") &&
                         plan.back().at(3).find("AUTOMATIC") == std::string::npos;
    const auto found = found_in(database);
    const bool serves = !found.contains("foreign-key-without-index S.child.fk_child_a_b");
    INFO(plan.back().at(3));
    CHECK(serves == planned);
    raw->run("DROP INDEX ix");
    return serves;
  };
  CHECK(is_used("INDEX ix ON child (a COLLATE NOCASE, b)"));
  CHECK(is_used("INDEX ix ON child (b, a COLLATE NOCASE) WHERE a IS NOT NULL AND b IS NOT NULL"));
  CHECK(is_used("UNIQUE INDEX ix ON child (b)"));
  CHECK_FALSE(is_used("INDEX ix ON child (a, b)"));
}

TEST_CASE("schema lint: keys across PostgreSQL schemas are judged whole where both are read") {
  if (!postgresql_schema::available()) return;
  const postgresql_database database;
  const auto raw = database.raw();
  run_all(*raw,
          {"CREATE SCHEMA crm", "CREATE SCHEMA billing",
           "CREATE TABLE crm.person (id bigint PRIMARY KEY, invoice_id bigint)",
           "CREATE TABLE billing.invoice (id bigint PRIMARY KEY, person_id integer CONSTRAINT "
           "fk_invoice_person_id REFERENCES crm.person)",
           "ALTER TABLE crm.person ADD CONSTRAINT fk_person_invoice_id FOREIGN KEY "
           "(invoice_id) REFERENCES billing.invoice",
           "CREATE INDEX ON crm.person (invoice_id)"});
  const auto found = [&](std::string_view schema) {
    return found_by(inspection::lint(read_catalog(database_url{database.url(), schema})), "none");
  };
  const std::string bare = "foreign-key-without-index billing.invoice.fk_invoice_person_id";
  CHECK(found("") == faults{bare, "type-mismatch billing.invoice.fk_invoice_person_id",
                            "mutual-foreign-keys billing.invoice <-> crm.person",
                            "foreign-key-cycle billing.invoice, crm.person"});
  CHECK(found("billing") == faults{bare, "type-mismatch billing.invoice.fk_invoice_person_id"});
  CHECK(found("crm") == faults{});
}

TEST_CASE("schema lint: PostgreSQL: no rights are needed, no lock is waited for") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  migrate(database.url(), database.options());
  const auto raw = database.raw();
  raw->run(
      "CREATE TABLE line (id bigint PRIMARY KEY, parent_id bigint CONSTRAINT "
      "fk_line_parent_id REFERENCES line CHECK (parent_id > 0))");
  const faults expected{"foreign-key-without-index S.line.fk_line_parent_id",
                        "self-reference S.line.fk_line_parent_id"};
  const postgresql_role role{database};
  const auto found = [&](const std::string& url) {
    return found_by(inspection::lint(read_catalog(database_url{url, database.schema()})),
                    database.schema());
  };
  CHECK(found(role.url()) == expected);
  const auto locking = database.raw();
  locking->run("BEGIN");
  locking->run("LOCK TABLE workflow_step, line IN ACCESS EXCLUSIVE MODE");
  // One that waited at all would fail at once.
  CHECK(found(with_parameter(postgresql_url(), "options=-c%20lock_timeout%3D1ms")) == expected);
  locking->run("ROLLBACK");
  CHECK(found(with_parameter(postgresql_url(),
                             "options=-c%20default_transaction_read_only%3Don")) == expected);
}
