// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <nava/inspection/comparison.hpp>
#include <set>

#include "support/catalogs.hpp"
#include "support/catch.hpp"

using namespace nava;
using namespace nava::schema;
using namespace nava::inspection;
using namespace nava::test;

namespace {

catalog postgresql() {
  return catalog_of(claim_database::description, dialect::postgresql, "nava");
}
catalog sqlite() { return catalog_of(claim_database::description, dialect::sqlite, "main"); }

std::vector<finding> findings_of(const catalog& live, std::string_view schema = "nava") {
  return compare(live, claim_database::description, schema);
}

catalog_table& table_of(catalog& live, std::string_view name) {
  return *std::find_if(live.tables.begin(), live.tables.end(),
                       [&](const auto& each) { return each.name == name; });
}

template <class Parts>
auto& named(Parts& parts, std::string_view name) {
  return *std::find_if(parts.begin(), parts.end(),
                       [&](const auto& each) { return each.name == name; });
}

template <class Parts>
void remove(Parts& parts, std::string_view name) {
  parts.erase(std::find_if(parts.begin(), parts.end(),
                           [&](const auto& each) { return each.name == name; }));
}

catalog_column& column_of(catalog_table& in, std::string_view name) {
  return named(in.columns, name);
}
catalog_index& index_of(catalog_table& in, std::string_view name) {
  return named(in.indexes, name);
}

catalog_column new_column(std::string_view name) {
  catalog_column made;
  made.name = name;
  made.type = "text";
  return made;
}

catalog_index new_index(catalog_index::kind kind, std::string_view name,
                        std::vector<std::string> columns) {
  catalog_index made;
  made.what = kind;
  made.name = name;
  made.columns = std::move(columns);
  return made;
}

catalog_table new_table(std::string_view schema, std::string_view name) {
  catalog_table made;
  made.schema = schema;
  made.name = name;
  return made;
}

/// A difference of the table claim_note, and the only finding that it makes.
struct drift {
  std::string rule;
  std::string part;  ///< of the table; empty: the table
  std::function<void(catalog_table&)> make;
};

// Of both kinds of database.
std::vector<drift> common_drifts() {
  return {
      {"missing-column", "title",
       [](auto& in) {
         remove(in.columns, "title");
         remove(in.indexes, "uq_claim_note_title");
       }},
      {"missing-column", "last_mark",
       [](auto& in) {
         remove(in.columns, "last_mark");
         remove(in.checks, "ck_claim_note_last_mark");
       }},
      {"missing-column", "workflow_id",
       [](auto& in) {
         remove(in.columns, "workflow_id");
         in.indexes = {named(in.indexes, "ix_claim_note_at")};
         in.foreign_keys.clear();
       }},
      {"extra-column", "colour", [](auto& in) { in.columns.push_back(new_column("colour")); }},
      {"extra-column", "colour",
       [](auto& in) {
         in.columns.push_back(new_column("colour"));
         in.columns.back().nullable = false;
         in.checks.push_back({"ck_colour", "(colour <> ''::text)"});
         in.indexes.push_back(
             new_index(catalog_index::kind::unique_index, "ix_colour", {"(lower(colour))"}));
         in.indexes.push_back(new_index(catalog_index::kind::index, "ix_carries", {"at"}));
         in.indexes.back().included = {"colour"};
       }},
      {"column-type", "text",
       [](auto& in) { column_of(in, "text").type = "character varying(20)"; }},
      {"column-nullable", "text", [](auto& in) { column_of(in, "text").nullable = true; }},
      {"column-not-null", "title", [](auto& in) { column_of(in, "title").nullable = false; }},
      {"column-default", "pages",
       [](auto& in) { column_of(in, "pages").default_expression = "0"; }},
      {"column-generated", "pages", [](auto& in) { column_of(in, "pages").generated = "(1 + 1)"; }},
      {"column-collation", "text", [](auto& in) { column_of(in, "text").collation = "C"; }},
      {"missing-primary-key", "pk_claim_note",
       [](auto& in) { remove(in.indexes, "pk_claim_note"); }},
      {"primary-key-columns", "pk_claim_note",
       [](auto& in) { index_of(in, "pk_claim_note").columns = {"_id"}; }},
      {"primary-key-name", "pk_claim_note",
       [](auto& in) { index_of(in, "pk_claim_note").name = "claim_note_pkey"; }},
      {"missing-unique", "uq_claim_note_title",
       [](auto& in) { remove(in.indexes, "uq_claim_note_title"); }},
      {"unique-columns", "uq_claim_note_title",
       [](auto& in) {
         index_of(in, "uq_claim_note_title").columns = {"title", "workflow_id"};
       }},
      {"unique-name", "uq_claim_note_title",
       [](auto& in) { index_of(in, "uq_claim_note_title").name = ""; }},
      {"missing-index", "ix_claim_note_at",
       [](auto& in) { remove(in.indexes, "ix_claim_note_at"); }},
      {"missing-index", "uq_claim_note_rank",
       [](auto& in) { remove(in.indexes, "uq_claim_note_rank"); }},
      {"index-columns", "ix_claim_note_at",
       [](auto& in) { index_of(in, "ix_claim_note_at").columns = {"at"}; }},
      {"index-name", "ix_claim_note_at",
       [](auto& in) { index_of(in, "ix_claim_note_at").name = "ix_other"; }},
      {"index-condition", "uq_claim_note_rank",
       [](auto& in) { index_of(in, "uq_claim_note_rank").where = "(rank > 5)"; }},
      {"index-condition", "uq_claim_note_rank",
       [](auto& in) { index_of(in, "uq_claim_note_rank").where.clear(); }},
      {"index-condition", "ix_claim_note_at",
       [](auto& in) { index_of(in, "ix_claim_note_at").where = "(rank > 5)"; }},
      {"index-not-unique", "uq_claim_note_rank",
       [](auto& in) { index_of(in, "uq_claim_note_rank").what = catalog_index::kind::index; }},
      {"index-kind", "uq_claim_note_title",
       [](auto& in) {
         index_of(in, "uq_claim_note_title").what = catalog_index::kind::unique_index;
       }},
      {"index-kind", "ix_claim_note_at",
       [](auto& in) { index_of(in, "ix_claim_note_at").what = catalog_index::kind::unique_index; }},
      {"index-order", "ix_claim_note_at",
       [](auto& in) { index_of(in, "ix_claim_note_at").plain = false; }},
      {"index-order", "ix_claim_note_at",
       [](auto& in) { index_of(in, "ix_claim_note_at").descending = 2; }},
      {"extra-index", "ix_extra",
       [](auto& in) {
         in.indexes.push_back(new_index(catalog_index::kind::index, "ix_extra", {"rank"}));
       }},
      {"extra-index", "(rank, score)",
       [](auto& in) {
         in.indexes.push_back(
             new_index(catalog_index::kind::unique_constraint, "", {"rank", "score"}));
       }},
      {"missing-check", "ck_claim_note_mark",
       [](auto& in) { remove(in.checks, "ck_claim_note_mark"); }},
      {"check-expression", "ck_claim_note_mark",
       [](auto& in) {
         named(in.checks, "ck_claim_note_mark").expression = "(mark = 'NEW'::text)";
       }},
      {"check-name", "ck_claim_note_mark",
       [](auto& in) { named(in.checks, "ck_claim_note_mark").name = "claim_note_mark_check"; }},
      {"extra-check", "ck_extra",
       [](auto& in) {
         in.checks.push_back({"ck_extra", "(rank > 0)"});
       }},
      {"extra-check", "rank > 0",
       [](auto& in) {
         in.checks.push_back({"", "rank > 0"});
       }},
      {"missing-foreign-key", "fk_claim_note_workflow_id",
       [](auto& in) { in.foreign_keys.clear(); }},
      {"foreign-key-name", "fk_claim_note_workflow_id",
       [](auto& in) { in.foreign_keys[0].name = ""; }},
      {"foreign-key-columns", "fk_claim_note_workflow_id",
       [](auto& in) { in.foreign_keys[0].columns = {"_id"}; }},
      {"foreign-key-target", "fk_claim_note_workflow_id",
       [](auto& in) { in.foreign_keys[0].target_table = "workflow_memory"; }},
      {"foreign-key-target", "fk_claim_note_workflow_id",
       [](auto& in) { in.foreign_keys[0].target_columns = {"title"}; }},
      {"foreign-key-on-delete", "fk_claim_note_workflow_id",
       [](auto& in) { in.foreign_keys[0].on_delete = referential_action::set_null; }},
      {"foreign-key-on-update", "fk_claim_note_workflow_id",
       [](auto& in) { in.foreign_keys[0].on_update = referential_action::no_action; }},
      {"foreign-key-deferrable", "fk_claim_note_workflow_id",
       [](auto& in) { in.foreign_keys[0].deferrable = true; }},
      {"foreign-key-deferrable", "fk_claim_note_workflow_id",
       [](auto& in) {
         in.foreign_keys[0].deferrable = in.foreign_keys[0].initially_deferred = true;
       }},
      {"extra-foreign-key", "fk_extra",
       [](auto& in) {
         in.foreign_keys.push_back(in.foreign_keys[0]);
         in.foreign_keys[1].name = "fk_extra";
       }},
      {"extra-foreign-key", "(author)",
       [](auto& in) {
         catalog_foreign_key made;
         made.columns = {"author"};
         made.target_table = "person";
         in.foreign_keys.push_back(made);
       }},
      {"extra-trigger", "watch", [](auto& in) { in.triggers.push_back({"watch"}); }},
  };
}

std::vector<drift> postgresql_drifts() {
  return {
      {"other-kind-of-table", "",
       [](auto& in) {
         in.what = catalog_table::kind::partitioned;
         in.fillfactor = 100;
       }},
      {"other-kind-of-table", "",
       [](auto& in) {
         in.what = catalog_table::kind::foreign;
         in.indexes.clear();
         in.checks.clear();
         in.foreign_keys.clear();
       }},
      {"column-generated", "pages", [](auto& in) { column_of(in, "pages").generated = "ALWAYS"; }},
      {"index-kind", "uq_claim_note_title",
       [](auto& in) { index_of(in, "uq_claim_note_title").what = catalog_index::kind::exclusion; }},
      {"index-method", "ix_claim_note_at",
       [](auto& in) { index_of(in, "ix_claim_note_at").method = "hash"; }},
      {"index-included", "ix_claim_note_at",
       [](auto& in) { index_of(in, "ix_claim_note_at").included = {"text"}; }},
      {"index-invalid", "uq_claim_note_rank",
       [](auto& in) { index_of(in, "uq_claim_note_rank").valid = false; }},
      {"nulls-not-distinct", "uq_claim_note_title",
       [](auto& in) { index_of(in, "uq_claim_note_title").nulls_distinct = false; }},
      {"deferrable-key", "pk_claim_note",
       [](auto& in) { index_of(in, "pk_claim_note").deferrable = true; }},
      {"extra-index", "ex_extra",
       [](auto& in) {
         in.indexes.push_back(new_index(catalog_index::kind::exclusion, "ex_extra", {"rank"}));
       }},
      {"check-not-validated", "ck_claim_note_mark",
       [](auto& in) { named(in.checks, "ck_claim_note_mark").validated = false; }},
      {"foreign-key-target", "fk_claim_note_workflow_id",
       [](auto& in) { in.foreign_keys[0].target_schema = "public"; }},
      {"foreign-key-match", "fk_claim_note_workflow_id",
       [](auto& in) { in.foreign_keys[0].match_full = true; }},
      {"foreign-key-not-validated", "fk_claim_note_workflow_id",
       [](auto& in) { in.foreign_keys[0].validated = false; }},
      {"foreign-key-not-enforced", "fk_claim_note_workflow_id",
       [](auto& in) { in.foreign_keys[0].enforced = false; }},
      {"extra-rule", "keep", [](auto& in) { in.rules.push_back({"keep"}); }},
      {"row-security", "", [](auto& in) { in.row_security = true; }},
      {"unlogged", "", [](auto& in) { in.logged = false; }},
      {"fillfactor", "", [](auto& in) { in.fillfactor = 50; }},
      {"autovacuum-off", "", [](auto& in) { in.autovacuum = false; }},
      {"storage-parameter", "autovacuum_vacuum_threshold", [](auto& in) { in.storage.clear(); }},
      {"storage-parameter", "autovacuum_vacuum_threshold",
       [](auto& in) { in.storage[0].value = "101"; }},
      {"extra-storage-parameter", "parallel_workers",
       [](auto& in) {
         in.storage.push_back({"parallel_workers", "2"});
       }},
  };
}

std::vector<drift> sqlite_drifts() {
  return {
      {"not-strict", "", [](auto& in) { in.strict = false; }},
      {"with-rowid", "", [](auto& in) { in.without_rowid = false; }},
      {"missing-check", "ck_claim_note_read",
       [](auto& in) { remove(in.checks, "ck_claim_note_read"); }},
      {"check-expression", "ck_claim_note_data",
       [](auto& in) { named(in.checks, "ck_claim_note_data").expression = "1"; }},
  };
}

bool is_one_line_of_sql(const std::string& statement) {
  return statement.ends_with(';') && statement.find('\n') == std::string::npos;
}

void check_found(const drift& expected, catalog live, const std::string& schema) {
  INFO(schema << ": " << expected.rule << ' ' << expected.part);
  expected.make(table_of(live, "claim_note"));
  const auto found = findings_of(live, schema);
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == expected.rule);
  CHECK(found[0].object ==
        schema + ".claim_note" + (expected.part.empty() ? "" : "." + expected.part));
  CHECK_FALSE(found[0].message.empty());
  // The last are for a person to drop.
  const bool has_none =
      expected.rule == "other-kind-of-table" || expected.rule == "extra-column" ||
      expected.rule == "extra-trigger" || expected.rule == "extra-rule" ||
      (expected.rule == "extra-index" && found[0].message.find("index (") != std::string::npos);
  CHECK(has_none == found[0].statement.empty());
  CHECK((has_none || is_one_line_of_sql(found[0].statement)));
}

