// SPDX-License-Identifier: Apache-2.0
#include "integration/inspection/drifts.hpp"

using namespace nava;
using namespace nava::test;
using inspection::finding;

namespace {

// Changes the text of a table's CREATE statement and leaves its rows alone.
std::string edited(const std::string& table, const std::string& from, const std::string& to) {
  return "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = replace(sql, '" + from +
         "', '" + to + "') WHERE type = 'table' AND name = '" + table + "'";
}

const std::vector<drift> sqlite_edits{
    {"column-type", "workflow_task.attempt",
     edited("workflow_task", "\"attempt\" INTEGER", "\"attempt\" INT")},
    {"column-type", "workflow_message.content",
     edited("workflow_message", "\"content\" TEXT", "\"content\" ANY")},
    {"column-nullable", "workflow.title",
     edited("workflow", "\"title\" TEXT NOT NULL", "\"title\" TEXT")},
    {"column-not-null", "workflow_task.desc",
     edited("workflow_task", "\"desc\" TEXT", "\"desc\" TEXT NOT NULL")},
    {"column-default", "workflow.title",
     edited("workflow", "\"title\" TEXT NOT NULL", "\"title\" TEXT NOT NULL DEFAULT ''x''")},
    {"column-collation", "workflow.title",
     edited("workflow", "\"title\" TEXT", "\"title\" TEXT COLLATE NOCASE")},
    {"primary-key-name", "workflow_step.pk_workflow_step",
     edited("workflow_step", "\"pk_workflow_step\"", "\"step_pk\"")},
    {"unique-name", "workflow.uq_workflow_resource",
     edited("workflow", "CONSTRAINT \"uq_workflow_resource\"", "")},
    {"missing-check", "workflow_memory.ck_workflow_memory_params",
     edited("workflow_memory",
            "CONSTRAINT \"ck_workflow_memory_params\" CHECK (json_valid(\"params\")),", "")},
    {"check-expression", "workflow.ck_workflow_paused",
     edited("workflow", "(\"paused\" IN (''NEW'', ", "(\"paused\" IN (")},
    {"check-name", "claim_note.ck_claim_note_read",
     edited("claim_note", "ck_claim_note_read", "ck_read")},
    {"extra-check", "workflow.progress >= 0",
     edited("workflow", "\"progress\" REAL NOT NULL",
            "\"progress\" REAL NOT NULL CHECK (progress >= 0)")},
    {"missing-foreign-key", "workflow_memory.fk_workflow_memory_workflow_id",
     edited("workflow_memory",
            ",\n  CONSTRAINT \"fk_workflow_memory_workflow_id\" FOREIGN KEY (\"workflow_id\") "
            "REFERENCES "
            "\"workflow\" (\"_id\") ON DELETE CASCADE ON UPDATE CASCADE",
            "")},
    {"foreign-key-name", "workflow_memory.fk_workflow_memory_workflow_id",
     edited("workflow_memory", "CONSTRAINT \"fk_workflow_memory_workflow_id\"", "")},
    {"foreign-key-columns", "claim_note.fk_claim_note_workflow_id",
     edited("claim_note", "FOREIGN KEY (\"workflow_id\")", "FOREIGN KEY (\"author\")")},
    {"foreign-key-target", "claim_note.fk_claim_note_workflow_id",
     edited("claim_note", "REFERENCES \"workflow\" (\"_id\")",
            "REFERENCES \"workflow_memory\" (\"workflow_id\")")},
    {"foreign-key-on-delete", "workflow_task.fk_workflow_task_workflow_id",
     edited("workflow_task", "ON DELETE CASCADE", "ON DELETE SET NULL")},
    {"foreign-key-on-update", "workflow_task.fk_workflow_task_workflow_id",
     edited("workflow_task", "ON UPDATE CASCADE", "")},
    {"foreign-key-deferrable", "workflow_task.fk_workflow_task_workflow_id",
     edited("workflow_task", "ON UPDATE CASCADE",
            "ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED")},
    {"extra-foreign-key", "workflow_task.(step_id)",
     edited("workflow_task", "\"step_id\" TEXT",
            "\"step_id\" TEXT REFERENCES workflow_step (selector)")},
    {"missing-index", "workflow_event.uq_workflow_event_key", "DROP INDEX uq_workflow_event_key"},
    {"index-columns", "claim_note.ix_claim_note_at",
     "DROP INDEX ix_claim_note_at; CREATE INDEX ix_claim_note_at ON claim_note (\"at\")"},
    {"index-condition", "workflow_event.uq_workflow_event_key",
     "DROP INDEX uq_workflow_event_key; CREATE UNIQUE INDEX uq_workflow_event_key ON "
     "workflow_event "
     "(workflow_id, event_key) WHERE event_key <> ''"},
    {"index-not-unique", "workflow_event.uq_workflow_event_key",
     "DROP INDEX uq_workflow_event_key; CREATE INDEX uq_workflow_event_key ON workflow_event "
     "(workflow_id, event_key) WHERE event_key IS NOT NULL"},
    {"index-kind", "claim_note.ix_claim_note_at",
     "DROP INDEX ix_claim_note_at; CREATE UNIQUE INDEX ix_claim_note_at ON claim_note (\"at\", "
     "author)"},
    {"index-order", "claim_note.ix_claim_note_at",
     "DROP INDEX ix_claim_note_at; CREATE INDEX ix_claim_note_at ON claim_note (\"at\" DESC, "
     "author)"},
    {"index-name", "claim_note.ix_claim_note_at",
     "DROP INDEX ix_claim_note_at; CREATE INDEX ix_other ON claim_note (\"at\", author)"},
    {"extra-index", "workflow.ix_status", "CREATE INDEX ix_status ON workflow (status)"},
    {"extra-index", "workflow.ix_title", "CREATE UNIQUE INDEX ix_title ON workflow (lower(note))"},
    {"extra-trigger", "workflow.watch",
     "CREATE TRIGGER watch AFTER UPDATE ON workflow BEGIN SELECT 1; END"},
    {"extra-column", "workflow.colour",
     "ALTER TABLE workflow ADD COLUMN colour TEXT CHECK (colour <> '')"},
    {"extra-table", "leftover", "CREATE TABLE leftover (a)"},
};

const std::vector<drift> sqlite_losses{
    {"missing-table", "workflow_task", "DROP TABLE workflow_task"},
    {"missing-table", "claim_note", "DROP TABLE claim_note"},
    {"other-kind-of-table", "claim_note",
     "DROP TABLE claim_note; CREATE VIEW Claim_Note AS SELECT 1"},
    {"missing-column", "workflow.note", "ALTER TABLE workflow DROP COLUMN note"},
    {"missing-column", "claim_note.author",
     "DROP INDEX ix_claim_note_at; ALTER TABLE claim_note DROP COLUMN author"},
};

/// A fault of how a SQLite table is stored, which takes a new table with the rows of the old one.
struct remake {
  std::string rule;
  std::string object;
  std::string table;
  std::string from;  ///< in the text of its CREATE statement
  std::string to;
};

const std::vector<remake> sqlite_remakes{
    {"not-strict", "workflow_step", "workflow_step", "STRICT, WITHOUT ROWID", "WITHOUT ROWID"},
    {"with-rowid", "workflow_step", "workflow_step", "STRICT, WITHOUT ROWID", "STRICT"},
    {"primary-key-columns", "workflow_step.pk_workflow_step", "workflow_step",
     "PRIMARY KEY (\"workflow_id\", \"_id\")", "PRIMARY KEY (\"_id\", \"workflow_id\")"},
    {"missing-unique", "workflow_step.uq_workflow_step_selector", "workflow_step",
     "CONSTRAINT \"uq_workflow_step_selector\" UNIQUE (\"workflow_id\", \"selector\"),", ""},
    {"unique-columns", "workflow.uq_workflow_resource", "workflow",
     "UNIQUE (\"resource_id\", \"resource_name\", \"wfdef_key\")",
     "UNIQUE (\"resource_id\", \"resource_name\")"},
    {"column-generated", "workflow_inbox.seq", "workflow_inbox", "(\"seq\" AUTOINCREMENT)",
     "(\"seq\")"},
    {"extra-index", "workflow.(_id, title)", "workflow", "CONSTRAINT \"ck_workflow_status\"",
     "UNIQUE (\"_id\", \"title\"), CONSTRAINT \"ck_workflow_status\""},
};

void make(raw_session& raw, const remake& what) {
  std::string text = raw.value("SELECT sql FROM sqlite_master WHERE name = '" + what.table + "'");
  const std::size_t at = text.find(what.from);
  REQUIRE(at != std::string::npos);
  text.replace(at, what.from.size(), what.to);
  const auto indexes = raw.run(
      "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT "
      "NULL AND tbl_name = '" +
      what.table + "'");
  run_each(raw, "PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON; ALTER TABLE " + what.table +
                    " RENAME TO old; " + text + "; INSERT INTO " + what.table +
                    " SELECT * FROM old; DROP TABLE old");
  for (const auto& index : indexes) raw.run(index.front());
}

// What a mended file holds is whole, and a view of a table that was made anew still reads it.
void check_whole(const filled<sqlite_file>& live) {
  const auto raw = live.database.raw();
  CHECK(raw->value("PRAGMA integrity_check") == "ok");
  CHECK(raw->run("PRAGMA foreign_key_check").empty());
  CHECK(raw->value("SELECT count(*) FROM titles") == "2");
}

}  // namespace

