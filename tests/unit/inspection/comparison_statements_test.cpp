// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "support/compared_catalogs.hpp"

using namespace nava;
using namespace nava::schema;
using namespace nava::inspection;
using namespace nava::test;
using namespace nava::test::compared;

TEST_CASE("comparison: a table that is missing takes its keys and those that lead to it along") {
  const auto remove_parent = [](catalog& live) {
    remove(live.tables, "workflow");
    for (auto& each : live.tables) each.foreign_keys.clear();
  };
  const std::string made = statement_after(remove_parent, postgresql(), "nava");
  CHECK(made.starts_with("CREATE TABLE \"nava\".\"workflow\" (\"_id\" uuid NOT NULL, "));
  CHECK(made.find(") WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05); CREATE INDEX "
                  "\"ix_workflow_ts_finish\" ON \"nava\".\"workflow\" "
                  "(\"ts_finish\", \"_id\") WHERE \"ts_finish\" IS NOT NULL; CREATE INDEX "
                  "\"ix_workflow_open\" ON \"nava\".\"workflow\" (\"_id\") WHERE ") !=
        std::string::npos);
  CHECK(made.find("(\"company_id\", \"_id\") WHERE \"company_id\" IS NOT NULL; "
                  "ALTER TABLE \"nava\".\"workflow_step\" ADD CONSTRAINT "
                  "\"fk_workflow_step_workflow_id\" FOREIGN KEY (\"workflow_id\") REFERENCES "
                  "\"nava\".\"workflow\" (\"_id\") ON DELETE CASCADE ON UPDATE CASCADE NOT VALID; "
                  "ALTER TABLE \"nava\".\"workflow_step\" VALIDATE CONSTRAINT "
                  "\"fk_workflow_step_workflow_id\";") != std::string::npos);
  CHECK(made.find("\"fk_claim_note_workflow_id\"") != std::string::npos);

  const auto remove_child = [](catalog& live) { remove(live.tables, "claim_note"); };
  CHECK(statement_after(remove_child, postgresql(), "nava")
            .ends_with("CREATE INDEX \"ix_claim_note_at\" ON \"nava\".\"claim_note\" (\"at\", "
                       "\"author\"); ALTER TABLE \"nava\".\"claim_note\" ADD CONSTRAINT "
                       "\"fk_claim_note_workflow_id\" FOREIGN KEY (\"workflow_id\") REFERENCES "
                       "\"nava\".\"workflow\" (\"_id\") ON DELETE CASCADE ON UPDATE CASCADE;"));
  CHECK(statement_after(remove_child, sqlite(), "main")
            .find("REFERENCES \"workflow\" (\"_id\") ON DELETE CASCADE ON UPDATE CASCADE) STRICT, "
                  "WITHOUT ROWID; CREATE UNIQUE INDEX \"uq_claim_note_rank\" ON \"claim_note\"") !=
        std::string::npos);
}

TEST_CASE("comparison: no statement drops data") {
  auto live = sqlite();
  auto& note = table_of(live, "claim_note");
  note.columns.push_back(new_column("colour"));
  note.strict = false;
  const auto found = findings_of(live, "main");
  REQUIRE(found.size() == 2);
  CHECK(found[0].rule == "not-strict");
  CHECK(found[0].message.ends_with(
      "; no statement: rebuilding the table would drop (colour) and the data there, so rename or "
      "drop what is not described first"));
  CHECK(found[1].rule == "extra-column");
  CHECK(found[1].message ==
        "the column is not described; drop it and its data with: ALTER TABLE \"claim_note\" DROP "
        "COLUMN \"colour\"");
  for (const auto& each : found) CHECK(each.statement.empty());
}

TEST_CASE("comparison: a column that may have been renamed is told how to be renamed back") {
  auto live = postgresql();
  auto& note = table_of(live, "claim_note");
  column_of(note, "title").name = "titel";
  column_of(note, "pages").name = "leaves";
  const auto found = findings_of(live);
  const auto& titel = *std::find_if(found.begin(), found.end(), [](const finding& each) {
    return each.object == "nava.claim_note.titel";
  });
  CHECK(titel.statement.empty());
  CHECK(titel.message ==
        "the column is not described; if it is title under another name: ALTER TABLE "
        "\"nava\".\"claim_note\" RENAME COLUMN \"titel\" TO \"title\"; drop it and its data with: "
        "ALTER TABLE \"nava\".\"claim_note\" DROP COLUMN \"titel\"");
  const auto& leaves = *std::find_if(found.begin(), found.end(), [](const finding& each) {
    return each.object == "nava.claim_note.leaves";
  });
  CHECK(leaves.message.find("RENAME COLUMN \"leaves\" TO \"pages\"") != std::string::npos);
}

