// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_database.hpp>

#include "support/catch.hpp"
#include "support/ledger.hpp"

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

TEST_CASE("ddl: the ten keys of the schema have ten names and every child begins with its key") {
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
  CHECK(names.size() == 10);
  CHECK(std::unique(names.begin(), names.end()) == names.end());
}

TEST_CASE("ddl: no index covers what every commit changes") {
  for (const auto& index : workflow_table::index_descriptions)
    for (const std::string_view hot : {"progress", "revision", "last_seq", "_updated"}) {
      CHECK(std::count(index.columns.begin(), index.columns.end(), hot) == 0);
      CHECK(index.where.find(hot) == std::string_view::npos);
    }
}

TEST_CASE("ddl: types, defaults, CHECKs, and keys and indexes with options, on PostgreSQL") {
  CHECK(create_statements(test::ledger::books::description, dialect::postgresql) ==
        R"(CREATE TABLE "account" (
  "number" numeric(6,0) NOT NULL,
  "owner" text NOT NULL DEFAULT '',
  "status" text NOT NULL DEFAULT 'OPEN',
  "level" integer NOT NULL DEFAULT -1,
  "entries" bigint NOT NULL DEFAULT 0,
  "rate" double precision NOT NULL DEFAULT 0.5,
  "balance" numeric(18,2) NOT NULL DEFAULT -0.05,
  "opened" date NOT NULL DEFAULT '2026-01-31',
  "changed" timestamp with time zone NOT NULL DEFAULT now(),
  "seal" bytea NOT NULL DEFAULT '\x00ff',
  "labels" text[] NOT NULL DEFAULT '{}',
  "data" jsonb NOT NULL DEFAULT '{}',
  "is_blocked" boolean NOT NULL DEFAULT true,
  "bank" uuid NOT NULL DEFAULT '018f3c1e-0000-7000-8000-000000000001',
  CONSTRAINT "pk_account" PRIMARY KEY ("number"),
  CONSTRAINT "ck_account_status" CHECK ("status" IN ('OPEN', 'CLOSED')),
  CONSTRAINT "ck_account_level_range" CHECK ("level" BETWEEN -5 AND 100),
  CONSTRAINT "ck_account_owner_named" CHECK (length("owner") > 0 OR "is_blocked" IS NOT NULL)
);
CREATE UNIQUE INDEX "uq_account_owner" ON "account" ((lower("owner")), "bank");
CREATE INDEX "ix_account_opened" ON "account" ("opened" DESC, "level");
CREATE INDEX "ix_account_open" ON "account" (("level" + "entries")) WHERE "status" = 'OPEN';
CREATE TABLE "line" (
  "digest" bytea NOT NULL,
  "account_number" numeric(6,0) NOT NULL,
  "place" integer NOT NULL,
  "reverses" integer,
  "level" integer,
  "rate" double precision,
  "amount" numeric(18,9),
  "due" date,
  "seal" bytea,
  "labels" text[],
  CONSTRAINT "pk_line" PRIMARY KEY ("digest"),
  CONSTRAINT "uq_line_place" UNIQUE ("account_number", "place"),
  CONSTRAINT "fk_line_account_number" FOREIGN KEY ("account_number") REFERENCES "account" ("number") ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT "fk_line_account_number_reverses" FOREIGN KEY ("account_number", "reverses") REFERENCES "line" ("account_number", "place") ON DELETE SET NULL ("reverses") ON UPDATE CASCADE
);
CREATE INDEX "ix_line_reverses" ON "line" ("account_number", "reverses");
)");
}

