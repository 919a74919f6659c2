// SPDX-License-Identifier: Apache-2.0
#include <nava/inspection/comparison.hpp>
#include <nava/inspection/read_catalog.hpp>
#include <nava/inspection/schema_check.hpp>
#include <set>

#include "support/catalogs.hpp"
#include "support/files.hpp"
#include "support/sql_script.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::test;
using inspection::finding;

namespace {

// One by one, since CONCURRENTLY refuses to be one of several.
void run_each(raw_session& raw, const std::string& line) {
  for (const std::string& statement : statements_of(line)) {
    INFO(statement);
    try {
      raw.run(statement);
    } catch (const std::runtime_error& failure) {
      FAIL(failure.what());
    }
  }
}

/// Nava's tables, one of an application's, and rows in each.
template <class Database>
class filled {
 public:
  filled() {
    const auto store = database.open();
    for (const std::uint64_t number : {1, 2}) REQUIRE(applied(*store, first_unit(number)));
    const auto raw = database.raw();
    run_each(*raw, schema::create_statements(claim_database::extensions, dialect()));
    raw->run(
        "INSERT INTO claim_note (workflow_id, _id, \"text\", urgent, pages, weight, \"at\", data, "
        "mark) SELECT workflow_id, _id, 'x', " +
        std::string{is_sqlite ? "1" : "true"} +
        ", 3, 0.5, '2026-01-01T00:00:00Z', '{}', 'SEEN' FROM workflow_step");
  }

  /// What the catalog alone shows, whatever migrations say.
  [[nodiscard]] std::vector<finding> differences() const {
    constexpr std::string_view known[] = {"nava_migration"};
    return inspection::compare(inspection::read_catalog(database.url(), place()),
                               claim_database::description, place(), known);
  }

  /// What `nava schema check` finds.
  [[nodiscard]] std::vector<finding> findings() const {
    inspection::check_options options;
    if constexpr (!is_sqlite) options.schema = database.schema();
    return inspection::check_schema(database.url(), claim_database::description, options);
  }

  [[nodiscard]] std::string place() const {
    if constexpr (is_sqlite)
      return "main";
    else
      return database.schema();
  }

  Database database;

 private:
  static constexpr bool is_sqlite = std::is_same_v<Database, sqlite_file>;

  static schema::dialect dialect() {
    return is_sqlite ? schema::dialect::sqlite : schema::dialect::postgresql;
  }
  static bool applied(persistence::store& store, const nava::unit_of_work& unit) {
    return store.create(unit) == nava::commit_result::applied;
  }
};

/// SQL that makes one fault, and the only finding there is of it.
struct drift {
  std::string rule;
  std::string object;  ///< without the schema
  std::string sql;
};

std::string described(const std::vector<finding>& findings) {
  std::string text;
  for (const finding& each : findings)
    text.append(each.rule + " " + each.object + ": " + each.message + "\n");
  return text;
}

// SQL that a person runs after a look at the data, or at who made this and what for.
std::string dropping(const finding& found) {
  constexpr std::string_view before = " with: DROP ", before_column = " with: ALTER ";
  std::size_t at = found.message.find(before);
  if (at == std::string::npos) at = found.message.find(before_column);
  constexpr std::size_t lead = std::string_view{" with: "}.size();
  return at == std::string::npos ? std::string{} : found.message.substr(at + lead);
}

// What an application may have made for itself, and no statement drops.
bool may_be_wanted(const finding& found) {
  constexpr std::string_view rules[] = {"extra-column", "extra-table", "extra-trigger",
                                        "extra-rule"};
  return std::ranges::find(rules, found.rule) != std::end(rules) ||
         (found.rule == "extra-index" && found.message.find("index (") != std::string::npos);
}

template <class Database>
void check_found_and_mended(filled<Database>& live, const drift& expected) {
  INFO(expected.rule << ' ' << expected.object << ": " << expected.sql);
  const auto found = live.findings();
  INFO(described(found));
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == expected.rule);
  CHECK(found[0].object == live.place() + "." + expected.object);
  // What no line of SQL mends.
  if (expected.rule == "other-kind-of-table") {
    CHECK(found[0].statement.empty());
    return;
  }
  CHECK(found[0].statement.empty() == may_be_wanted(found[0]));
  const std::string mends = may_be_wanted(found[0]) ? dropping(found[0]) : found[0].statement;
  REQUIRE_FALSE(mends.empty());
  INFO(mends);
  run_each(*live.database.raw(), mends);
  CHECK(described(live.findings()).empty());
}

