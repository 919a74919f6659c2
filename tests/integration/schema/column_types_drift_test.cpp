// SPDX-License-Identifier: Apache-2.0
#include <nava/inspection/schema_check.hpp>
#include <nava/persistence/migration.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_database.hpp>

#include "support/made_ledger.hpp"
#include "support/sql_script.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::persistence;
using namespace nava::test;
using namespace nava::test::ledger;

namespace {

struct item {
  std::int64_t id = 0;
  decimal<8, 2> price{};
};
struct item_table : table<item, "item", column<"id", &item::id>, column<"price", &item::price>,
                          primary_key<&item::id>> {};
using priced = database<item_table>;

// A key of workflow and step, of which the deletion of a step sets the step alone.
struct page {
  uuid workflow_id{};
  std::int64_t number = 0;
  std::optional<uuid> step_id{};
};
struct page_table : table<page, "page", column<"workflow_id", &page::workflow_id>,
                          column<"number", &page::number>, column<"step_id", &page::step_id>,
                          primary_key<&page::workflow_id, &page::number>,
                          workflow_foreign_key<&page::workflow_id>,
                          index_on<"ix_page_step_id", &page::workflow_id, &page::step_id>,
                          foreign_key<"", members<&page::workflow_id, &page::step_id>,
                                      members<&workflow_step::workflow_id, &workflow_step::id>,
                                      referential_action::set_null, referential_action::cascade,
                                      set_null_in<&page::step_id>>> {};
using paged = workflow_database<page_table>;

}  // namespace

TEST_CASE("column types: SQLite copies no decimal that may count other units") {
  for (const std::string& live :
       {std::string{"\"price\" REAL NOT NULL"}, std::string{"\"price\" INTEGER NOT NULL"},
        std::string{
            "\"price\" INTEGER NOT NULL, CONSTRAINT \"ck_item_price\" CHECK (\"price\" / 10000 "
            "BETWEEN -9999 AND 9999)"}}) {
    CAPTURE(live);
    sqlite_file database;
    (void)database.open();
    database.raw()->run("CREATE TABLE \"item\" (\"id\" INTEGER NOT NULL, " + live +
                        ", CONSTRAINT \"pk_item\" PRIMARY KEY (\"id\")) STRICT, WITHOUT ROWID");
    check_options options;
    options.migrations.clear();
    auto found = check_schema(database.url(), priced::description, options);
    std::erase_if(found, [](const auto& each) { return each.rule == "extra-table"; });
    REQUIRE_FALSE(found.empty());
    for (const auto& each : found) {
      CAPTURE(each.rule, each.message);
      CHECK(each.statement.empty());
      CHECK(each.message.find("(price) may count other units than are described") !=
            std::string::npos);
    }
  }
}

TEST_CASE("column types: a trigger on a table of Nava is known, kept, and not left behind") {
  sqlite_file database;
  (void)migrate(database.url());
  const std::string up = create_statements(paged::extensions, schema::dialect::sqlite);
  const auto to = [&](int version, const std::string& down) {
    const std::vector<migration> one{{1, "0001_page", up, down}};
    return migrate_to(database.url(), version, data_loss::accept, {},
                      migration_set{"pages", one, one});
  };
  (void)to(1, "DROP TABLE page");
  const auto nothing_wrong = [&](const schema::database_description& described) {
    check_options options;
    auto found = check_schema(database.url(), described, options);
    std::erase_if(found,
                  [](const auto& each) { return each.how_bad == inspection::severity::note; });
    for (const auto& each : found) UNSCOPED_INFO(each.rule << " " << each.object << each.message);
    CHECK(found.empty());
  };
  nothing_wrong(paged::description);
  nothing_wrong(workflow_database<>::description);

  const std::string trigger = "fk_page_workflow_id_step_id_set_null";
  const auto refusal = error_of([&] { (void)to(0, "DROP TABLE page"); });
  CHECK(refusal.kind() == error_kind::foreign_key);
  CHECK(std::string{refusal.what()}.find("trigger " + trigger + " leads to page") !=
        std::string::npos);
  CHECK(to(0, "DROP TRIGGER " + trigger + "; DROP TABLE page").version_after == 0);
  const auto store = database.open();
  CHECK(store->create(first_unit(1)) == commit_result::applied);
  CHECK(store->erase(first_unit(1).workflow.id));
}

