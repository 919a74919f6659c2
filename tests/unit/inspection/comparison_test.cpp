// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "support/compared_catalogs.hpp"

using namespace nava;
using namespace nava::schema;
using namespace nava::inspection;
using namespace nava::test;
using namespace nava::test::compared;

TEST_CASE("comparison: a database that is as described has no findings") {
  CHECK(findings_of(postgresql()).empty());
  CHECK(findings_of(sqlite(), "main").empty());
}

TEST_CASE("comparison: a storage parameter is the same however its number is written") {
  catalog live = postgresql();
  table_of(live, "claim_note").storage[0].value = "100.0";
  CHECK(findings_of(live).empty());
  const auto clear = [](catalog& in) { table_of(in, "claim_note").storage.clear(); };
  CHECK(statement_after(clear, postgresql(), "nava") ==
        "ALTER TABLE \"nava\".\"claim_note\" SET (autovacuum_vacuum_threshold = 100);");
  const auto add = [](catalog& in) {
    table_of(in, "claim_note").storage.push_back({"parallel_workers", "2"});
  };
  CHECK(statement_after(add, postgresql(), "nava") ==
        "ALTER TABLE \"nava\".\"claim_note\" RESET (parallel_workers);");
}

TEST_CASE("comparison: an empty database lacks the tables and nothing else") {
  catalog live;
  const auto found = findings_of(live);
  CHECK(found.size() == claim_database::description.tables.size());
  for (const auto& each : found) CHECK(each.rule == "missing-table");
}

TEST_CASE("comparison: tables that nobody described are findings unless they are known") {
  auto live = postgresql();
  for (const char* const name : {"nava_migration", "else"}) {
    live.tables.push_back(new_table("nava", name));
    live.tables.push_back(new_table("public", name));
  }
  CHECK(findings_of(live).size() == 2);
  const std::string_view known[] = {"nava_migration"};
  const auto found = compare(live, claim_database::description, "nava", known);
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == "extra-table");
  CHECK(found[0].object == "nava.else");
  CHECK(found[0].statement.empty());
  CHECK(found[0].message.ends_with("drop it and its data with: DROP TABLE \"nava\".\"else\""));
  CHECK(found[0].how_bad == severity::warning);
}

TEST_CASE("comparison: two differences of one part are two findings") {
  auto live = postgresql();
  auto& key = table_of(live, "claim_note").foreign_keys[0];
  key.on_delete = referential_action::restrict;
  key.on_update = referential_action::no_action;
  key.name = "claim_note_fkey";
  const auto found = findings_of(live);
  REQUIRE(found.size() == 2);
  CHECK(found[0].rule == "foreign-key-on-delete");
  CHECK(found[1].rule == "foreign-key-on-update");
  // One cure for both, and for the name.
  CHECK(found[0].statement == found[1].statement);
  CHECK(found[0].statement.starts_with(
      "ALTER TABLE \"nava\".\"claim_note\" DROP CONSTRAINT \"claim_note_fkey\", ADD CONSTRAINT "
      "\"fk_claim_note_workflow_id\" FOREIGN KEY"));
}

TEST_CASE("comparison: what a database prints differently is no difference") {
  auto live = postgresql();
  index_of(table_of(live, "claim_note"), "uq_claim_note_rank").where =
      "((rank > '-5'::integer) AND ((title IS NULL) OR (mark = 'SEEN'::text)))";
  std::reverse(table_of(live, "claim_note").columns.begin(),
               table_of(live, "claim_note").columns.end());
  CHECK(findings_of(live).empty());
  live = sqlite();
  column_of(table_of(live, "claim_note"), "title").type = "text";
  CHECK(findings_of(live, "main").empty());
}

TEST_CASE("comparison: what could not be read is a note") {
  auto live = postgresql();
  auto& note = table_of(live, "claim_note");
  named(note.checks, "ck_claim_note_mark").expression = unread_expression;
  index_of(note, "uq_claim_note_rank").where = unread_expression;
  const auto found = findings_of(live);
  REQUIRE(found.size() == 2);
  for (const auto& each : found) {
    CHECK(each.rule == "not-read");
    CHECK(each.how_bad == severity::note);
  }
  index_of(note, "ix_claim_note_at").where = unread_expression;
  CHECK(findings_of(live).size() == 3);
}

TEST_CASE("comparison: on SQLite names are the same whatever their case") {
  auto live = sqlite();
  auto& note = table_of(live, "claim_note");
  note.name = "Claim_Note";
  column_of(note, "mark").name = "Mark";
  named(note.checks, "ck_claim_note_mark").expression = "\"Mark\" IN ('SEEN')";
  index_of(note, "uq_claim_note_title").columns = {"workflow_id", "Title"};
  column_of(note, "title").name = "Title";
  index_of(note, "ix_claim_note_at").name = "IX_claim_note_at";
  note.foreign_keys[0].name = "FK_claim_note_workflow_id";
  note.foreign_keys[0].target_table = "Workflow";
  note.foreign_keys[0].target_columns = {"_ID"};
  live.tables.push_back(new_table("main", "Nava_Migration"));
  const std::string_view known[] = {"nava_migration"};
  CHECK(compare(live, claim_database::description, "main", known).empty());
  auto server = postgresql();
  column_of(table_of(server, "claim_note"), "text").name = "Text";
  CHECK(findings_of(server).size() == 2);
}

TEST_CASE("comparison: conditions that cannot be compared are a note") {
  auto live = postgresql();
  auto& note = table_of(live, "claim_note");
  named(note.checks, "ck_claim_note_mark").expression = "CASE WHEN (a) THEN b END";
  index_of(note, "uq_claim_note_rank").where = "CASE WHEN (a) THEN b END";
  const auto found = findings_of(live);
  REQUIRE(found.size() == 2);
  for (const auto& each : found) {
    CHECK(each.rule == "not-read");
    CHECK(each.how_bad == severity::note);
    CHECK(each.message.find("cannot be compared") != std::string::npos);
  }
}

TEST_CASE("comparison: a view in the place of a table is one finding") {
  for (auto live : {postgresql(), sqlite()}) {
    const std::string schema = live.what == dialect::sqlite ? "main" : "nava";
    remove(live.tables, "workflow");
    for (auto& each : live.tables) each.foreign_keys.clear();
    live.views = {{schema, "workflow"}, {schema, "titles"}};
    const auto found = findings_of(live, schema);
    REQUIRE(found.size() == 1);
    CHECK(found[0].rule == "other-kind-of-table");
    CHECK(found[0].statement.empty());
  }
}

TEST_CASE("comparison: a value with a quote in it is quoted") {
  const std::string_view values[] = {"it's", "a"};
  const column_description columns[] = {{"kind", column_type::text, false, values}};
  const table_description table{"odd", columns, {}, {}, {}};
  CHECK(checks_of(table, dialect::postgresql).at(0).expression == "\"kind\" IN ('it''s', 'a')");
}
