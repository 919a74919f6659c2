// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nava/inspection/lint.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <random>
#include <set>

#include "support/catalogs.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace nava;
using namespace nava::schema;
using namespace nava::inspection;

namespace {

using action = referential_action;

// `rule object`, as a baseline has it.
using faults = std::set<std::string>;

faults found_in(const catalog& database, const lint_options& options = {}) {
  faults found;
  for (const auto& each : lint(database, options)) found.insert(each.rule + ' ' + each.object);
  return found;
}

finding only_finding(const catalog& database, const lint_options& options = {}) {
  const auto findings = lint(database, options);
  REQUIRE(findings.size() == 1);
  return findings.front();
}

catalog_table& table_in(catalog& database, const std::string& name) {
  const auto found = std::find_if(database.tables.begin(), database.tables.end(),
                                  [&](const catalog_table& table) { return table.name == name; });
  if (found != database.tables.end()) return *found;
  catalog_table& made = database.tables.emplace_back();
  made.schema = database.what == dialect::sqlite ? "main" : "public";
  made.name = name;
  made.columns = {
      {"id", database.what == dialect::sqlite ? "INTEGER" : "bigint", false, "", "", ""}};
  made.indexes.emplace_back();
  made.indexes.front().what = catalog_index::kind::primary_key;
  made.indexes.front().name = name + "_pkey";
  made.indexes.front().columns = {"id"};
  return made;
}

catalog_column& column_in(catalog_table& table, const std::string& name) {
  const auto found =
      std::find_if(table.columns.begin(), table.columns.end(),
                   [&](const catalog_column& column) { return column.name == name; });
  if (found != table.columns.end()) return *found;
  return table.columns.emplace_back(
      catalog_column{name, table.columns.front().type, true, "", "", ""});
}

catalog_index& add_index(catalog_table& table, std::vector<std::string> columns) {
  catalog_index& index = table.indexes.emplace_back();
  index.what = catalog_index::kind::index;
  index.columns = std::move(columns);
  index.name = "ix_" + table.name;
  for (const auto& column : index.columns) index.name += '_' + column;
  return index;
}

// A key that breaks no rule by itself: indexed, named, and leading to `id`.
catalog_foreign_key& add_key(catalog& database, const std::string& from, const std::string& column,
                             const std::string& to) {
  const std::string schema = table_in(database, to).schema;
  catalog_table& table = table_in(database, from);
  column_in(table, column);
  add_index(table, {column});
  catalog_foreign_key& key = table.foreign_keys.emplace_back();
  key.name = "fk_" + from + '_' + column;
  key.columns = {column};
  key.target_schema = schema;
  key.target_table = to;
  key.target_columns = {"id"};
  return key;
}

catalog of_dialect(dialect what) {
  catalog database;
  database.what = what;
  return database;
}

// A composite key (a, b) from `child` to `parent` (a, b).
catalog composite() {
  catalog database;
  catalog_table& parent = table_in(database, "parent");
  for (const char* name : {"a", "b"}) column_in(parent, name).nullable = false;
  add_index(parent, {"a", "b"}).what = catalog_index::kind::unique_constraint;
  catalog_foreign_key& key = add_key(database, "child", "a", "parent");
  catalog_table& child = table_in(database, "child");
  for (const char* name : {"a", "b"}) column_in(child, name).nullable = false;
  child.indexes.back().columns = {"b", "a"};
  key.name = "fk_child_a_b";
  key.columns = key.target_columns = {"a", "b"};
  return database;
}

}  // namespace

TEST_CASE("lint: a key that is indexed, named and typed is no finding") {
  for (const dialect what : {dialect::postgresql, dialect::sqlite}) {
    catalog database = of_dialect(what);
    add_key(database, "child", "parent_id", "parent");
    CHECK(found_in(database) == faults{});
  }
  CHECK(found_in(composite()) == faults{});
  CHECK(found_in({}) == faults{});
}

TEST_CASE("lint: Nava's own tables are no findings") {
  for (const dialect what : {dialect::postgresql, dialect::sqlite}) {
    const catalog own = test::catalog_of(workflow_database<>::description, what,
                                         what == dialect::postgresql ? "nava" : "main");
    REQUIRE(own.tables.size() == 10);
    CHECK(found_in(own) == faults{});
  }
}

TEST_CASE("lint: two keys to one table are found, one is not") {
  catalog database;
  add_key(database, "project", "owner_id", "person");
  CHECK(found_in(database) == faults{});
  add_key(database, "project", "created_by", "person");
  const finding found = only_finding(database);
  CHECK(found.rule == "several-foreign-keys");
  CHECK(found.object == "public.project -> public.person");
  CHECK(found.message ==
        "2 foreign keys lead there: fk_project_owner_id (owner_id), fk_project_created_by "
        "(created_by); a join, and a mapper that makes joins, must be told which");
  CHECK(found.how_bad == severity::warning);
}