template <class Database>
void check_all_mended(const filled<Database>& live, std::size_t faults) {
  const auto found = live.findings();
  INFO(described(found));
  CHECK(found.size() == faults);
  // While it has a column that is not described, a SQLite table is not made anew.
  for (auto left = found; const int round : {1, 2}) {
    INFO("round " << round);
    for (const finding& each : left)
      run_each(*live.database.raw(), each.statement.empty() ? dropping(each) : each.statement);
    left = live.findings();
  }
  CHECK(described(live.findings()).empty());
}

const std::vector<drift> postgresql_table_drifts{
    {"missing-table", "workflow_task", "DROP TABLE workflow_task"},
    {"missing-table", "claim_note", "DROP TABLE claim_note"},
    {"missing-table", "workflow", "DELETE FROM workflow; DROP TABLE workflow CASCADE"},
    {"extra-table", "leftover", "CREATE TABLE leftover (a int)"},
    {"other-kind-of-table", "workflow_message",
     "DROP TABLE workflow_message; CREATE TABLE workflow_message (workflow_id uuid NOT NULL, seq "
     "bigint NOT NULL, \"timestamp\" timestamptz NOT NULL, source text NOT NULL, content text NOT "
     "NULL, CONSTRAINT pk_workflow_message PRIMARY KEY (workflow_id, seq), CONSTRAINT "
     "fk_workflow_message_workflow_id FOREIGN KEY (workflow_id) REFERENCES workflow (_id) ON "
     "DELETE CASCADE ON UPDATE CASCADE) PARTITION BY HASH (workflow_id); CREATE TABLE part "
     "PARTITION "
     "OF workflow_message FOR VALUES WITH (MODULUS 1, REMAINDER 0)"},
    {"unlogged", "workflow_step", "ALTER TABLE workflow_step SET UNLOGGED"},
    {"row-security", "workflow", "ALTER TABLE workflow ENABLE ROW LEVEL SECURITY"},
    {"fillfactor", "workflow", "ALTER TABLE workflow RESET (fillfactor)"},
    {"fillfactor", "workflow_event", "ALTER TABLE workflow_event SET (fillfactor = 50)"},
    {"autovacuum-off", "workflow", "ALTER TABLE workflow SET (autovacuum_enabled = off)"},
    {"storage-parameter", "workflow_event.autovacuum_vacuum_scale_factor",
     "ALTER TABLE workflow_event RESET (autovacuum_vacuum_scale_factor)"},
    {"storage-parameter", "claim_note.autovacuum_vacuum_threshold",
     "ALTER TABLE claim_note SET (autovacuum_vacuum_threshold = 7)"},
    {"extra-storage-parameter", "workflow_task.vacuum_truncate",
     "ALTER TABLE workflow_task SET (vacuum_truncate)"},
    {"other-kind-of-table", "claim_note",
     "DROP TABLE claim_note; CREATE VIEW claim_note AS SELECT _id FROM workflow"},
    {"other-kind-of-table", "workflow",
     "DELETE FROM workflow; DROP TABLE workflow CASCADE; CREATE MATERIALIZED VIEW workflow AS "
     "SELECT 1"},
    {"extra-rule", "workflow.keep", "CREATE RULE keep AS ON DELETE TO workflow DO INSTEAD NOTHING"},
    {"extra-trigger", "workflow.watch",
     "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE "
     "TRIGGER watch BEFORE UPDATE ON workflow FOR EACH ROW EXECUTE FUNCTION watch()"},
};

