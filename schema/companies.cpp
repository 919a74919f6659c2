// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nava/schema/companies.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_rules.hpp>

#include "schema/ddl_parts.hpp"

namespace nava::schema {
namespace {

using namespace fmt::literals;

constexpr std::string_view company_column = "company_id";
constexpr std::string_view resource_table = "workflow_resource";
constexpr condition_description has_company{"ck_workflow_company_id",
                                            R"("company_id" IS NOT NULL AND "company_id" <> '')"};
constexpr std::array<std::string_view, 3> company_triggers{"give_company", "keep_company",
                                                           "follow_company"};

// How a row is known to be of a company.
enum class separation {
  root,     ///< the workflow itself, which has the column
  child,    ///< by its workflow, which is looked up
  follows,  ///< by a copy in the row, since its walks would look up the workflows of all companies
  claims,   ///< the same, written before the workflow is
  shared,   ///< by a column that its keys end with; rows of no company stay those of the owner
  inbox     ///< by a column, in the rows of a company's session
};

separation separation_of(const table_description& table) {
  if (table.name == root_table) return separation::root;
  if (table.name == resource_table) return separation::claims;
  if (is_kept_whole(table.name)) return separation::follows;
  if (table.name == "workflow_inbox") return separation::inbox;
  return distribution_column(table).empty() ? separation::shared : separation::child;
}

// Tables of an application that belong to no workflow are its own business.
bool is_separated(const table_description& table) {
  constexpr std::array<std::string_view, 4> shared{"workflow_slot", "workflow_rate",
                                                   "workflow_tombstone", "workflow_definition"};
  return separation_of(table) != separation::shared ||
         std::find(shared.begin(), shared.end(), table.name) != shared.end();
}

// Whether a key of the table is unique in a company, and no longer in all.
bool is_by_company(const table_description& table, const index_description& index) {
  if (separation_of(table) == separation::root)
    return index.what == index_description::kind::unique;
  return (separation_of(table) == separation::claims ||
          separation_of(table) == separation::shared) &&
         index.what == index_description::kind::primary_key;
}

// Run with the rights and the policies of the caller, so that none tells more than a SELECT of the
// caller does. FOR KEY SHARE sees the latest version of the workflow, where a snapshot is older;
// the foreign key takes the same lock a moment later.
constexpr std::string_view functions_sql = R"(
CREATE OR REPLACE FUNCTION {place}."session_company"() RETURNS text LANGUAGE sql STABLE
  RETURN nullif(pg_catalog.current_setting('nava.company', true), '');

CREATE OR REPLACE FUNCTION {place}."sees_workflow"(uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM 1 FROM {place}."workflow" AS w WHERE w."_id" OPERATOR(pg_catalog.=) $1 FOR KEY SHARE;
  RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION {place}."give_company"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."company_id" IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'give_company',
      MESSAGE = 'a workflow is started for another company than that of its session';
  END IF;
  NEW."company_id" := pg_catalog.current_setting('nava.company', true);
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION {place}."keep_company"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'keep_company',
    MESSAGE = 'a workflow stays with its company where companies are separated';
END $$;

CREATE OR REPLACE FUNCTION {place}."follow_company"() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  NEW."company_id" := (
    SELECT w."company_id" FROM {place}."workflow" AS w
    WHERE w."_id" OPERATOR(pg_catalog.=) NEW."workflow_id" FOR KEY SHARE
  );
  RETURN NEW;
END $$;
)";

constexpr std::string_view root_sql = R"(
ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{check}",
  ADD CONSTRAINT "{check}" CHECK ({condition}), ENABLE ROW LEVEL SECURITY;
DROP TRIGGER IF EXISTS "give_company" ON {table};
CREATE TRIGGER "give_company" BEFORE INSERT ON {table} FOR EACH ROW
  WHEN (NEW."company_id" IS DISTINCT FROM pg_catalog.current_setting('nava.company', true))
  EXECUTE FUNCTION {place}."give_company"();
DROP TRIGGER IF EXISTS "keep_company" ON {table};
CREATE TRIGGER "keep_company" AFTER UPDATE OF "company_id" ON {table} FOR EACH ROW
  WHEN (OLD."company_id" IS DISTINCT FROM NEW."company_id")
  EXECUTE FUNCTION {place}."keep_company"();
)";

// A subquery that gives one value descends one index; EXISTS may read all workflows of the company.
constexpr std::string_view child_sql = R"(
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "nava_read" ON {table};
CREATE POLICY "nava_read" ON {table} FOR SELECT USING ({sees});
DROP POLICY IF EXISTS "nava_change" ON {table};
CREATE POLICY "nava_change" ON {table} FOR UPDATE USING ({sees});
DROP POLICY IF EXISTS "nava_remove" ON {table};
CREATE POLICY "nava_remove" ON {table} FOR DELETE USING ({sees});
DROP POLICY IF EXISTS "nava_add" ON {table};
CREATE POLICY "nava_add" ON {table} FOR INSERT WITH CHECK ({place}."sees_workflow"({workflow_id}));
)";