TEST_CASE("lint: two tables that refer to each other are found, and are a ring") {
  catalog database;
  add_key(database, "contact", "organization_id", "organization");
  CHECK(found_in(database) == faults{});
  add_key(database, "organization", "billing_contact_id", "contact");
  CHECK(found_in(database) == faults{"mutual-foreign-keys public.contact <-> public.organization",
                                     "foreign-key-cycle public.contact, public.organization"});
  CHECK(lint(database).front().message ==
        "each refers to the other: public.contact by fk_contact_organization_id (organization_id), "
        "public.organization by fk_organization_billing_contact_id (billing_contact_id); a join, "
        "and a mapper that makes joins, must be told which");
}

TEST_CASE("lint: a table that refers to itself is a note") {
  catalog database;
  add_key(database, "category", "parent_id", "category").on_delete = action::cascade;
  const finding found = only_finding(database);
  CHECK(found.rule == "self-reference");
  CHECK(found.object == "public.category.fk_category_parent_id");
  CHECK(found.how_bad == severity::note);
}

TEST_CASE("lint: several paths are found where they part and meet, and nowhere beyond") {
  catalog database;
  add_key(database, "line", "order_id", "order");
  add_key(database, "order", "customer_id", "customer");
  add_key(database, "customer", "country_id", "country");
  add_key(database, "remark", "line_id", "line");
  CHECK(found_in(database) == faults{});

  SECTION("a direct way and one over a table") {
    add_key(database, "line", "customer_id", "customer");
    const finding found = only_finding(database);
    CHECK(found.rule + ' ' + found.object == "several-paths public.line -> public.customer");
    CHECK(found.message ==
          "2 ways lead there, and they may end at different rows: directly, by "
          "fk_line_customer_id (customer_id); over public.order");
  }
  SECTION("two ways over different tables") {
    add_key(database, "line", "address_id", "address");
    add_key(database, "address", "customer_id", "customer");
    CHECK(found_in(database) == faults{"several-paths public.line -> public.customer"});
  }
  SECTION("no further than the bound") {
    add_key(database, "line", "country_id", "country");
    CHECK(found_in(database) == faults{"several-paths public.line -> public.country"});
    CHECK(found_in(database, {.path_keys_max = 2}) == faults{});
  }
  SECTION("two keys side by side are another rule's") {
    add_key(database, "line", "other_order_id", "order");
    CHECK(found_in(database) == faults{"several-foreign-keys public.line -> public.order"});
  }
}

TEST_CASE("lint: ways that carry the same columns lead to one row and are no finding") {
  catalog database;
  add_key(database, "order", "tenant_id", "tenant").on_delete = action::cascade;
  add_key(database, "line", "tenant_id", "tenant").on_delete = action::cascade;
  add_index(table_in(database, "order"), {"tenant_id", "id"}).what =
      catalog_index::kind::unique_constraint;
  catalog_foreign_key& key = add_key(database, "line", "order_id", "order");
  key.name = "fk_line_order_id_tenant_id";
  key.on_delete = action::cascade;
  key.columns = {"order_id", "tenant_id"};
  key.target_columns = {"id", "tenant_id"};
  add_index(table_in(database, "line"), {"tenant_id", "order_id"});
  for (const char* name : {"tenant_id", "order_id"})
    column_in(table_in(database, "line"), name).nullable = false;
  CHECK(found_in(database) == faults{});

  key.columns = {"order_id"};
  key.target_columns = {"id"};
  key.name = "fk_line_order_id";
  CHECK(found_in(database) == faults{"two-cascade-ways public.tenant -> public.line"});
}

TEST_CASE("lint: a schema with more ways than can be looked at is judged in part, and says so") {
  catalog database;
  constexpr int tables = 30;
  for (int i = 0; i < tables; ++i)
    for (int j = 0; j < i; ++j)
      add_key(database, fmt::format("t{}", i), fmt::format("t{}_id", j), fmt::format("t{}", j));
  lint_options options;
  options.path_keys_max = 30;
  options.findings_max = 1'000;
  const auto findings = lint(database, options);
  CHECK(std::any_of(findings.begin(), findings.end(), [](const finding& each) {
    return each.rule == "several-paths" &&
           each.message ==
               "more ways leave this table than were looked at; the longest were left "
               "out";
  }));
  const auto pairs = std::count_if(findings.begin(), findings.end(), [](const finding& each) {
    return each.rule == "several-paths" && each.object.find("->") != std::string::npos;
  });
  CHECK(pairs == tables * (tables - 1) / 2 - (tables - 1));
}

TEST_CASE("lint: of a tangle each rule lists so many findings, and says how many more there are") {
  catalog database;
  table_in(database, "tenant");
  add_key(database, "user", "tenant_id", "tenant").on_delete = action::cascade;
  for (int i = 0; i < 300; ++i)
    for (const char* target : {"tenant", "user"})
      add_key(database, fmt::format("t{:03}", i), fmt::format("{}_id", target), target).on_delete =
          action::cascade;
  table_in(database, "t299").foreign_keys.front().on_delete = action::set_null;
  column_in(table_in(database, "t299"), "tenant_id").nullable = false;
  const auto findings = lint(database);
  REQUIRE(findings.size() == 1 + 1 + 100 + 1);
  CHECK(findings[0].rule + findings[0].object == "several-pathspublic.t299 -> public.tenant");
  CHECK(findings[1].rule == "set-null-on-not-null");
  CHECK(findings[2].object == "public.tenant -> public.t000");
  CHECK(findings[101].object == "public.tenant -> public.t099");
  CHECK(findings[102] == finding{"two-cascade-ways", "(more)",
                                 "199 more findings of this rule are not listed", "",
                                 severity::note});
}

