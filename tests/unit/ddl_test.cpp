// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::schema;

namespace {

struct attachment {
  uuid workflow_id;
  uuid id;
  std::optional<std::string> name;
  bool checked;
  double size;
  json::object meta;
  stage_status status;
};

struct attachment_table
    : table<attachment, "claim_attachment", column<"workflow_id", &attachment::workflow_id>,
            column<"_id", &attachment::id>, column<"name", &attachment::name>,
            column<"checked", &attachment::checked>, column<"size", &attachment::size>,
            column<"meta", &attachment::meta>, column<"status", &attachment::status>,
            primary_key<&attachment::workflow_id, &attachment::id>,
            unique<"uq_attachment_name", &attachment::workflow_id, &attachment::name>,
            schema::index_on<"ix_attachment_size", &attachment::size>,
            workflow_foreign_key<&attachment::workflow_id>, fillfactor<70>> {};

std::string rendered(dialect dialect) {
  const auto tables = workflow_database<attachment_table>::description.tables;
  return create_statements({tables.last(1)}, dialect);
}

}  // namespace

TEST_CASE("ddl: an application's own table is rendered for PostgreSQL") {
  CHECK(rendered(dialect::postgresql) == R"(CREATE TABLE "claim_attachment" (
  "workflow_id" uuid NOT NULL,
  "_id" uuid NOT NULL,
  "name" text,
  "checked" boolean NOT NULL,
  "size" double precision NOT NULL,
  "meta" jsonb NOT NULL,
  "status" text NOT NULL,
  CONSTRAINT "pk_claim_attachment" PRIMARY KEY ("workflow_id", "_id"),
  CONSTRAINT "uq_attachment_name" UNIQUE ("workflow_id", "name"),
  CONSTRAINT "ck_claim_attachment_status" CHECK ("status" IN ('ACTIVE', 'ERROR', 'COMPLETED')),
  CONSTRAINT "fk_claim_attachment_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) WITH (fillfactor = 70);
CREATE INDEX "ix_attachment_size" ON "claim_attachment" ("size");
)");
}

TEST_CASE("ddl: an application's own table is rendered for SQLite") {
  CHECK(rendered(dialect::sqlite) == R"(CREATE TABLE "claim_attachment" (
  "workflow_id" TEXT NOT NULL,
  "_id" TEXT NOT NULL,
  "name" TEXT,
  "checked" INTEGER NOT NULL,
  "size" REAL NOT NULL,
  "meta" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  CONSTRAINT "pk_claim_attachment" PRIMARY KEY ("workflow_id", "_id"),
  CONSTRAINT "uq_attachment_name" UNIQUE ("workflow_id", "name"),
  CONSTRAINT "ck_claim_attachment_checked" CHECK ("checked" IN (0, 1)),
  CONSTRAINT "ck_claim_attachment_meta" CHECK (json_valid("meta")),
  CONSTRAINT "ck_claim_attachment_status" CHECK ("status" IN ('ACTIVE', 'ERROR', 'COMPLETED')),
  CONSTRAINT "fk_claim_attachment_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX "ix_attachment_size" ON "claim_attachment" ("size");
)");
}

TEST_CASE("ddl: identifiers are quoted, quotes in them doubled") {
  CHECK(quoted("desc") == "\"desc\"");
  CHECK(quoted("a\"b") == "\"a\"\"b\"");
  constexpr std::array<std::string_view, 2> columns{"order", "_id"};
  CHECK(quoted_list(columns) == "\"order\", \"_id\"");
  CHECK(quoted_list({}).empty());
}

TEST_CASE(
    "ddl: the eight keys of the schema have eight names and every child begins with its key") {
  std::vector<std::string_view> names;
  for (const auto& table : workflow_database<>::description.tables)
    for (const auto& key : table.foreign_keys) {
      names.push_back(key.name);
      CHECK(std::string{key.name} == "fk_" + std::string{table.name} + "_workflow_id");
      CHECK(key.on_delete == referential_action::cascade);
      CHECK(key.on_update == referential_action::cascade);
      CHECK(table.primary_key().columns.front() == "workflow_id");
    }
  std::sort(names.begin(), names.end());
  CHECK(names.size() == 8);
  CHECK(std::unique(names.begin(), names.end()) == names.end());
}

TEST_CASE("ddl: no index covers what every commit changes") {
  for (const auto& index : workflow_table::index_descriptions)
    for (const std::string_view hot : {"status", "progress", "revision", "last_seq", "_updated"}) {
      CHECK(std::count(index.columns.begin(), index.columns.end(), hot) == 0);
      CHECK(index.where.find(hot) == std::string_view::npos);
    }
}