const std::vector<drift> postgresql_column_drifts{
    {"missing-column", "workflow.note", "ALTER TABLE workflow DROP COLUMN note"},
    {"missing-column", "workflow_step.selector",
     "DELETE FROM claim_note; DELETE FROM workflow_step; ALTER TABLE workflow_step DROP COLUMN "
     "selector"},
    {"missing-column", "workflow_task.status",
     "DELETE FROM workflow_task; ALTER TABLE workflow_task DROP COLUMN status"},
    {"missing-column", "workflow_memory.workflow_id",
     "DELETE FROM workflow_memory; ALTER TABLE workflow_memory DROP COLUMN workflow_id"},
    {"missing-column", "claim_note.last_mark", "ALTER TABLE claim_note DROP COLUMN last_mark"},
    {"missing-column", "workflow._id",
     "DELETE FROM workflow; ALTER TABLE workflow DROP COLUMN _id CASCADE"},
    {"extra-column", "workflow.colour", "ALTER TABLE workflow ADD COLUMN colour text"},
    {"extra-column", "workflow_task.colour",
     "DELETE FROM workflow_task; ALTER TABLE workflow_task ADD COLUMN colour uuid NOT NULL UNIQUE "
     "CHECK (colour <> _id) REFERENCES workflow"},
    {"column-type", "workflow_message.content",
     "ALTER TABLE workflow_message ALTER COLUMN content TYPE varchar(500)"},
    {"column-type", "workflow.status", "ALTER TABLE workflow ALTER COLUMN status TYPE varchar(20)"},
    {"column-type", "claim_note.mark", "ALTER TABLE claim_note ALTER COLUMN mark TYPE char(9)"},
    {"column-type", "workflow_task.attempt",
     "ALTER TABLE workflow_task ALTER COLUMN attempt TYPE int"},
    {"column-type", "workflow_memory.params",
     "ALTER TABLE workflow_memory ALTER COLUMN params TYPE json"},
    {"column-type", "workflow_event.at",
     "ALTER TABLE workflow_event ALTER COLUMN \"at\" TYPE timestamp USING \"at\" AT TIME ZONE "
     "'UTC'"},
    {"column-nullable", "workflow.title", "ALTER TABLE workflow ALTER COLUMN title DROP NOT NULL"},
    {"column-not-null", "workflow.note",
     "UPDATE workflow SET note = ''; ALTER TABLE workflow ALTER COLUMN note SET NOT NULL"},
    {"column-default", "workflow.title", "ALTER TABLE workflow ALTER COLUMN title SET DEFAULT 'x'"},
    {"column-generated", "workflow.last_seq",
     "ALTER TABLE workflow ALTER COLUMN last_seq ADD GENERATED BY DEFAULT AS IDENTITY"},
    {"column-generated", "workflow_task.attempt",
     "ALTER TABLE workflow_task DROP COLUMN attempt; ALTER TABLE workflow_task ADD COLUMN attempt "
     "bigint NOT NULL GENERATED ALWAYS AS (attempts_max + 1) STORED"},
    {"column-collation", "workflow.title",
     "ALTER TABLE workflow ALTER COLUMN title TYPE text COLLATE \"C\""},
};