TEST_CASE("lint: what is left out of too many findings is the least bad") {
  catalog database;
  for (const char* name : {"a", "b", "c"}) {
    catalog_foreign_key& key = add_key(database, name, "x", "parent");
    key.name = std::string{"fk_"} + name + "_x_y";
    key.columns = {"x", "y"};
    key.target_columns = {"id", "y"};
    column_in(table_in(database, name), "y").nullable = *name == 'b';
    table_in(database, name).indexes.back().columns = {"x", "y"};
  }
  column_in(table_in(database, "parent"), "y");
  lint_options options;
  options.findings_max = 1;
  const auto findings = lint(database, options);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].object == "public.b.fk_b_x_y");
  CHECK(findings[0].how_bad == severity::warning);
  CHECK(findings[1].message == "2 more findings of this rule are not listed");
}

TEST_CASE("lint: rules can be chosen") {
  catalog database;
  add_key(database, "child", "parent_id", "parent").name = "odd";
  table_in(database, "child").indexes.resize(1);
  CHECK(found_in(database).size() == 2);
  lint_options options;
  options.rules = {"constraint-name-convention"};
  CHECK(found_in(database, options) == faults{"constraint-name-convention public.child.odd"});
}

TEST_CASE("lint: a key that is there twice is found as that alone") {
  catalog database;
  add_key(database, "child", "parent_id", "parent");
  catalog_foreign_key& second = add_key(database, "child", "parent_id", "parent");
  second.name = "child_parent_id_fkey1";
  table_in(database, "child").indexes.pop_back();
  const finding found = only_finding(database);
  CHECK(found.rule + ' ' + found.object ==
        "duplicate-foreign-key public.child.child_parent_id_fkey1");
  CHECK(found.statement ==
        R"(ALTER TABLE "public"."child" DROP CONSTRAINT "child_parent_id_fkey1";)");
  // Which of them is meant, nobody but a person knows.
  table_in(database, "child").foreign_keys.back().on_delete = action::cascade;
  CHECK(only_finding(database).statement.empty());
}

TEST_CASE("lint: a key of SQLite that leads to no key is found") {
  catalog database = of_dialect(dialect::sqlite);
  catalog_foreign_key& key = add_key(database, "child", "parent_id", "parent");
  // SQLite reads names in any case, and no columns as the primary key.
  key.target_table = "PARENT";
  key.columns = {"Parent_ID"};
  key.target_columns.clear();
  CHECK(found_in(database, {.foreign_key_names = {}}) == faults{});

  SECTION("to no table") {
    key.target_table = "parents";
    CHECK(found_in(database) == faults{"dangling-foreign-key main.child.fk_child_parent_id"});
  }
  SECTION("to a column that is not unique") {
    column_in(table_in(database, "parent"), "code");
    table_in(database, "child").foreign_keys.front().target_columns = {"code"};
    CHECK(found_in(database) == faults{"dangling-foreign-key main.child.fk_child_parent_id"});
  }
  SECTION("to a primary key of more columns") {
    column_in(table_in(database, "parent"), "region").nullable = false;
    table_in(database, "parent").indexes.front().columns = {"id", "region"};
    CHECK(found_in(database, {.foreign_key_names = {}}) ==
          faults{"dangling-foreign-key main.child.fk_child_parent_id"});
  }
}

