// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/inspection/lint.hpp>

#include "unit/inspection/linted_catalog.hpp"

using namespace nava;
using namespace nava::schema;
using namespace nava::inspection;
using namespace nava::test;

using action = referential_action;

TEST_CASE("lint: two keys to one table are found, one is not") {
  catalog database;
  add_key(database, "project", "owner_id", "person");
  CHECK(found_in(database) == faults{});
  add_key(database, "project", "created_by", "person");
  const finding found = only_finding(database);
  CHECK(found.rule == "several-foreign-keys");
  CHECK(found.object == "public.project -> public.person");
  CHECK(found.message ==
        "2 foreign keys join them: fk_project_owner_id (owner_id), fk_project_created_by "
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
          "2 paths join them, and they may end at different rows: directly, by "
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
               "more paths leave this table than were followed; the longest were left "
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