TEST_CASE("schema drift: SQLite: many faults are mended in the order of the findings") {
  filled<sqlite_file> live;
  std::size_t faults = 0;
  for (const drift& each : sqlite_edits) {
    if (!each.object.starts_with("workflow.") || each.rule == "extra-trigger") continue;
    // Of two edits to one column of the text, the second would find nothing to edit.
    if (each.rule == "column-default" || each.rule == "column-collation") continue;
    run_each(*live.database.raw(), each.sql);
    ++faults;
  }
  REQUIRE(faults >= 6);
  check_all_mended(live, faults);
}

TEST_CASE("schema drift: SQLite: a name in another case is the same name") {
  filled<sqlite_file> live;
  run_each(
      *live.database.raw(),
      "ALTER TABLE workflow RENAME note TO Note; ALTER TABLE workflow RENAME status TO Status; "
      "ALTER TABLE workflow_event RENAME event_key TO Event_Key; "
      "ALTER TABLE workflow_step RENAME TO step; ALTER TABLE step RENAME TO Workflow_Step; "
      "ALTER TABLE workflow RENAME _id TO _ID; DROP INDEX ix_claim_note_at; "
      "CREATE INDEX IX_claim_note_at ON Claim_Note (AT, Author)");
  CHECK(described(live.differences()).empty());
}