TEST_CASE("lint: a key without an index is found, with the size and a statement") {
  catalog database;
  add_key(database, "child", "parent_id", "parent");
  catalog_table& child = table_in(database, "child");
  child.indexes.resize(1);
  const std::string fault = "foreign-key-without-index public.child.fk_child_parent_id";

  SECTION("on PostgreSQL, concurrently") {
    child.rows_estimate = 1'234'567;
    child.bytes_estimate = 98'765'432;
    const finding found = only_finding(database);
    CHECK(found.rule + ' ' + found.object == fault);
    CHECK(found.message ==
          "no index begins with (parent_id): a delete in public.parent reads this whole table, "
          "about 1.2 million rows, 94 MB");
    CHECK(found.statement ==
          R"(CREATE INDEX CONCURRENTLY "ix_child_parent_id" ON "public"."child" ("parent_id");)");
  }
  SECTION("not concurrently on a partitioned table, where PostgreSQL refuses that") {
    child.what = catalog_table::kind::partitioned;
    CHECK(only_finding(database).statement ==
          R"(CREATE INDEX "ix_child_parent_id" ON "public"."child" ("parent_id");)");
  }
  SECTION("a name that is taken gets a number") {
    table_in(database, "ix_child_parent_id");
    CHECK(only_finding(database).statement.find(R"( "ix_child_parent_id_2" ON )") !=
          std::string::npos);
  }
  SECTION("a name is cut between characters, at 63 bytes") {
    std::string name = "x";
    for (int i = 0; i < 40; ++i) name += "ä";
    child.columns.back().name = name;
    child.foreign_keys.front().columns = {name};
    const finding found = only_finding(database);
    const std::size_t begin = found.statement.find('"') + 1;
    const std::string made =
        found.statement.substr(begin, found.statement.find('"', begin) - begin);
    CHECK(made.size() == 62);
    CHECK(made.ends_with("ä"));
  }
  SECTION("indexes that do not help") {
    const auto check = [&](const std::function<void(catalog_index&)>& change) {
      catalog_table& changed = table_in(database, "child");
      changed.indexes.resize(1);
      change(add_index(changed, {"parent_id"}));
      CHECK(found_in(database).count(fault) == 1);
    };
    check([](auto& index) { index.columns = {"id", "parent_id"}; });
    check([](auto& index) { index.columns = {"(lower(parent_id))"}; });
    check([](auto& index) { index.where = "(id > 0)"; });
    check([](auto& index) { index.where = "(id IS NOT NULL)"; });
    check([](auto& index) { index.valid = false; });
    check([](auto& index) { index.method = "brin"; });
    check([](auto& index) { index.searchable = false; });
    check([](auto& index) { index.collations = {"C"}; });
    check([](auto& index) { index.where = "(\"Parent_id\" IS NOT NULL)"; });
    check([](auto& index) { index.where = "((parent_id IS NOT NULL) AND (id > 0))"; });
    check([](auto& index) { index.where = "((parent_id IS NOT NULL) OR (id IS NULL))"; });
    check([](auto& index) {
      index.columns = {"id"};
      index.included = {"parent_id"};
    });
  }
  SECTION("indexes that do") {
    const auto check = [&](const std::function<void(catalog_index&)>& change) {
      catalog_table& changed = table_in(database, "child");
      changed.indexes.resize(1);
      change(add_index(changed, {"parent_id"}));
      CHECK(found_in(database) == faults{});
    };
    check([](auto& index) { index.columns = {"parent_id", "id"}; });
    check([](auto& index) { index.where = "(parent_id IS NOT NULL)"; });
    check([](auto& index) { index.where = "\"parent_id\" is not null"; });
    check([](auto& index) { index.method = "hash"; });
    check([](auto& index) { index.plain = false; });
    check([](auto& index) {
      index.columns = {"parent_id", "id"};
      index.collations = {"", "C"};
    });
  }
}

TEST_CASE("lint: an index that leaves out rows without a key serves it") {
  catalog database = composite();
  catalog_index& index = table_in(database, "child").indexes.back();
  const auto serves = [&](const std::string& where) {
    index.where = where;
    return found_in(database) == faults{};
  };
  CHECK(serves("((b IS NOT NULL) AND (a IS NOT NULL))"));
  CHECK(serves("(a IS NOT NULL)"));
  CHECK_FALSE(serves("((a IS NOT NULL) AND (c IS NOT NULL))"));
  CHECK_FALSE(serves("((a IS NOT NULL) AND (b IS NULL))"));
  CHECK_FALSE(serves("?"));
}

TEST_CASE("lint: names of SQLite in a condition are read in any case and between any quotes") {
  catalog database = of_dialect(dialect::sqlite);
  add_key(database, "child", "Parent_id", "parent");
  for (const char* where : {"parent_ID is not null", "`Parent_id` IS NOT NULL",
                            "[parent_id] IS NOT NULL", "(\"PARENT_ID\") IS NOT NULL"}) {
    table_in(database, "child").indexes.back().where = where;
    CHECK(found_in(database) == faults{});
  }
}

TEST_CASE("lint: on SQLite an index serves in the collation of the column that is referred to") {
  catalog database = of_dialect(dialect::sqlite);
  add_key(database, "child", "parent_id", "parent");
  catalog_column& target = column_in(table_in(database, "parent"), "id");
  catalog_index& index = table_in(database, "child").indexes.back();
  const auto serves = [&](const std::string& of_index, const std::string& of_target) {
    index.collations = {of_index};
    target.collation = of_target;
    return found_in(database) == faults{};
  };
  CHECK(serves("", ""));
  CHECK(serves("nocase", "NOCASE"));
  CHECK_FALSE(serves("", "NOCASE"));
  CHECK_FALSE(serves("NOCASE", ""));
}

TEST_CASE("lint: on SQLite the statement that adds an index names no schema") {
  catalog database = of_dialect(dialect::sqlite);
  add_key(database, "child", "parent_id", "parent").name = "";
  table_in(database, "child").indexes.resize(1);
  const auto findings = lint(database);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].object == "main.child.(parent_id)");
  CHECK(findings[0].statement == R"(CREATE INDEX "ix_child_parent_id" ON "child" ("parent_id");)");
  CHECK(findings[1].rule == "constraint-name-convention");
  CHECK(findings[1].how_bad == severity::note);
}