std::string statement_after(const std::function<void(catalog&)>& make, catalog live,
                            std::string_view schema) {
  make(live);
  const auto found = findings_of(live, schema);
  REQUIRE(found.size() == 1);
  return found[0].statement;
}

}  // namespace

TEST_CASE("comparison: a database that is as described has no findings") {
  CHECK(findings_of(postgresql()).empty());
  CHECK(findings_of(sqlite(), "main").empty());
}

TEST_CASE("comparison: each difference is one finding, whatever it entails") {
  for (const drift& each : common_drifts()) {
    check_found(each, postgresql(), "nava");
    check_found(each, sqlite(), "main");
  }
  for (const drift& each : postgresql_drifts()) check_found(each, postgresql(), "nava");
  for (const drift& each : sqlite_drifts()) check_found(each, sqlite(), "main");
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

TEST_CASE("comparison: a table that is missing takes its keys and those that lead to it along") {
  const auto remove_parent = [](catalog& live) {
    remove(live.tables, "workflow");
    for (auto& each : live.tables) each.foreign_keys.clear();
  };
  const std::string made = statement_after(remove_parent, postgresql(), "nava");
  CHECK(made.starts_with("CREATE TABLE \"nava\".\"workflow\" (\"_id\" uuid NOT NULL, "));
  CHECK(made.find(") WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05); CREATE INDEX "
                  "\"ix_workflow_ts_finish\" ON \"nava\".\"workflow\" "
                  "(\"ts_finish\", \"_id\") WHERE \"ts_finish\" IS NOT NULL; "
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