constexpr std::string_view sees_sql =
    R"((SELECT w."_id" FROM {place}."workflow" AS w WHERE w."_id" = {name}.{workflow_id}) IS NOT NULL)";

constexpr std::string_view follows_sql = R"(
ALTER TABLE {table} ADD COLUMN IF NOT EXISTS "company_id" text;
UPDATE {table} AS c SET "company_id" = w."company_id"
FROM {place}."workflow" AS w WHERE w."_id" = c."workflow_id" AND c."company_id" IS NULL;
ALTER TABLE {table} ALTER COLUMN "company_id" SET NOT NULL, ENABLE ROW LEVEL SECURITY;
DROP TRIGGER IF EXISTS "follow_company" ON {table};
CREATE TRIGGER "follow_company" BEFORE INSERT OR UPDATE OF "workflow_id", "company_id" ON {table}
  FOR EACH ROW EXECUTE FUNCTION {place}."follow_company"();
)";

constexpr std::string_view claims_sql = R"(
ALTER TABLE {table} ADD COLUMN IF NOT EXISTS "company_id" text;
UPDATE {table} AS k SET "company_id" = w."company_id"
FROM {place}."workflow" AS w WHERE w."_id" = k."workflow_id" AND k."company_id" IS NULL;
ALTER TABLE {table} ALTER COLUMN "company_id" SET NOT NULL,
  ALTER COLUMN "company_id" SET DEFAULT {place}."session_company"(), ENABLE ROW LEVEL SECURITY;
)";

constexpr std::string_view inbox_sql = R"(
ALTER TABLE {table} ADD COLUMN IF NOT EXISTS "company_id" text;
UPDATE {table} AS i SET "company_id" = (
  SELECT min(w."company_id") FROM {place}."workflow" AS w
  WHERE w."resource_id" = i."resource_id" AND w."resource_name" = i."resource_name"
  HAVING count(DISTINCT w."company_id") = 1
) WHERE "company_id" IS NULL;
ALTER TABLE {table} ALTER COLUMN "company_id" SET NOT NULL,
  ALTER COLUMN "seq" SET GENERATED ALWAYS,
  ALTER COLUMN "company_id" SET DEFAULT {place}."session_company"(), ENABLE ROW LEVEL SECURITY;
)";

constexpr std::string_view shared_sql = R"(
ALTER TABLE {table} ADD COLUMN IF NOT EXISTS "company_id" text NOT NULL DEFAULT '';
ALTER TABLE {table} ALTER COLUMN "company_id" SET DEFAULT coalesce({place}."session_company"(), ''),
  ENABLE ROW LEVEL SECURITY;
)";

constexpr std::string_view partitions_sql = R"(
DO $$
DECLARE leaf regclass;
BEGIN
  FOR leaf IN SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.inhparent
    JOIN pg_catalog.pg_class AS p ON p.oid = i.inhrelid
    WHERE c.relname LIKE 'workflow%' AND c.relnamespace = {}::regnamespace AND c.relkind = 'p'
      AND c.relrowsecurity AND NOT p.relrowsecurity
  LOOP EXECUTE 'ALTER TABLE ' || leaf || ' ENABLE ROW LEVEL SECURITY'; END LOOP;
END $$;
)";

std::string_view sql_of(separation what) {
  switch (what) {
    case separation::root:
      return root_sql;
    case separation::child:
      return child_sql;
    case separation::follows:
      return follows_sql;
    case separation::claims:
      return claims_sql;
    case separation::inbox:
      return inbox_sql;
    case separation::shared:
      break;
  }
  return shared_sql;
}

// A notice for each thing that is not there yet would bury an error.
std::string begin_sql() {
  return "SET lock_timeout = '5s';\nSET client_min_messages = warning;\nBEGIN;\n";
}

bool has_partitions(const database_description& shared) {
  return std::any_of(shared.tables.begin(), shared.tables.end(),
                     [](const auto& table) { return !table.partition_column.empty(); });
}

// What another description of the same table has in other columns.
std::string changed_indexes(const table_description& before, const table_description& after,
                            const std::string& place) {
  std::string sql;
  for (std::size_t i = 0; i < before.indexes.size(); ++i) {
    const index_description& index = after.indexes[i];
    if (index.columns.size() == before.indexes[i].columns.size()) continue;
    const std::string name = quoted(index.name);
    if (index.what == index_description::kind::index)
      sql += fmt::format("DROP INDEX IF EXISTS {}.{};\n{}\n", place, name,
                         create_index(after, index, place + "."));
    else
      sql += fmt::format("ALTER TABLE {}.{} DROP CONSTRAINT IF EXISTS {}, ADD {};\n", place,
                         quoted(after.name), name, key_line(index));
  }
  return sql;
}

}  // namespace

company_schema::company_schema(const database_description& shared) {
  for (const table_description& each : shared.tables) {
    table_description& table = tables_.emplace_back(each);
    if (!is_separated(each)) continue;
    table.by_company = true;
    if (has_company_column(each.name)) add_column(table);
    add_to_keys(table);
    if (separation_of(each) != separation::root) continue;
    auto& conditions = conditions_.emplace_back(each.conditions.begin(), each.conditions.end());
    conditions.push_back(has_company);
    table.conditions = conditions;
  }
}