TEST_CASE("lint: a part of a composite key that is unique finds one row and is index enough") {
  catalog database = composite();
  catalog_table& child = table_in(database, "child");
  child.indexes.back().columns = {"a"};
  CHECK(found_in(database) == faults{"foreign-key-without-index public.child.fk_child_a_b"});
  child.indexes.back().what = catalog_index::kind::unique_index;
  CHECK(found_in(database) == faults{});
}

TEST_CASE("lint: an invalid index is found") {
  catalog database;
  add_index(table_in(database, "a"), {"id"});
  CHECK(found_in(database) == faults{});
  catalog_index& index = table_in(database, "a").indexes.back();
  index.valid = false;
  CHECK(only_finding(database).object == "public.a.ix_a_id");
  CHECK(only_finding(database).statement == R"(REINDEX INDEX CONCURRENTLY "public"."ix_a_id";)");
  index.name = "ix_a_id_ccnew1";
  CHECK(only_finding(database).statement ==
        R"(DROP INDEX CONCURRENTLY "public"."ix_a_id_ccnew1";)");
}

TEST_CASE("lint: a key whose only index is invalid has that one rebuilt, and none beside it") {
  catalog database;
  add_key(database, "step", "workflow_id", "workflow");
  catalog_table& step = table_in(database, "step");
  step.indexes.back().valid = false;
  const std::string name = step.indexes.back().name;
  const auto statement_of = [&](std::string_view rule) {
    return only_finding(database, {.rules = {std::string{rule}}}).statement;
  };
  CHECK(statement_of("foreign-key-without-index").empty());
  CHECK(statement_of("invalid-index") == "REINDEX INDEX CONCURRENTLY \"public\".\"" + name + "\";");
  CHECK_THAT(only_finding(database, {.rules = {"foreign-key-without-index"}}).message,
             Catch::Matchers::StartsWith("the only index that begins with (workflow_id), " + name +
                                         ", is invalid"));
  SECTION("but for one that a failed REINDEX has left") {
    table_in(database, "step").indexes.back().name += "_ccnew";
    CHECK(statement_of("foreign-key-without-index").starts_with("CREATE INDEX"));
  }
  SECTION("but for a unique one, which may be invalid for good") {
    table_in(database, "step").indexes.back().what = catalog_index::kind::unique_index;
    CHECK(statement_of("foreign-key-without-index").starts_with("CREATE INDEX"));
  }
}

TEST_CASE("lint: a name that two constraints of one schema share is found") {
  catalog database;
  add_key(database, "step", "workflow_id", "workflow").name = "fk_workflow_id";
  add_key(database, "stage", "workflow_id", "workflow").name = "fk_workflow_id";
  const lint_options any_name{.foreign_key_names = {}};
  const finding found = only_finding(database, any_name);
  CHECK(found.rule + ' ' + found.object == "shared-constraint-name public.fk_workflow_id");
  CHECK(found.message ==
        "2 constraints have this name, on stage, step; an error that names it does not say which");
  table_in(database, "stage").schema = "archive";
  CHECK(found_in(database, any_name) == faults{});

  catalog checks;
  table_in(checks, "a").checks = {{"is_positive", "(id > 0)", true}};
  CHECK(found_in(checks) == faults{});
  table_in(checks, "b").checks = {{"is_positive", "(id > 0)", true}};
  CHECK(found_in(checks) == faults{"shared-constraint-name public.is_positive"});
}

TEST_CASE("lint: names of keys follow the convention that is given") {
  catalog database;
  catalog_foreign_key& key = add_key(database, "child", "parent_id", "parent");
  const auto is_found = [&](const std::string& name, const lint_options& options = {}) {
    key.name = name;
    return found_in(database, options) == faults{"constraint-name-convention public.child." + name};
  };
  CHECK(is_found("fk_rails_0123456789"));
  CHECK(only_finding(database).statement ==
        R"(ALTER TABLE "public"."child" RENAME CONSTRAINT "fk_rails_0123456789" TO )"
        R"("fk_child_parent_id";)");
  CHECK(is_found("fk_child_parent_id1"));
  CHECK_FALSE(is_found("fk_child_parent_id"));
  CHECK_FALSE(is_found("child_parent_id_fkey"));
  CHECK_FALSE(is_found("child_parent_id_fkey12"));
  CHECK_FALSE(is_found("anything", {.foreign_key_names = {}}));
  CHECK(is_found("fk_child_parent_id", {.foreign_key_names = {"{columns}_of_{table}"}}));
  CHECK_FALSE(is_found("parent_id_of_child", {.foreign_key_names = {"{columns}_of_{table}"}}));
  // PostgreSQL would have cut it, and where differs.
  const std::string prefix(50, 'x');
  CHECK_FALSE(is_found("other", {.foreign_key_names = {prefix + "{table}_{columns}"}}));
}