const std::vector<drift> postgresql_key_drifts{
    {"missing-primary-key", "workflow_step.pk_workflow_step",
     "ALTER TABLE workflow_step DROP CONSTRAINT pk_workflow_step"},
    {"primary-key-columns", "workflow_step.pk_workflow_step",
     "ALTER TABLE workflow_step DROP CONSTRAINT pk_workflow_step, ADD CONSTRAINT pk_workflow_step "
     "PRIMARY KEY (_id)"},
    {"primary-key-name", "workflow_step.pk_workflow_step",
     "ALTER TABLE workflow_step RENAME CONSTRAINT pk_workflow_step TO workflow_step_pkey"},
    {"missing-unique", "workflow.uq_workflow_resource",
     "ALTER TABLE workflow DROP CONSTRAINT uq_workflow_resource"},
    {"unique-columns", "workflow.uq_workflow_resource",
     "ALTER TABLE workflow DROP CONSTRAINT uq_workflow_resource, ADD CONSTRAINT "
     "uq_workflow_resource UNIQUE (resource_id, resource_name)"},
    {"unique-name", "workflow.uq_workflow_resource",
     "ALTER TABLE workflow RENAME CONSTRAINT uq_workflow_resource TO workflow_resource"},
    {"deferrable-key", "workflow.uq_workflow_resource",
     "ALTER TABLE workflow DROP CONSTRAINT uq_workflow_resource, ADD CONSTRAINT "
     "uq_workflow_resource UNIQUE (resource_id, resource_name, wfdef_key) DEFERRABLE"},
    {"nulls-not-distinct", "workflow.uq_workflow_resource",
     "ALTER TABLE workflow DROP CONSTRAINT uq_workflow_resource, ADD CONSTRAINT "
     "uq_workflow_resource UNIQUE NULLS NOT DISTINCT (resource_id, resource_name, wfdef_key)"},
    {"index-included", "workflow_step.pk_workflow_step",
     "ALTER TABLE workflow_step DROP CONSTRAINT pk_workflow_step, ADD CONSTRAINT pk_workflow_step "
     "PRIMARY KEY (workflow_id, _id) INCLUDE (status)"},
    {"index-kind", "workflow.uq_workflow_resource",
     "ALTER TABLE workflow DROP CONSTRAINT uq_workflow_resource; CREATE UNIQUE INDEX "
     "uq_workflow_resource ON workflow (resource_id, resource_name, wfdef_key)"},
    {"index-not-unique", "workflow.uq_workflow_resource",
     "ALTER TABLE workflow DROP CONSTRAINT uq_workflow_resource; CREATE INDEX "
     "uq_workflow_resource ON workflow (resource_id, resource_name, wfdef_key)"},
    {"missing-index", "workflow_event.uq_workflow_event_key", "DROP INDEX uq_workflow_event_key"},
    {"index-columns", "claim_note.ix_claim_note_at",
     "DROP INDEX ix_claim_note_at; CREATE INDEX ix_claim_note_at ON claim_note (\"at\")"},
    {"index-columns", "claim_note.ix_claim_note_at",
     "DROP INDEX ix_claim_note_at; CREATE INDEX ix_claim_note_at ON claim_note (\"at\", "
     "(coalesce(author, _id)))"},
    {"index-condition", "workflow_event.uq_workflow_event_key",
     "DROP INDEX uq_workflow_event_key; CREATE UNIQUE INDEX uq_workflow_event_key ON "
     "workflow_event "
     "(workflow_id, event_key) WHERE event_key <> ''"},
    {"index-condition", "claim_note.ix_claim_note_at",
     "DROP INDEX ix_claim_note_at; CREATE INDEX ix_claim_note_at ON claim_note (\"at\", author) "
     "WHERE urgent"},
    {"index-not-unique", "workflow_event.uq_workflow_event_key",
     "DROP INDEX uq_workflow_event_key; CREATE INDEX uq_workflow_event_key ON workflow_event "
     "(workflow_id, event_key) WHERE event_key IS NOT NULL"},
    {"index-kind", "workflow_event.uq_workflow_event_key",
     "DROP INDEX uq_workflow_event_key; ALTER TABLE workflow_event ADD CONSTRAINT "
     "uq_workflow_event_key UNIQUE (workflow_id, event_key)"},
    {"index-kind", "claim_note.ix_claim_note_at",
     "DROP INDEX ix_claim_note_at; ALTER TABLE claim_note ADD CONSTRAINT ix_claim_note_at EXCLUDE "
     "USING btree (_id WITH =)"},
    {"index-invalid", "workflow_event.uq_workflow_event_key",
     "UPDATE pg_index SET indisvalid = false WHERE indexrelid = "
     "'uq_workflow_event_key'::regclass"},
    {"index-method", "claim_note.ix_claim_note_at",
     "DROP INDEX ix_claim_note_at; CREATE INDEX ix_claim_note_at ON claim_note USING brin (\"at\", "
     "author)"},
    {"index-order", "claim_note.ix_claim_note_at",
     "DROP INDEX ix_claim_note_at; CREATE INDEX ix_claim_note_at ON claim_note (\"at\" DESC, "
     "author)"},
    {"index-name", "claim_note.ix_claim_note_at",
     "ALTER INDEX ix_claim_note_at RENAME TO ix_other"},
    {"extra-index", "workflow.ix_status", "CREATE INDEX ix_status ON workflow (status)"},
    {"extra-index", "workflow.ix_title", "CREATE UNIQUE INDEX ix_title ON workflow (lower(note))"},
    {"extra-index", "workflow.uq_other",
     "ALTER TABLE workflow ADD CONSTRAINT uq_other UNIQUE (_id, title)"},
    {"extra-index", "workflow.ex_other",
     "ALTER TABLE workflow ADD CONSTRAINT ex_other EXCLUDE USING btree (_id WITH =)"},
};