TEST_CASE("ddl: types, defaults, CHECKs, and keys and indexes with options, on SQLite") {
  CHECK(create_statements(test::ledger::books::description, dialect::sqlite) ==
        R"(CREATE TABLE "account" (
  "number" INTEGER NOT NULL,
  "owner" TEXT NOT NULL DEFAULT '',
  "status" TEXT NOT NULL DEFAULT 'OPEN',
  "level" INTEGER NOT NULL DEFAULT -1,
  "entries" INTEGER NOT NULL DEFAULT 0,
  "rate" REAL NOT NULL DEFAULT 0.5,
  "balance" INTEGER NOT NULL DEFAULT -5,
  "opened" TEXT NOT NULL DEFAULT '2026-01-31',
  "changed" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  "seal" BLOB NOT NULL DEFAULT X'00ff',
  "labels" TEXT NOT NULL DEFAULT '[]',
  "data" TEXT NOT NULL DEFAULT '{}',
  "is_blocked" INTEGER NOT NULL DEFAULT 1,
  "bank" TEXT NOT NULL DEFAULT '018f3c1e-0000-7000-8000-000000000001',
  CONSTRAINT "pk_account" PRIMARY KEY ("number"),
  CONSTRAINT "ck_account_number" CHECK ("number" BETWEEN -999999 AND 999999),
  CONSTRAINT "ck_account_status" CHECK ("status" IN ('OPEN', 'CLOSED')),
  CONSTRAINT "ck_account_level" CHECK ("level" BETWEEN -2147483648 AND 2147483647),
  CONSTRAINT "ck_account_balance" CHECK ("balance" / 100 BETWEEN -9999999999999999 AND 9999999999999999),
  CONSTRAINT "ck_account_opened" CHECK ("opened" GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND "opened" IS date("opened", '+0 days') AND "opened" > '0001'),
  CONSTRAINT "ck_account_labels" CHECK (json_valid("labels") AND json_type("labels") = 'array'),
  CONSTRAINT "ck_account_data" CHECK (json_valid("data")),
  CONSTRAINT "ck_account_is_blocked" CHECK ("is_blocked" IN (0, 1)),
  CONSTRAINT "ck_account_level_range" CHECK ("level" BETWEEN -5 AND 100),
  CONSTRAINT "ck_account_owner_named" CHECK (length("owner") > 0 OR "is_blocked" IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX "uq_account_owner" ON "account" ((lower("owner")), "bank");
CREATE INDEX "ix_account_opened" ON "account" ("opened" DESC, "level");
CREATE INDEX "ix_account_open" ON "account" (("level" + "entries")) WHERE "status" = 'OPEN';
CREATE TABLE "line" (
  "digest" BLOB NOT NULL,
  "account_number" INTEGER NOT NULL,
  "place" INTEGER NOT NULL,
  "reverses" INTEGER,
  "level" INTEGER,
  "rate" REAL,
  "amount" INTEGER,
  "due" TEXT,
  "seal" BLOB,
  "labels" TEXT,
  CONSTRAINT "pk_line" PRIMARY KEY ("digest"),
  CONSTRAINT "uq_line_place" UNIQUE ("account_number", "place"),
  CONSTRAINT "ck_line_account_number" CHECK ("account_number" BETWEEN -999999 AND 999999),
  CONSTRAINT "ck_line_place" CHECK ("place" BETWEEN -2147483648 AND 2147483647),
  CONSTRAINT "ck_line_reverses" CHECK ("reverses" IS NULL OR "reverses" BETWEEN -2147483648 AND 2147483647),
  CONSTRAINT "ck_line_level" CHECK ("level" IS NULL OR "level" BETWEEN -2147483648 AND 2147483647),
  CONSTRAINT "ck_line_amount" CHECK ("amount" IS NULL OR "amount" / 1000000000 BETWEEN -999999999 AND 999999999),
  CONSTRAINT "ck_line_due" CHECK ("due" IS NULL OR "due" GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND "due" IS date("due", '+0 days') AND "due" > '0001'),
  CONSTRAINT "ck_line_labels" CHECK ("labels" IS NULL OR json_valid("labels") AND json_type("labels") = 'array'),
  CONSTRAINT "fk_line_account_number" FOREIGN KEY ("account_number") REFERENCES "account" ("number") ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT "fk_line_account_number_reverses" FOREIGN KEY ("account_number", "reverses") REFERENCES "line" ("account_number", "place") ON DELETE NO ACTION ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX "ix_line_reverses" ON "line" ("account_number", "reverses");
CREATE TRIGGER "fk_line_account_number_reverses_set_null" AFTER DELETE ON "line" FOR EACH ROW BEGIN UPDATE "line" SET "reverses" = NULL WHERE "account_number" = OLD."account_number" AND "reverses" = OLD."place"; END;
)");
}