TEST_CASE("lint: a column of another type than its target is found") {
  catalog database;
  add_key(database, "child", "parent_id", "parent");
  column_in(table_in(database, "child"), "parent_id").type = "integer";
  const finding found = only_finding(database);
  CHECK(found.rule + ' ' + found.object == "type-mismatch public.child.fk_child_parent_id");
  CHECK(found.message ==
        "parent_id is integer, its target id is bigint; one of them cannot hold or compare what "
        "the other can");
  column_in(table_in(database, "child"), "parent_id") = {"parent_id", "public.number", true, "", "",
                                                         "",          "bigint"};
  CHECK(found_in(database) == faults{});
  column_in(table_in(database, "parent"), "id").base_type = "integer";
  CHECK(only_finding(database).rule == "type-mismatch");
}

TEST_CASE("lint: on SQLite types that treat values alike are one type") {
  catalog database = of_dialect(dialect::sqlite);
  add_key(database, "child", "parent_id", "parent");
  const auto is_found = [&](const std::string& type) {
    column_in(table_in(database, "child"), "parent_id").type = type;
    return found_in(database) == faults{"type-mismatch main.child.fk_child_parent_id"};
  };
  CHECK_FALSE(is_found("bigint"));
  CHECK_FALSE(is_found("Int"));
  CHECK(is_found("text"));
  CHECK(is_found("VARCHAR(20)"));
  CHECK(is_found(""));
  CHECK(is_found("double"));
  column_in(table_in(database, "parent"), "id").type = "TEXT";
  CHECK_FALSE(is_found("VARCHAR(20)"));
}

TEST_CASE("lint: SET NULL on a column that is NOT NULL is found") {
  catalog database;
  catalog_foreign_key& key = add_key(database, "child", "parent_id", "parent");
  key.on_delete = action::set_null;
  CHECK(found_in(database) == faults{});
  column_in(table_in(database, "child"), "parent_id").nullable = false;
  CHECK(only_finding(database).rule == "set-null-on-not-null");
  CHECK(only_finding(database).how_bad == severity::error);
  key.on_delete = action::no_action;
  CHECK(found_in(database) == faults{});
  key.on_update = action::set_null;
  CHECK(only_finding(database).rule == "set-null-on-not-null");
}

TEST_CASE("lint: of SET NULL that lists columns, these alone are held to it") {
  catalog database = composite();
  auto& key = table_in(database, "child").foreign_keys.front();
  key.on_delete = action::set_null;
  column_in(table_in(database, "child"), "b").nullable = true;
  const auto is_found = [&] {
    return found_in(database).contains("set-null-on-not-null public.child.fk_child_a_b");
  };
  CHECK(is_found());
  key.set_columns = {"b"};
  CHECK_FALSE(is_found());
  key.set_columns = {"a"};
  CHECK(is_found());
}

TEST_CASE("lint: a composite key of which a part may be NULL is found") {
  catalog database = composite();
  catalog_table& child = table_in(database, "child");
  column_in(child, "b").nullable = true;
  CHECK(only_finding(database).rule == "partly-nullable-key");
  CHECK(only_finding(database).how_bad == severity::note);
  column_in(child, "a").nullable = true;
  CHECK(only_finding(database).how_bad == severity::warning);
  child.foreign_keys.front().match_full = true;
  CHECK(found_in(database) == faults{});
}

TEST_CASE("lint: cascades that reach a table by two ways are found where they part and meet") {
  catalog database;
  add_key(database, "order", "account_id", "account").on_delete = action::cascade;
  add_key(database, "line", "order_id", "order").on_delete = action::cascade;
  add_key(database, "invoice", "account_id", "account").on_delete = action::cascade;
  add_key(database, "remark", "line_id", "line").on_delete = action::cascade;
  catalog_foreign_key& last = add_key(database, "line", "invoice_id", "invoice");
  CHECK(found_in(database) == faults{"several-paths public.line -> public.account"});
  last.on_delete = action::cascade;
  CHECK(found_in(database) == faults{"two-cascade-ways public.account -> public.line"});
  // A third way that does not cascade is one that the other rule tells of.
  add_key(database, "line", "account_id", "account");
  CHECK(found_in(database) == faults{"several-paths public.line -> public.account",
                                     "two-cascade-ways public.account -> public.line"});
}

TEST_CASE("lint: a ring of keys is found, as an error where no row could go in") {
  catalog database;
  add_key(database, "a", "b_id", "b");
  add_key(database, "b", "c_id", "c");
  CHECK(found_in(database) == faults{});
  add_key(database, "c", "a_id", "a");
  add_key(database, "d", "a_id", "a");
  CHECK(only_finding(database).rule == "foreign-key-cycle");
  CHECK(only_finding(database).object == "public.a, public.b, public.c");
  CHECK(only_finding(database).how_bad == severity::warning);
  CHECK(only_finding(database).statement.empty());

  for (const char* name : {"a", "b", "c"}) table_in(database, name).columns.back().nullable = false;
  CHECK(only_finding(database).how_bad == severity::error);
  CHECK(only_finding(database).statement ==
        R"(ALTER TABLE "public"."a" ALTER CONSTRAINT "fk_a_b_id" DEFERRABLE INITIALLY DEFERRED;)");
  table_in(database, "b").foreign_keys.front().deferrable = true;
  CHECK(only_finding(database).how_bad == severity::warning);
}