void company_schema::add_column(table_description& table) {
  auto& columns = columns_.emplace_back(table.columns.begin(), table.columns.end());
  columns.push_back({company_column, column_type::text, false, {}});
  table.columns = columns;
}

void company_schema::add_to_keys(table_description& table) {
  auto& indexes = indexes_.emplace_back(table.indexes.begin(), table.indexes.end());
  const bool walks_begin_at_company =
      separation_of(table) == separation::follows || separation_of(table) == separation::inbox;
  for (index_description& index : indexes) {
    const bool is_walk = walks_begin_at_company && index.what == index_description::kind::index;
    if (!is_walk && !is_by_company(table, index)) continue;
    auto& names = names_.emplace_back(index.columns.begin(), index.columns.end());
    names.insert(is_walk ? names.begin() : names.end(), company_column);
    index.columns = names;
    if (is_walk) index.descending <<= 1;
  }
  table.indexes = indexes;
}

bool has_company_column(std::string_view table) {
  constexpr std::array<std::string_view, 8> tables{
      "workflow_agenda", "workflow_worklist",  "workflow_inbox",      "workflow_slot",
      "workflow_rate",   "workflow_tombstone", "workflow_definition", resource_table};
  return std::find(tables.begin(), tables.end(), table) != tables.end();
}

bool is_company_trigger(std::string_view name) {
  return std::find(company_triggers.begin(), company_triggers.end(), name) !=
         company_triggers.end();
}

std::string separate_companies(const database_description& shared, std::string_view place) {
  const company_schema made{shared};
  const std::string quoted_place = quoted(place);
  // As upkeep of partitions does, workflow first.
  std::string sql =
      begin_sql() +
      fmt::format("LOCK TABLE {}.\"workflow\" IN ACCESS EXCLUSIVE MODE;", quoted_place);
  sql += '\n' + fmt::format(fmt::runtime(functions_sql), "place"_a = quoted_place);
  for (std::size_t i = 0; i < shared.tables.size(); ++i) {
    const table_description& table = shared.tables[i];
    if (!is_separated(table)) continue;
    const std::string workflow_id = quoted(distribution_column(table));
    const std::string sees =
        fmt::format(fmt::runtime(sees_sql), "place"_a = quoted_place, "name"_a = quoted(table.name),
                    "workflow_id"_a = workflow_id);
    sql += fmt::format(fmt::runtime(sql_of(separation_of(table))), "place"_a = quoted_place,
                       "table"_a = quoted_place + "." + quoted(table.name), "sees"_a = sees,
                       "workflow_id"_a = workflow_id, "check"_a = has_company.name,
                       "condition"_a = has_company.expression);
    sql += changed_indexes(table, made.description().tables[i], quoted_place);
  }
  if (has_partitions(shared)) sql += secure_partitions(place);
  return sql + "COMMIT;\n";
}

std::string secure_partitions(std::string_view place) {
  return fmt::format(fmt::runtime(partitions_sql), literal(quoted(place)));
}

std::string company_policies(const database_description& shared, std::string_view place,
                             std::string_view role, std::string_view company) {
  const std::string name = quoted(role), schema = quoted(place);
  std::string sql = company.empty() ? fmt::format("ALTER ROLE {} RESET nava.company;\n", name)
                                    : fmt::format("ALTER ROLE {} SET nava.company = {};\n", name,
                                                  literal(company));
  const std::string mine =
      company.empty() ? "true" : fmt::format("\"company_id\" = {}", literal(company));
  for (const table_description& table : shared.tables) {
    if (!is_separated(table) || separation_of(table) == separation::child) continue;
    sql += fmt::format(
        "DROP POLICY IF EXISTS {0} ON {1}.{2};\n"
        "CREATE POLICY {0} ON {1}.{2} TO {0} USING ({3}) WITH CHECK ({3});\n",
        name, schema, quoted(table.name), mine);
  }
  // Where nobody may execute new functions unless it is granted.
  return sql + fmt::format(
                   "GRANT EXECUTE ON FUNCTION {0}.\"session_company\"(), "
                   "{0}.\"sees_workflow\"(uuid) TO {1};\n",
                   schema, name);
}

std::vector<company_function> company_functions() {
  std::vector<company_function> found;
  std::string_view left = functions_sql;
  constexpr std::string_view begin = R"({place}.")", body = "$$";
  for (std::size_t at = left.find(begin); at != left.npos; at = left.find(begin)) {
    left.remove_prefix(at + begin.size());
    company_function one{left.substr(0, left.find('"')), {}};
    const std::size_t end = left.find("CREATE OR REPLACE");
    const std::string_view text = left.substr(0, end);
    if (const auto from = text.find(body); from != text.npos)
      one.body = text.substr(from + 2, text.rfind(body) - from - 2);
    found.push_back(one);
    left.remove_prefix(std::min(end, left.size()));
  }
  return found;
}

}  // namespace nava::schema
