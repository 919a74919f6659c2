// SPDX-License-Identifier: Apache-2.0
#include <nava/persistence/migration.hpp>

#include "support/linted_databases.hpp"
#include "support/postgresql_places.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::test;
using namespace nava::test::linted;
using inspection::finding;
using inspection::read_catalog;
using persistence::database_url;

TEST_CASE("schema lint: PostgreSQL: indexes that a search for a key does not use serve none") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  run_all(*raw, {"CREATE TABLE parent (code text PRIMARY KEY)",
                 "CREATE TABLE child (code text, \"Code\" text, CONSTRAINT fk_child_code FOREIGN "
                 "KEY (code) REFERENCES parent)"});
  const auto is_used = [&](const std::string& index) {
    raw->run("CREATE INDEX ix ON child " + index);
    raw->run("SET enable_seqscan = off");
    std::string plan;
    for (const auto& row : raw->run("EXPLAIN SELECT FROM ONLY child WHERE code = 'a'"))
      plan += row.front();
    const bool planned = plan.find("Index Cond") != std::string::npos;
    const bool serves = found_in(database) == faults{};
    INFO(index);
    CHECK(serves == planned);
    raw->run("DROP INDEX ix");
    return serves;
  };
  CHECK(is_used("(code)"));
  CHECK(is_used("(code DESC NULLS LAST, \"Code\" COLLATE \"C\")"));
  CHECK(is_used("(code text_pattern_ops)"));
  CHECK(is_used("(code) WHERE code IS NOT NULL"));
  CHECK(is_used("USING hash (code)"));
  CHECK_FALSE(is_used("(code COLLATE \"C\")"));
  CHECK_FALSE(is_used("(code) WHERE \"Code\" IS NOT NULL"));
}

TEST_CASE("schema lint: PostgreSQL: a domain is of the type that it stands for") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database, other;
  const auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  raw->run("CREATE SCHEMA " + other.schema());
  const std::string elsewhere = other.schema() + ".far";
  run_all(*raw,
          {"CREATE DOMAIN number AS bigint", "CREATE DOMAIN small AS integer",
           "CREATE DOMAIN item AS number CHECK (VALUE > 0)",
           "CREATE TABLE parent (id bigint PRIMARY KEY)",
           "CREATE TABLE " + elsewhere + " (id number PRIMARY KEY)",
           "CREATE TABLE child (a item CONSTRAINT fk_child_a REFERENCES parent, b item "
           "CONSTRAINT fk_child_b REFERENCES " +
               elsewhere + ", c small CONSTRAINT fk_child_c REFERENCES " + elsewhere + ")",
           "CREATE INDEX ON child (a)", "CREATE INDEX ON child (b)", "CREATE INDEX ON child (c)"});
  faults found = found_in(database);
  std::erase_if(found, [](const auto& each) { return each.starts_with("several-foreign-keys"); });
  CHECK(found == faults{"type-mismatch S.child.fk_child_c"});
  raw->run("DROP TABLE " + elsewhere + " CASCADE");
}

TEST_CASE("schema lint: PostgreSQL: inherited checks are not a name that is shared") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  run_all(*raw, {"CREATE TABLE above (id bigint, CONSTRAINT is_positive CHECK (id > 0))",
                 "CREATE TABLE below () INHERITS (above)"});
  CHECK(found_in(database) == faults{});
  raw->run("CREATE TABLE beside (id bigint, CONSTRAINT is_positive CHECK (id > 0))");
  CHECK(found_in(database) == faults{"shared-constraint-name S.is_positive"});
}

TEST_CASE("schema lint: PostgreSQL: a foreign key of a partition alone is judged") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  run_all(*raw, {"CREATE TABLE parent (id bigint PRIMARY KEY)",
                 "CREATE TABLE whole (id bigint, a bigint CONSTRAINT fk_whole_a REFERENCES parent, "
                 "b bigint, CHECK (b > 0)) PARTITION BY RANGE (id)",
                 "CREATE INDEX ON whole (a)",
                 "CREATE TABLE low PARTITION OF whole FOR VALUES FROM (0) TO (9)",
                 "CREATE TABLE high PARTITION OF whole FOR VALUES FROM (9) TO (99)"});
  CHECK(found_in(database) == faults{});
  raw->run("ALTER TABLE low ADD CONSTRAINT fk_low_b FOREIGN KEY (b) REFERENCES parent");
  CHECK(found_in(database) == faults{"foreign-key-without-index S.low.fk_low_b"});
  raw->run("CREATE INDEX ON low (b)");
  CHECK(found_in(database) == faults{});
}