TEST_CASE("lint: a ring that can be left does not hide one that cannot") {
  catalog database;
  add_key(database, "a", "b_id", "b");
  add_key(database, "b", "c_id", "c");
  add_key(database, "c", "b_id", "b");
  add_key(database, "b", "a_id", "a");
  for (auto& column : table_in(database, "b").columns) column.nullable = column.name == "a_id";
  table_in(database, "c").columns.back().nullable = false;
  const auto findings = lint(database);
  CHECK(findings.back().rule == "foreign-key-cycle");
  CHECK(findings.back().how_bad == severity::error);
  CHECK(findings.back().statement.find(R"("fk_b_c_id")") != std::string::npos);
}

TEST_CASE("lint: constraints that older rows were not checked against are found") {
  catalog database;
  add_key(database, "child", "parent_id", "parent");
  table_in(database, "child").checks = {{"ck_child_id", "(id > 0)", true}};
  CHECK(found_in(database) == faults{});
  table_in(database, "child").checks.front().validated = false;
  CHECK(only_finding(database).statement ==
        R"(ALTER TABLE "public"."child" VALIDATE CONSTRAINT "ck_child_id";)");
  table_in(database, "child").foreign_keys.front().validated = false;
  CHECK(found_in(database) == faults{"unvalidated-constraint public.child.ck_child_id",
                                     "unvalidated-constraint public.child.fk_child_parent_id"});
}

TEST_CASE("lint: a key whose triggers are disabled is found") {
  catalog database;
  add_key(database, "child", "parent_id", "parent").enforced = false;
  CHECK(only_finding(database).rule == "unenforced-foreign-key");
  CHECK(only_finding(database).statement == R"(ALTER TABLE "public"."child" ENABLE TRIGGER ALL; )"
                                            R"(ALTER TABLE "public"."parent" ENABLE TRIGGER ALL;)");
  // ALL would enable that one too.
  table_in(database, "child").triggers = {{"audit", false}};
  CHECK(only_finding(database).statement.empty());
}

TEST_CASE("lint: a key to a table that was not read is judged by itself") {
  catalog database;
  catalog_foreign_key& key = add_key(database, "child", "parent_id", "parent");
  key.target_schema = "elsewhere";
  CHECK(found_in(database) == faults{});
  key.target_types = {"integer"};
  CHECK(found_in(database) == faults{"type-mismatch public.child.fk_child_parent_id"});
  key.target_types = {"bigint"};
  table_in(database, "child").indexes.resize(1);
  CHECK(found_in(database) == faults{"foreign-key-without-index public.child.fk_child_parent_id"});
}

namespace {

// A schema like a company's: modules of tables that hang on one another as trees do, so that it
// has no fault, and then faults of every rule, each in tables of its own.
class generated_schema {
 public:
  explicit generated_schema(unsigned seed) : random_(seed) {
    for (int module = 0; module < 30; ++module) grow_tree(fmt::format("m{}", module), 10);
  }

  const catalog& database() const { return database_; }
  const faults& planted() const { return planted_; }

  void plant_faults(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      plant_between_two_tables(fmt::format("x{}", i));
      plant_in_one_key(fmt::format("y{}", i));
      plant_paths(fmt::format("z{}", i));
    }
    std::shuffle(database_.tables.begin(), database_.tables.end(), random_);
  }

 private:
  void grow_tree(const std::string& prefix, int tables) {
    table_in(database_, prefix + "_0");
    for (int i = 1; i < tables; ++i) {
      const int parent = std::uniform_int_distribution{0, i - 1}(random_);
      catalog_foreign_key& key = add_key(database_, fmt::format("{}_{}", prefix, i), "parent_id",
                                         fmt::format("{}_{}", prefix, parent));
      if (random_() % 2 == 0) key.on_delete = action::cascade;
    }
  }

  std::string any_table() { return database_.tables[random_() % (30 * 10)].name; }

  void plant(const std::string& rule, const std::string& object) {
    planted_.insert(rule + " public." + object);
  }

  void plant_between_two_tables(const std::string& p) {
    const std::string several = p + "_several", target = any_table();
    add_key(database_, several, "a", target).on_delete = action::cascade;
    add_key(database_, several, "b", target).on_delete = action::cascade;
    plant("several-foreign-keys", several + " -> public." + target);
    plant("two-cascade-ways", target + " -> public." + several);

    add_key(database_, p + "_egg", "hen_id", p + "_hen");
    add_key(database_, p + "_hen", "egg_id", p + "_egg");
    plant("mutual-foreign-keys", p + "_egg <-> public." + p + "_hen");
    plant("foreign-key-cycle", p + "_egg, public." + p + "_hen");

    const std::string self = p + "_self";
    add_key(database_, self, "parent_id", self);
    plant("self-reference", self + ".fk_" + self + "_parent_id");

    const std::string twice = p + "_twice";
    add_key(database_, twice, "a", any_table());
    catalog_table& table = table_in(database_, twice);
    table.foreign_keys.push_back(table.foreign_keys.front());
    table.foreign_keys.back().name = twice + "_a_fkey";
    plant("duplicate-foreign-key", twice + '.' + twice + "_a_fkey");
  }