std::string with_key(const std::string& reference) {
  return "ALTER TABLE workflow_memory DROP CONSTRAINT fk_workflow_memory_workflow_id, ADD "
         "CONSTRAINT "
         "fk_workflow_memory_workflow_id FOREIGN KEY (workflow_id) REFERENCES " +
         reference;
}

const std::vector<drift> postgresql_constraint_drifts{
    {"missing-check", "workflow.ck_workflow_status",
     "ALTER TABLE workflow DROP CONSTRAINT ck_workflow_status"},
    {"check-expression", "workflow_stage.ck_workflow_stage_status",
     "ALTER TABLE workflow_stage DROP CONSTRAINT ck_workflow_stage_status, ADD CONSTRAINT "
     "ck_workflow_stage_status CHECK (status IN ('ACTIVE', 'ERROR', 'COMPLETED', 'LOST'))"},
    {"check-not-validated", "claim_note.ck_claim_note_mark",
     "ALTER TABLE claim_note DROP CONSTRAINT ck_claim_note_mark, ADD CONSTRAINT ck_claim_note_mark "
     "CHECK (mark = 'SEEN') NOT VALID"},
    {"check-name", "workflow.ck_workflow_status",
     "ALTER TABLE workflow RENAME CONSTRAINT ck_workflow_status TO workflow_status_check"},
    {"extra-check", "workflow.ck_other",
     "ALTER TABLE workflow ADD CONSTRAINT ck_other CHECK (progress >= 0)"},
    {"missing-foreign-key", "workflow_memory.fk_workflow_memory_workflow_id",
     "ALTER TABLE workflow_memory DROP CONSTRAINT fk_workflow_memory_workflow_id"},
    {"foreign-key-name", "workflow_memory.fk_workflow_memory_workflow_id",
     "ALTER TABLE workflow_memory RENAME CONSTRAINT fk_workflow_memory_workflow_id TO fk_workflow"},
    {"foreign-key-columns", "claim_note.fk_claim_note_workflow_id",
     "ALTER TABLE claim_note DROP CONSTRAINT fk_claim_note_workflow_id, ADD CONSTRAINT "
     "fk_claim_note_workflow_id FOREIGN KEY (author) REFERENCES workflow ON DELETE CASCADE ON "
     "UPDATE CASCADE"},
    {"foreign-key-target", "claim_note.fk_claim_note_workflow_id",
     "ALTER TABLE claim_note DROP CONSTRAINT fk_claim_note_workflow_id, ADD CONSTRAINT "
     "fk_claim_note_workflow_id FOREIGN KEY (workflow_id) REFERENCES workflow_memory ON DELETE "
     "CASCADE ON UPDATE CASCADE"},
    {"foreign-key-on-delete", "workflow_memory.fk_workflow_memory_workflow_id",
     with_key("workflow ON DELETE RESTRICT ON UPDATE CASCADE")},
    {"foreign-key-on-update", "workflow_memory.fk_workflow_memory_workflow_id",
     with_key("workflow ON DELETE CASCADE")},
    {"foreign-key-deferrable", "workflow_memory.fk_workflow_memory_workflow_id",
     with_key("workflow ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED")},
    {"foreign-key-match", "workflow_memory.fk_workflow_memory_workflow_id",
     with_key("workflow MATCH FULL ON DELETE CASCADE ON UPDATE CASCADE")},
    {"foreign-key-not-validated", "workflow_memory.fk_workflow_memory_workflow_id",
     with_key("workflow ON DELETE CASCADE ON UPDATE CASCADE NOT VALID")},
    {"foreign-key-not-enforced", "workflow_memory.fk_workflow_memory_workflow_id",
     "ALTER TABLE workflow_memory DISABLE TRIGGER ALL"},
    {"extra-foreign-key", "workflow_memory.fk_other",
     "ALTER TABLE workflow_memory ADD CONSTRAINT fk_other FOREIGN KEY (workflow_id) REFERENCES "
     "workflow"},
};