TEST_CASE("comparison: a table made anew says what goes with the old one") {
  auto live = sqlite();
  auto& note = table_of(live, "claim_note");
  note.triggers.push_back({"watch"});
  note.strict = false;
  CHECK(
      findings_of(live, "main")[0].message.ends_with("; rebuilding the table drops trigger watch"));
}

TEST_CASE(
    "comparison: a table made anew keeps the trigger of a key that somebody else's table has") {
  auto live = sqlite();
  auto& page = live.tables.emplace_back();
  page.schema = "main";
  page.name = "page";
  auto& key = page.foreign_keys.emplace_back();
  key.name = "fk_page_step";
  key.target_schema = "main";
  key.target_table = "workflow_step";
  auto& step = table_of(live, "workflow_step");
  step.triggers.push_back({"fk_page_step_set_null", true, "CREATE TRIGGER of_a_key"});
  CHECK(findings_of(live, "main").size() == 1);  // The table itself is extra.
  table_of(live, "workflow_step").strict = false;
  const auto found = findings_of(live, "main");
  REQUIRE(found.size() == 2);
  CHECK(found[0].rule == "not-strict");
  CHECK(found[0].message.find("trigger") == std::string::npos);
  CHECK(found[0].statement.find(" RENAME TO \"workflow_step\";") <
        found[0].statement.find("CREATE TRIGGER of_a_key;"));
  CHECK(found[0].statement.find("CREATE TRIGGER of_a_key;") != std::string::npos);
}

TEST_CASE("comparison: statements that refuse to be sent together say so") {
  auto live = postgresql();
  auto& note = table_of(live, "claim_note");
  remove(note.indexes, "ix_claim_note_at");
  remove(note.indexes, "uq_claim_note_title");
  const auto found = findings_of(live);
  REQUIRE(found.size() == 2);
  CHECK(found[0].message ==
        "a unique constraint (workflow_id, title) is missing; run each "
        "statement by itself");
  CHECK(found[1].message == "an index (at, author) is missing");
}

TEST_CASE("comparison: PostgreSQL lets writers go on where it can") {
  const auto sql = [](auto make) {
    return statement_after([&](catalog& live) { make(table_of(live, "claim_note")); }, postgresql(),
                           "nava");
  };
  CHECK(sql([](auto& in) { remove(in.indexes, "ix_claim_note_at"); }) ==
        "CREATE INDEX CONCURRENTLY \"ix_claim_note_at\" ON \"nava\".\"claim_note\" (\"at\", "
        "\"author\");");
  CHECK(sql([](auto& in) { remove(in.indexes, "uq_claim_note_title"); }) ==
        "CREATE UNIQUE INDEX CONCURRENTLY \"uq_claim_note_title\" ON \"nava\".\"claim_note\" "
        "(\"workflow_id\", \"title\"); ALTER TABLE \"nava\".\"claim_note\" ADD CONSTRAINT "
        "\"uq_claim_note_title\" UNIQUE USING INDEX \"uq_claim_note_title\";");
  CHECK(sql([](auto& in) { index_of(in, "uq_claim_note_rank").where.clear(); })
            .starts_with("DROP INDEX CONCURRENTLY \"nava\".\"uq_claim_note_rank\"; CREATE UNIQUE "
                         "INDEX CONCURRENTLY \"uq_claim_note_rank\" ON "));
  CHECK(sql([](auto& in) { remove(in.checks, "ck_claim_note_mark"); }) ==
        "ALTER TABLE \"nava\".\"claim_note\" ADD CONSTRAINT \"ck_claim_note_mark\" CHECK "
        "(\"mark\" IN ('SEEN')) NOT VALID; ALTER TABLE \"nava\".\"claim_note\" VALIDATE CONSTRAINT "
        "\"ck_claim_note_mark\";");
  CHECK(sql([](auto& in) { column_of(in, "at").type = "timestamp without time zone"; }) ==
        "ALTER TABLE \"nava\".\"claim_note\" ALTER COLUMN \"at\" TYPE timestamp with time zone "
        "USING \"at\" AT TIME ZONE 'UTC';");
}
