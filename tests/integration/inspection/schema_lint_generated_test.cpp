// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nava/persistence/migration.hpp>
#include <nava/schema/ddl.hpp>
#include <random>

#include "support/linted_databases.hpp"
#include "support/sql_script.hpp"
#include "support/wire_tap.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::test;
using namespace nava::test::linted;
using inspection::finding;
using inspection::read_catalog;
using persistence::database_url;

namespace {

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