std::vector<drift> joined(std::initializer_list<std::vector<drift>> lists) {
  std::vector<drift> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

std::size_t kinds(const std::vector<drift>& drifts) {
  std::set<std::string> rules;
  for (const drift& each : drifts) rules.insert(each.rule);
  return rules.size();
}

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

struct condition {
  std::string_view sql;
  bool is_read = true;  ///< from what PostgreSQL prints
};

constexpr condition conditions[] = {
    {"\"kind\" NOT IN ('a')"},
    {"\"kind\" NOT IN ('a', 'b')"},
    {"\"_id\" IS NOT DISTINCT FROM 3"},
    {"\"_id\" IS DISTINCT FROM 3"},
    {"\"_id\" > 1e3"},
    {"\"score\" > -1.50E-3"},
    {"\"score\" > 1e3"},
    {"CASE WHEN \"_id\" > 3 THEN \"kind\" = 'a' ELSE \"score\" IS NULL END", false}};

template <class Database>
std::vector<finding> differences_when_made(const schema::database_description& expected) {
  Database database;
  std::string place = "main";
  auto dialect = schema::dialect::sqlite;
  if constexpr (std::is_same_v<Database, sqlite_file>) {
    write(database.path(), "");
  } else {
    place = database.schema();
    dialect = schema::dialect::postgresql;
    database.raw()->run("CREATE SCHEMA " + place);
  }
  const auto raw = database.raw();
  run_each(*raw, schema::create_statements(expected, dialect));
  raw->run("INSERT INTO odd VALUES (1, 'it''s', NULL)");
  return inspection::compare(inspection::read_catalog(database.url(), place), expected, place);
}

}  // namespace

TEMPLATE_TEST_CASE("schema drift: a database that was just made, with rows in it, has none", "",
                   sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  const filled<TestType> live;
  CHECK(described(live.findings()).empty());
}

TEST_CASE("schema drift: PostgreSQL: each kind is found, and mended by its statement") {
  if (!postgresql_schema::available()) return;
  const auto drifts = joined({postgresql_table_drifts, postgresql_column_drifts,
                              postgresql_key_drifts, postgresql_constraint_drifts});
  CHECK(kinds(drifts) >= 45);
  for (const drift& each : drifts) {
    filled<postgresql_schema> live;
    run_each(*live.database.raw(), each.sql);
    check_found_and_mended(live, each);
  }
}

TEST_CASE("schema drift: PostgreSQL: an index whose building failed is found, and built") {
  if (!postgresql_schema::available()) return;
  filled<postgresql_schema> live;
  const auto raw = live.database.raw();
  raw->run("ALTER TABLE workflow DROP CONSTRAINT uq_workflow_resource");
  raw->run("UPDATE workflow SET resource_id = 'same'");
  CHECK_THROWS(
      raw->run("CREATE UNIQUE INDEX CONCURRENTLY uq_workflow_resource ON workflow (resource_id, "
               "resource_name, wfdef_key)"));
  raw->run("UPDATE workflow SET resource_id = _id::text");
  const auto found = live.findings();
  INFO(described(found));
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == "index-invalid");
  run_each(*raw, found[0].statement);
  CHECK(described(live.findings()).empty());
}