TEMPLATE_TEST_CASE(
    "column types: what differs is found, and the statement that is printed mends it", "[schema]",
    sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  struct drift {
    std::string rule;
    std::string sql;
  };
  const std::string trigger = "fk_line_account_number_reverses_set_null";
  const std::vector<drift> of_postgresql{
      {"column-default", "ALTER TABLE account ALTER COLUMN level SET DEFAULT 1"},
      {"column-default", "ALTER TABLE account ALTER COLUMN balance SET DEFAULT -0.5"},
      {"column-default", "ALTER TABLE account ALTER COLUMN opened SET DEFAULT '2026-01-30'"},
      {"column-default", "ALTER TABLE account ALTER COLUMN seal SET DEFAULT '\\x00fe'"},
      {"column-default", "ALTER TABLE account ALTER COLUMN changed DROP DEFAULT"},
      {"column-default", "ALTER TABLE line ALTER COLUMN amount SET DEFAULT 0"},
      {"column-type",
       "ALTER TABLE account ALTER COLUMN opened DROP DEFAULT, ALTER COLUMN opened TYPE text, ALTER "
       "COLUMN opened SET DEFAULT '2026-01-31'"},
      {"column-type",
       "ALTER TABLE account ALTER COLUMN seal DROP DEFAULT, ALTER COLUMN seal TYPE text, ALTER "
       "COLUMN seal SET DEFAULT '\\x00ff'"},
      {"column-type", "ALTER TABLE line ALTER COLUMN amount TYPE numeric(18,8)"},
      {"column-type", "ALTER TABLE line ALTER COLUMN due TYPE timestamptz"},
      {"column-type", "ALTER TABLE line ALTER COLUMN labels TYPE varchar[]"},
      {"missing-check", "ALTER TABLE account DROP CONSTRAINT ck_account_level_range"},
      {"check-expression",
       "ALTER TABLE account DROP CONSTRAINT ck_account_level_range, ADD CONSTRAINT "
       "ck_account_level_range CHECK (level BETWEEN -5 AND 101)"},
      {"foreign-key-deferrable",
       "ALTER TABLE line ALTER CONSTRAINT fk_line_account_number NOT DEFERRABLE"},
      {"foreign-key-deferrable",
       "ALTER TABLE line ALTER CONSTRAINT fk_line_account_number_reverses DEFERRABLE"},
      {"foreign-key-on-delete",
       "ALTER TABLE line DROP CONSTRAINT fk_line_account_number_reverses, ADD CONSTRAINT "
       "fk_line_account_number_reverses FOREIGN KEY (account_number, reverses) REFERENCES line "
       "(account_number, place) ON DELETE SET NULL ON UPDATE CASCADE"}};
  const std::vector<drift> of_sqlite{
      {"missing-trigger", "DROP TRIGGER " + trigger},
      {"other-trigger", "DROP TRIGGER " + trigger + "; CREATE TRIGGER " + trigger +
                            " BEFORE DELETE ON \"line\" BEGIN SELECT 1; END"}};
  const std::vector<drift> of_both{
      {"missing-index", "DROP INDEX ix_account_opened"},
      {"missing-index", "DROP INDEX uq_account_owner"},
      {"index-order",
       "DROP INDEX ix_account_opened; CREATE INDEX ix_account_opened ON account (opened, level)"},
      {"index-order",
       "DROP INDEX ix_account_opened; CREATE INDEX ix_account_opened ON account (opened DESC, "
       "level "
       "DESC)"},
      {"index-columns",
       "DROP INDEX uq_account_owner; CREATE UNIQUE INDEX uq_account_owner ON account "
       "(upper(owner), bank)"},
      {"index-columns",
       "DROP INDEX uq_account_owner; CREATE UNIQUE INDEX uq_account_owner ON account (owner, "
       "bank)"}};
  const auto check = [](const drift& one) {
    CAPTURE(one.rule, one.sql);
    const made_ledger<TestType> made;
    const auto run = [&](const std::string& script) {
      for (const auto& statement : statements_of(script)) made.raw->run(statement);
    };
    CHECK(made.findings().empty());
    run(one.sql);
    const auto found = made.findings();
    REQUIRE(found.size() == 1);
    CAPTURE(found[0].message, found[0].statement);
    CHECK(found[0].rule == one.rule);
    run(found[0].statement);
    CHECK(made.findings().empty());
  };
  for (const auto& one : made_ledger<TestType>::is_sqlite ? of_sqlite : of_postgresql) check(one);
  for (const auto& one : of_both) check(one);
}
