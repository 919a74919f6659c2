// SPDX-License-Identifier: Apache-2.0
#include <nava/inspection/lint.hpp>

#include "unit/inspection/linted_catalog.hpp"

using namespace nava;
using namespace nava::schema;
using namespace nava::inspection;
using namespace nava::test;

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
