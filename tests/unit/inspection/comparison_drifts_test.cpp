// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "support/compared_catalogs.hpp"

using namespace nava;
using namespace nava::schema;
using namespace nava::inspection;
using namespace nava::test;
using namespace nava::test::compared;

namespace {

catalog_index new_index(catalog_index::kind kind, std::string_view name,
                        std::vector<std::string> columns) {
  catalog_index made;
  made.what = kind;
  made.name = name;
  made.columns = std::move(columns);
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

}  // namespace

TEST_CASE("comparison: each difference is one finding, whatever it entails") {
  for (const drift& each : common_drifts()) {
    check_found(each, postgresql(), "nava");
    check_found(each, sqlite(), "main");
  }
  for (const drift& each : postgresql_drifts()) check_found(each, postgresql(), "nava");
  for (const drift& each : sqlite_drifts()) check_found(each, sqlite(), "main");
}