  catalog_foreign_key& one_key(const std::string& table) {
    return add_key(database_, table, "a", any_table());
  }

  void plant_in_one_key(const std::string& p) {
    const auto planted_key = [&](const std::string& rule, const std::string& table) {
      catalog_foreign_key& key = one_key(table);
      plant(rule, table + ".fk_" + table + "_a");
      return &key;
    };
    planted_key("foreign-key-without-index", p + "_bare");
    table_in(database_, p + "_bare").indexes.resize(1);
    planted_key("type-mismatch", p + "_type");
    column_in(table_in(database_, p + "_type"), "a").type = "uuid";
    planted_key("set-null-on-not-null", p + "_null")->on_delete = action::set_null;
    column_in(table_in(database_, p + "_null"), "a").nullable = false;
    planted_key("unvalidated-constraint", p + "_old")->validated = false;
    planted_key("unenforced-foreign-key", p + "_off")->enforced = false;

    one_key(p + "_name").name = p + "_is_odd";
    plant("constraint-name-convention", p + "_name." + p + "_is_odd");
    for (const char* end : {"_left", "_right"})
      table_in(database_, p + end).checks = {{p + "_ck", "(id > 0)", true}};
    plant("shared-constraint-name", p + "_ck");
    add_index(table_in(database_, p + "_index"), {"id"}).valid = false;
    plant("invalid-index", p + "_index.ix_" + p + "_index_id");

    const std::string half = p + "_half";
    catalog_foreign_key& key = add_key(database_, half, "a", p + "_whole");
    key.name = "fk_" + half + "_a_b";
    key.columns = {"a", "b"};
    key.target_columns = {"id", "b"};
    column_in(table_in(database_, half), "b").nullable = false;
    column_in(table_in(database_, p + "_whole"), "b");
    table_in(database_, half).indexes.back().columns = {"a", "b"};
    plant("partly-nullable-key", half + ".fk_" + half + "_a_b");
  }

  void plant_paths(const std::string& p) {
    add_key(database_, p + "_near", "far_id", p + "_far");
    add_key(database_, p + "_near", "mid_id", p + "_mid");
    add_key(database_, p + "_mid", "far_id", p + "_far");
    add_key(database_, p + "_far", "a", any_table());
    add_key(database_, p + "_before", "near_id", p + "_near");
    plant("several-paths", p + "_near -> public." + p + "_far");

    add_key(database_, p + "_a", "b_id", p + "_b");
    add_key(database_, p + "_b", "c_id", p + "_c");
    add_key(database_, p + "_c", "a_id", p + "_a");
    plant("foreign-key-cycle", p + "_a, public." + p + "_b, public." + p + "_c");
  }

  std::mt19937 random_;
  catalog database_;
  faults planted_;
};

}  // namespace

TEST_CASE("lint: of hundreds of tables, every planted fault is found and nothing else") {
  for (const unsigned seed : {1U, 2U, 3U, 4U, 5U}) {
    generated_schema generated{seed};
    REQUIRE(generated.database().tables.size() == 300);
    CHECK(found_in(generated.database()) == faults{});
    generated.plant_faults(8);
    CHECK(found_in(generated.database()) == generated.planted());
    CHECK(lint(generated.database()).size() == generated.planted().size());
  }
}

TEST_CASE("lint: every rule that a PostgreSQL database can break is planted above") {
  generated_schema generated{7};
  generated.plant_faults(1);
  std::set<std::string> planted;
  for (const auto& fault : generated.planted()) planted.insert(fault.substr(0, fault.find(' ')));
  std::set<std::string> known;
  for (const auto& rule : lint_rules()) known.insert(std::string{rule.id});
  planted.insert("dangling-foreign-key");
  CHECK(planted == known);
}

TEST_CASE("lint: findings come in the order of the rules, then of the objects") {
  generated_schema generated{8};
  generated.plant_faults(3);
  const auto findings = lint(generated.database());
  std::vector<std::pair<std::size_t, std::string>> places;
  for (const auto& each : findings) {
    const auto rule = std::find_if(lint_rules().begin(), lint_rules().end(),
                                   [&](const lint_rule& known) { return known.id == each.rule; });
    places.emplace_back(rule - lint_rules().begin(), each.object);
  }
  CHECK(std::is_sorted(places.begin(), places.end()));
  CHECK(findings == lint(generated.database()));
}

TEST_CASE("lint: the manual has a chapter for every rule, and for no other") {
  std::istringstream manual{test::content_of(std::string{NAVA_SOURCE_ROOT} + "/docs/lint.md")};
  std::vector<std::string> headings, rules;
  for (std::string line; std::getline(manual, line);)
    if (line.starts_with("### ")) headings.push_back(line.substr(4));
  for (const auto& rule : lint_rules()) rules.emplace_back(rule.id);
  CHECK(headings == rules);
}