TEST_CASE("schema drift: SQLite: no table is made anew with a row that refers to nothing") {
  filled<sqlite_file> live;
  const auto raw = live.database.raw();
  run_each(*raw, edited("workflow_step", "STRICT, WITHOUT ROWID", "WITHOUT ROWID"));
  const auto lost = live.database.raw();
  run_each(
      *lost,
      "PRAGMA foreign_keys=OFF; DELETE FROM workflow WHERE _id = (SELECT max(_id) FROM workflow)");
  const std::string before = live.database.dump();
  const auto found = live.differences();
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == "not-strict");
  const auto mending = live.database.raw();
  const auto run_line = [&] {
    for (const std::string& statement : statements_of(found[0].statement)) mending->run(statement);
  };
  CHECK_THROWS_WITH(run_line(), Catch::Contains("no row refers to nothing"));
  CHECK(live.database.dump() == before);
  // The transaction is over: what comes next is kept.
  CHECK_NOTHROW(mending->run("BEGIN IMMEDIATE"));
  mending->run("ROLLBACK");
}

TEST_CASE("schema drift: SQLite: each kind is found, and mended by its statement") {
  std::vector<drift> all = joined({sqlite_edits, sqlite_losses});
  for (const remake& each : sqlite_remakes) all.push_back({each.rule, each.object, {}});
  CHECK(kinds(all) >= 30);
  for (const drift& each : joined({sqlite_edits, sqlite_losses})) {
    filled<sqlite_file> live;
    const auto raw = live.database.raw();
    raw->run("CREATE VIEW titles AS SELECT title FROM workflow");
    const std::string before = live.database.dump();
    // A semicolon within a trigger does not end it.
    if (each.rule == "extra-trigger")
      raw->run(each.sql);
    else
      run_each(*raw, each.sql);
    check_found_and_mended(live, each);
    if (!each.rule.starts_with("missing-")) CHECK(live.database.dump() == before);
    check_whole(live);
  }
}

TEST_CASE("schema drift: SQLite: each kind of how a table is stored is found and mended") {
  for (const remake& each : sqlite_remakes) {
    filled<sqlite_file> live;
    const auto raw = live.database.raw();
    raw->run("CREATE VIEW titles AS SELECT title FROM workflow");
    const std::string before = live.database.dump();
    make(*raw, each);
    check_found_and_mended(live, {each.rule, each.object, each.from + " -> " + each.to});
    CHECK(live.database.dump() == before);
    check_whole(live);
  }
}