TEST_CASE("schema lint: SQLite: a unique part of a key, and collations, as the plans have them") {
  const sqlite_file database;
  make_file(database);
  const auto raw = database.raw();
  run_all(*raw, {"CREATE TABLE parent (a TEXT COLLATE NOCASE, b TEXT, PRIMARY KEY (a, b))",
                 "CREATE TABLE child (a TEXT, b TEXT, CONSTRAINT fk_child_a_b FOREIGN KEY (a, b) "
                 "REFERENCES parent)"});
  // `p` is compared with as SQLite does it: in the collation of the parent.
  const auto is_used = [&](const std::string& index) {
    raw->run("CREATE " + index);
    const auto plan = raw->run(
        "EXPLAIN QUERY PLAN SELECT 1 FROM parent AS p CROSS JOIN child AS c WHERE p.a = c.a AND "
        "p.b = c.b AND c.a IS NOT NULL AND c.b IS NOT NULL");
    const bool planned = plan.back().at(3).starts_with("SEARCH c ") &&
                         plan.back().at(3).find("AUTOMATIC") == std::string::npos;
    const auto found = found_in(database);
    const bool serves = !found.contains("foreign-key-without-index S.child.fk_child_a_b");
    INFO(plan.back().at(3));
    CHECK(serves == planned);
    raw->run("DROP INDEX ix");
    return serves;
  };
  CHECK(is_used("INDEX ix ON child (a COLLATE NOCASE, b)"));
  CHECK(is_used("INDEX ix ON child (b, a COLLATE NOCASE) WHERE a IS NOT NULL AND b IS NOT NULL"));
  CHECK(is_used("UNIQUE INDEX ix ON child (b)"));
  CHECK_FALSE(is_used("INDEX ix ON child (a, b)"));
}

TEST_CASE("schema lint: keys across PostgreSQL schemas are judged whole where both are read") {
  if (!postgresql_schema::available()) return;
  const postgresql_database database;
  const auto raw = database.raw();
  run_all(*raw,
          {"CREATE SCHEMA crm", "CREATE SCHEMA billing",
           "CREATE TABLE crm.person (id bigint PRIMARY KEY, invoice_id bigint)",
           "CREATE TABLE billing.invoice (id bigint PRIMARY KEY, person_id integer CONSTRAINT "
           "fk_invoice_person_id REFERENCES crm.person)",
           "ALTER TABLE crm.person ADD CONSTRAINT fk_person_invoice_id FOREIGN KEY "
           "(invoice_id) REFERENCES billing.invoice",
           "CREATE INDEX ON crm.person (invoice_id)"});
  const auto found = [&](std::string_view schema) {
    return found_by(inspection::lint(read_catalog(database_url{database.url(), schema})), "none");
  };
  const std::string bare = "foreign-key-without-index billing.invoice.fk_invoice_person_id";
  CHECK(found("") == faults{bare, "type-mismatch billing.invoice.fk_invoice_person_id",
                            "mutual-foreign-keys billing.invoice <-> crm.person",
                            "foreign-key-cycle billing.invoice, crm.person"});
  CHECK(found("billing") == faults{bare, "type-mismatch billing.invoice.fk_invoice_person_id"});
  CHECK(found("crm") == faults{});
}

TEST_CASE("schema lint: PostgreSQL: no rights are needed, no lock is waited for") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  migrate(database.url(), database.options());
  const auto raw = database.raw();
  raw->run(
      "CREATE TABLE line (id bigint PRIMARY KEY, parent_id bigint CONSTRAINT "
      "fk_line_parent_id REFERENCES line CHECK (parent_id > 0))");
  const faults expected{"foreign-key-without-index S.line.fk_line_parent_id",
                        "self-reference S.line.fk_line_parent_id"};
  const postgresql_role role{database};
  const auto found = [&](const std::string& url) {
    return found_by(inspection::lint(read_catalog(database_url{url, database.schema()})),
                    database.schema());
  };
  CHECK(found(role.url()) == expected);
  const auto locking = database.raw();
  locking->run("BEGIN");
  locking->run("LOCK TABLE workflow_step, line IN ACCESS EXCLUSIVE MODE");
  // One that waited at all would fail at once.
  CHECK(found(with_parameter(postgresql_url(), "options=-c%20lock_timeout%3D1ms")) == expected);
  locking->run("ROLLBACK");
  CHECK(found(with_parameter(postgresql_url(),
                             "options=-c%20default_transaction_read_only%3Don")) == expected);
}