TEST_CASE("schema drift: PostgreSQL: an empty schema is filled by the statements") {
  if (!postgresql_schema::available()) return;
  filled<postgresql_schema> live;
  const auto raw = live.database.raw();
  raw->run("DROP SCHEMA " + live.place() + " CASCADE");
  raw->run("CREATE SCHEMA " + live.place());
  for (const finding& each : live.differences()) run_each(*raw, each.statement);
  CHECK(described(live.differences()).empty());
}

TEST_CASE("schema drift: PostgreSQL: many faults are mended in the order of the findings") {
  if (!postgresql_schema::available()) return;
  filled<postgresql_schema> live;
  run_each(*live.database.raw(),
           "ALTER TABLE workflow_step DROP CONSTRAINT pk_workflow_step, DROP COLUMN src_step, ADD "
           "CONSTRAINT pk_workflow_step PRIMARY KEY (workflow_id, _id, stage_key); DELETE FROM "
           "workflow; DROP TABLE workflow_memory; ALTER TABLE workflow DROP CONSTRAINT pk_workflow "
           "CASCADE; ALTER TABLE workflow ADD CONSTRAINT pk_workflow PRIMARY KEY (_id, note)");
  // Two keys, the column that one of them made NOT NULL, the column and the table that are missing,
  // and the eight keys that led to the key; that of workflow_memory goes with its table.
  check_all_mended(live, 13);
}

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

TEMPLATE_TEST_CASE("schema drift: a renamed column keeps its data, whatever statements are run", "",
                   sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  filled<TestType> live;
  const auto raw = live.database.raw();
  const std::string titles = raw->value("SELECT max(title) FROM workflow");
  raw->run("ALTER TABLE workflow RENAME title TO titel");
  for (const finding& each : live.findings())
    for (const std::string& statement : statements_of(each.statement)) try {
        raw->run(statement);
      } catch (const std::runtime_error&) {
        // ADD COLUMN … NOT NULL, of a table with rows.
      }
  CHECK(raw->value("SELECT max(titel) FROM workflow") == titles);
  const auto found = live.findings();
  INFO(described(found));
  const auto extra = std::ranges::find(found, std::string{"extra-column"}, &finding::rule);
  REQUIRE(extra != found.end());
  const std::size_t begin = extra->message.find("ALTER TABLE");
  run_each(*raw, extra->message.substr(begin, extra->message.find(';', begin) - begin));
  CHECK(described(live.findings()).empty());
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

TEMPLATE_TEST_CASE("schema drift: a table that was just made is no fault, whatever its conditions",
                   "", sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  using kind = schema::index_description::kind;
  const std::string_view values[] = {"it's", "a"};
  const schema::column_description columns[] = {{"_id", schema::column_type::bigint, false, {}},
                                                {"kind", schema::column_type::text, false, values},
                                                {"score", schema::column_type::real, true, {}}};
  const std::string_view id[] = {"_id"};
  for (const condition& each : conditions) {
    INFO(each.sql);
    const schema::index_description indexes[] = {{kind::primary_key, "pk_odd", id, {}},
                                                 {kind::unique, "uq_odd", id, each.sql}};
    const schema::table_description tables[] = {{"odd", columns, indexes, {}, {}}};
    const auto found = differences_when_made<TestType>({tables});
    INFO(described(found));
    REQUIRE(found.size() == (each.is_read || std::is_same_v<TestType, sqlite_file> ? 0 : 1));
    for (const finding& note : found) {
      CHECK(note.rule == "not-read");
      CHECK(note.how_bad == inspection::severity::note);
      CHECK(note.message.find('\n') == std::string::npos);
    }
  }
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

TEST_CASE("schema drift: PostgreSQL: a locked table leaves its conditions unread") {
  if (!postgresql_schema::available()) return;
  const filled<postgresql_schema> live;
  const auto locking = live.database.raw();
  locking->run("BEGIN");
  locking->run("LOCK TABLE workflow_stage");
  const auto found = live.differences();
  INFO(described(found));
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == "not-read");
  CHECK(found[0].object == live.place() + ".workflow_stage.ck_workflow_stage_status");
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
