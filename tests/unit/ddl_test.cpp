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
            workflow_foreign_key<&attachment::workflow_id>, fillfactor<70>,
            storage<"autovacuum_vacuum_scale_factor", "0.1">> {};

struct note {
  uuid workflow_id;
  std::int64_t number;
};

struct note_table
    : table<note, "note", column<"workflow_id", &note::workflow_id>,
            column<"number", &note::number>, primary_key<&note::workflow_id, &note::number>,
            unique<"uq_note_number", &note::number>, workflow_foreign_key<&note::workflow_id>> {};

std::string rendered(dialect dialect) {
  return create_statements(workflow_database<attachment_table>::extensions, dialect);
}

struct team {
  uuid id;
  std::optional<uuid> leader_id;
};

struct member {
  uuid id;
  uuid team_id;
};

template <auto From, auto To, referential_action OnDelete>
using key = foreign_key<"", members<From>, members<To>, OnDelete, referential_action::cascade>;

struct team_table
    : table<team, "team", column<"_id", &team::id>, column<"leader_id", &team::leader_id>,
            primary_key<&team::id>, schema::index_on<"ix_team_leader_id", &team::leader_id>,
            key<&team::leader_id, &member::id, referential_action::set_null>> {};

struct member_table
    : table<member, "member", column<"_id", &member::id>, column<"team_id", &member::team_id>,
            primary_key<&member::id>, schema::index_on<"ix_member_team_id", &member::team_id>,
            key<&member::team_id, &team::id, referential_action::cascade>> {};

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
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.1);
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

TEST_CASE("ddl: of two tables with keys to each other, PostgreSQL gets one key afterwards") {
  CHECK(create_statements(database<team_table, member_table>::description, dialect::postgresql) ==
        R"(CREATE TABLE "team" (
  "_id" uuid NOT NULL,
  "leader_id" uuid,
  CONSTRAINT "pk_team" PRIMARY KEY ("_id")
);
CREATE INDEX "ix_team_leader_id" ON "team" ("leader_id");
CREATE TABLE "member" (
  "_id" uuid NOT NULL,
  "team_id" uuid NOT NULL,
  CONSTRAINT "pk_member" PRIMARY KEY ("_id"),
  CONSTRAINT "fk_member_team_id" FOREIGN KEY ("team_id") REFERENCES "team" ("_id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "ix_member_team_id" ON "member" ("team_id");
ALTER TABLE "team" ADD CONSTRAINT "fk_team_leader_id" FOREIGN KEY ("leader_id") REFERENCES "member" ("_id") ON DELETE SET NULL ON UPDATE CASCADE;
)");
}

TEST_CASE("ddl: SQLite, which cannot add a key, gets both keys with their tables") {
  const std::string statements =
      create_statements(database<team_table, member_table>::description, dialect::sqlite);
  CHECK(statements.find("ALTER TABLE") == std::string::npos);
  CHECK(statements.find("fk_team_leader_id") < statements.find("CREATE TABLE \"member\""));
}

TEST_CASE("ddl: distributed, tables lie by workflow and no key cascades a change of the id") {
  CHECK(rendered(dialect::distributed) == R"(CREATE TABLE "claim_attachment" (
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
  CONSTRAINT "fk_claim_attachment_workflow_id" FOREIGN KEY ("workflow_id") REFERENCES "workflow" ("_id") ON DELETE CASCADE ON UPDATE NO ACTION
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.1);
CREATE INDEX "ix_attachment_size" ON "claim_attachment" ("size");
SELECT create_distributed_table('"claim_attachment"', 'workflow_id', colocate_with => '"workflow"');
)");
}

TEST_CASE("ddl: distributed, the unique key of the resource is a table of its own") {
  const std::string statements =
      create_statements(distributed_workflow_database<>::description, dialect::distributed);
  CHECK(statements.find("uq_workflow_resource") == std::string::npos);
  CHECK(statements.find("ON UPDATE CASCADE") == std::string::npos);
  CHECK(statements.find(
            R"(SELECT create_distributed_table('"workflow"', '_id', colocate_with => 'none');
CREATE TABLE "workflow_resource" (
  "wfdef_key" text NOT NULL,
  "resource_name" text NOT NULL,
  "resource_id" text NOT NULL,
  "workflow_id" uuid NOT NULL,
  CONSTRAINT "pk_workflow_resource" PRIMARY KEY ("resource_id", "resource_name", "wfdef_key")
);
SELECT create_distributed_table('"workflow_resource"', 'resource_id', colocate_with => 'none');
)") != std::string::npos);
  CHECK(statements.find("SELECT create_reference_table('\"workflow_definition\"');\n") !=
        std::string::npos);
}

TEST_CASE("ddl: what cannot be distributed is refused by name") {
  CHECK_THROWS_WITH(
      create_statements(workflow_database<note_table>::description, dialect::distributed),
      Catch::Matchers::StartsWith("uq_note_number of table note cannot be distributed"));
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
