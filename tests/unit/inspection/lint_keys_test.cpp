// SPDX-License-Identifier: Apache-2.0
#include <nava/inspection/lint.hpp>
#include <nava/schema/workflow_database.hpp>

#include "support/catalogs.hpp"
#include "unit/inspection/linted_catalog.hpp"

using namespace nava;
using namespace nava::schema;
using namespace nava::inspection;
using namespace nava::test;

using action = referential_action;

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
    REQUIRE(own.tables.size() == 16);
    CHECK(found_in(own) == faults{});
  }
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
