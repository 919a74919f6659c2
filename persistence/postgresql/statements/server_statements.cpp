// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/statements/server_statements.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <nava/schema/ddl.hpp>

#include "persistence/purge/finished_arguments.hpp"
#include "persistence/commit/unit_parts.hpp"
#include "persistence/rows/state_rows.hpp"

namespace nava::persistence::postgresql {
namespace {

using schema::quoted;
using schema::table_description;

class statement_writer {
 public:
  explicit statement_writer(std::string_view schema, layout layout = layout::plain)
      : schema_(quoted(schema)), layout_(layout) {}

  [[nodiscard]] std::string table(std::string_view name) const {
    return fmt::format("{}.{}", schema_, quoted(name));
  }

  [[nodiscard]] statement create(unit_shape shape) const {
    const auto& workflow = table_named("workflow");
    if (layout_ == layout::partitioned) return create_partitioned(shape);
    return unit_statement(
        fmt::format("WITH moved AS (INSERT INTO {} ({}) SELECT {} FROM {} ON CONFLICT DO NOTHING "
                    "RETURNING \"_id\")",
                    table("workflow"), column_list(workflow), column_list(workflow, "r."),
                    record("root", workflow)),
        {"root"}, shape);
  }

  // No unique key over all partitions can have the resource without the id. So the claim on it is
  // a row of another table, whose keys let one create at most insert it: it takes id and resource.
  // Where it does not, there is no row to make a workflow of. workflow is read first, since it is
  // locked first by whoever makes and drops partitions.
  [[nodiscard]] statement create_partitioned(unit_shape shape) const {
    const auto& workflow = table_named("workflow");
    return unit_statement(
        fmt::format(
            "WITH fresh AS MATERIALIZED (SELECT r.* FROM {0} WHERE (SELECT w.\"_id\" FROM {1} AS w "
            "WHERE w.\"_id\" = r.\"_id\" LIMIT 1) IS NULL),\n"
            "claimed AS (INSERT INTO {2} ({3}, \"workflow_id\") SELECT {3}, \"_id\" FROM fresh ON "
            "CONFLICT DO NOTHING RETURNING \"workflow_id\"),\n"
            "moved AS (INSERT INTO {1} ({4}) SELECT {5} FROM fresh, claimed WHERE fresh.\"_id\" = "
            "claimed.\"workflow_id\" RETURNING \"_id\")",
            record("root", workflow), table("workflow"), table("workflow_resource"),
            resource_columns(), column_list(workflow), column_list(workflow, "fresh.")),
        {"root"}, shape);
  }

  // A claim follows its workflow; what the unit does not write is no value in r. The ids as an
  // array, since the planner takes a set for a hundred rows and joins it by a scan of all claims.
  [[nodiscard]] std::string moved_claims(std::string_view roots) const {
    if (layout_ == layout::plain) return {};
    return fmt::format(
        ",\nclaims AS (UPDATE {0} AS k SET ({1}) = ROW({2}) FROM {3} WHERE k.\"workflow_id\" = ANY "
        "(ARRAY(SELECT \"_id\" FROM moved)) AND r.\"_id\" = k.\"workflow_id\" AND ({4}) IS "
        "DISTINCT FROM ({2}))",
        table("workflow_resource"), resource_columns(),
        "coalesce(r.\"wfdef_key\", k.\"wfdef_key\"), coalesce(r.\"resource_name\", "
        "k.\"resource_name\"), coalesce(r.\"resource_id\", k.\"resource_id\")",
        roots, resource_columns("k."));
  }

  [[nodiscard]] statement commit(unit_shape shape) const {
    return unit_statement(
        fmt::format("WITH moved AS (UPDATE {} AS w SET {} FROM {} WHERE w.\"_id\" = ANY "
                    "(ARRAY[r.\"_id\"]) AND "
                    "w.\"revision\" = r.\"read_revision\" AND {} RETURNING w.\"_id\")",
                    table("workflow"), written_columns(table_named("workflow"), "w"),
                    record("root", table_named("workflow"), read_columns), is_new_event()) +
            moved_claims(record("root", table_named("workflow"))),
        {"root"}, shape);
  }

  // Each workflow is found by one descent of its key, however many the planner expects. The
  // snapshot of the statement may be older than a lock, the revision that is read with it is not.
  [[nodiscard]] statement commit_all(unit_shape shape) const {
    return unit_statement(
        fmt::format(
            "WITH locked AS MATERIALIZED (SELECT r.* FROM {0} CROSS JOIN LATERAL (SELECT "
            "w.\"revision\" FROM {1} AS w WHERE w.\"_id\" = r.\"_id\" FOR NO KEY UPDATE SKIP "
            "LOCKED) "
            "AS l WHERE l.\"revision\" = r.\"read_revision\" AND {2}),\n"
            "moved AS (UPDATE {1} AS w SET {3} FROM locked AS r WHERE w.\"_id\" = ANY "
            "(ARRAY[r.\"_id\"]) RETURNING w.\"_id\")",
            record_set("roots", table_named("workflow"), read_columns), table("workflow"),
            is_new_event(), written_columns(table_named("workflow"), "w")) +
            moved_claims("locked AS r"),
        {"roots"}, shape);
  }

  [[nodiscard]] statement load_by_id() const {
    constexpr std::string_view of = "cast($2 AS uuid)";
    return {row_of_workflow(of) + loaded_rows(of), {"event_key", "id"}, 2, true};
  }

  // By way of the claims, each workflow in the one partition that can have it.
  [[nodiscard]] statement load_by_resource() const {
    std::string source = table("workflow") + " AS w";
    if (layout_ == layout::partitioned)
      source = fmt::format(
          "{} AS k CROSS JOIN LATERAL (SELECT * FROM {} AS t WHERE t.\"_id\" = "
          "k.\"workflow_id\" OFFSET 0) AS w",
          table("workflow_resource"), table("workflow"));
    return {fmt::format("SELECT r.* FROM {0} CROSS JOIN LATERAL ({1}{2}) AS r WHERE "
                        "{3}.\"resource_id\" = $2 AND {3}.\"resource_name\" = $3",
                        source, row_of(table_named("workflow"), "w"), loaded_rows("w.\"_id\""),
                        layout_ == layout::partitioned ? "k" : "w"),
            {"event_key", "resource_id", "resource_name"},
            2,
            true};
  }

  [[nodiscard]] statement history() const {
    constexpr std::string_view of = "cast($1 AS uuid)";
    return {row_of_workflow(of) + state_rows(of) + child_rows("workflow_task", of) +
                child_rows("workflow_mutation", of) + child_rows("workflow_message", of) +
                child_rows("workflow_event", of),
            {"id"},
            2,
            true};
  }

  [[nodiscard]] std::string count_rows() const {
    std::string counts = fmt::format(
        "SELECT 'workflow', count(*) FROM {} WHERE \"_id\" = cast(:id AS uuid)", table("workflow"));
    for (const auto& child : schema::workflow_database<>::description.tables)
      for (const auto& key : child.foreign_keys)
        fmt::format_to(std::back_inserter(counts),
                       " UNION ALL SELECT '{}', count(*) FROM {} WHERE {} = cast(:id AS uuid)",
                       child.name, table(child.name), quoted(key.columns.front()));
    return counts;
  }

  // A place that is always there is a bound of the index; one that may be NULL is a filter.
  [[nodiscard]] std::string list(bool newest_first) const {
    return fmt::format(
        "SELECT row_to_json(w) FROM {} AS w WHERE (cast(:wfdef_key AS text) IS NULL OR "
        "w.\"wfdef_key\" = cast(:wfdef_key AS text)) AND (cast(:status AS text) IS NULL OR "
        "w.\"status\" = cast(:status AS text)) AND w.\"_id\" {} coalesce(cast(:after AS uuid), "
        "'{}') ORDER BY w.\"_id\"{} LIMIT cast(:limit AS bigint)",
        table("workflow"), newest_first ? "<" : ">",
        newest_first ? "ffffffff-ffff-ffff-ffff-ffffffffffff"
                     : "00000000-0000-0000-0000-000000000000",
        newest_first ? " DESC" : "");
  }

  // LIMIT is a literal where the walk is cut: from a parameter the planner, which does not know how
  // much it asks for, may sort the whole table.
  [[nodiscard]] std::string picked_finished() const {
    return fmt::format(
        "picked AS MATERIALIZED (SELECT c.\"_id\", c.\"ts_finish\" FROM (SELECT w.* FROM {} ORDER "
        "BY w.\"ts_finish\", w.\"_id\" LIMIT {}) AS c WHERE {} AND (cast(:wfdef_key AS text) IS "
        "NULL "
        "OR c.\"wfdef_key\" = cast(:wfdef_key AS text)) ORDER BY c.\"ts_finish\", c.\"_id\" LIMIT "
        "cast(:batch AS bigint))",
        finished_walk(), purge_walk_max, has_status("c"));
  }

  // The place after the last that was picked; where that was less than a batch, after the walk.
  [[nodiscard]] std::string next_finished() const {
    return fmt::format(
        "CASE WHEN (SELECT count(*) FROM picked) = cast(:batch AS bigint) THEN (SELECT {} FROM "
        "(SELECT * FROM picked ORDER BY \"ts_finish\" DESC, \"_id\" DESC LIMIT 1) AS w) ELSE "
        "(SELECT {} FROM {} ORDER BY w.\"ts_finish\", w.\"_id\" OFFSET {} LIMIT 1) END",
        finished_place, finished_place, finished_walk(), purge_walk_max - 1);
  }

  [[nodiscard]] std::string count_finished() const {
    return fmt::format("WITH {} SELECT (SELECT count(*) FROM picked), {}", picked_finished(),
                       next_finished());
  }

  // The lock is that of the deletion itself, so that a workflow whose children are being written is
  // skipped and not waited for; what has changed by then is looked at again under the lock. Ids go
  // on as an array, which is always as many descents of the primary key.
  [[nodiscard]] std::string erase_finished() const {
    return fmt::format(
        "WITH {0},\n"
        "locked AS MATERIALIZED (SELECT w.\"_id\" FROM {1} AS w WHERE w.\"_id\" = ANY "
        "(ARRAY(SELECT \"_id\" FROM picked)) AND w.\"ts_finish\" <= cast(:until AS timestamptz) "
        "AND "
        "{2} FOR UPDATE SKIP LOCKED),\n"
        "erased AS (DELETE FROM {1} AS w WHERE w.\"_id\" = ANY (ARRAY(SELECT \"_id\" FROM locked)) "
        "RETURNING 1)\n"
        "SELECT (SELECT count(*) FROM picked), {3}, (SELECT count(*) FROM erased)",
        picked_finished(), table("workflow"), has_status("w"), next_finished());
  }

  [[nodiscard]] std::string register_definitions() const {
    const auto& definition = table_named("workflow_definition");
    return fmt::format(
        "INSERT INTO {} ({}) SELECT {} FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS r({}) ON "
        "CONFLICT DO NOTHING",
        table("workflow_definition"), column_list(definition), column_list(definition, "r."),
        typed_columns(definition));
  }

  [[nodiscard]] std::string write_rows(const table_description& what, verb how) const {
    const std::string source =
        fmt::format("jsonb_to_recordset(cast(:rows AS jsonb)) AS r({})", typed_columns(what));
    const std::string name = table(what.name);
    std::string change;
    if (how == verb::insert)
      change = fmt::format("INSERT INTO {} ({}) SELECT {} FROM {}", name, column_list(what),
                           column_list(what, "r."), source);
    else if (how == verb::update)
      change = fmt::format("UPDATE {} AS c SET {} FROM {} WHERE true{}", name, assignments(what),
                           source, same_key(what));
    else
      change =
          fmt::format("DELETE FROM {} AS c USING {} WHERE true{}", name, source, same_key(what));
    return fmt::format("WITH written AS ({} RETURNING 1) SELECT count(*) FROM written", change);
  }

  // OFFSET 0 keeps the planner, which cannot know how many keys come, from joining by a scan of the
  // whole table: each parent costs one descent of the index that covers the key.
  [[nodiscard]] std::string related(const related_request& what) const {
    std::string key_types, condition;
    for (std::size_t i = 0; i < what.key.size(); ++i) {
      const auto& column = *schema::rules::find_column(*what.target, what.key[i]);
      fmt::format_to(std::back_inserter(key_types), ", cast(k.value ->> {0} AS {1}) AS k{0}", i,
                     type_name(column, schema::dialect::postgresql));
      fmt::format_to(std::back_inserter(condition), "{}t.{} = p.k{}", i == 0 ? "" : " AND ",
                     quoted(what.key[i]), i);
    }
    const std::string limit = what.limit == 0
                                  ? " OFFSET 0"
                                  : fmt::format(" ORDER BY {} LIMIT cast(:limit AS bigint)",
                                                sort_list(what, "t", collation));
    return fmt::format(
        "SELECT {} FROM (SELECT {} FROM jsonb_array_elements(cast(:keys AS jsonb)) AS k(value)) AS "
        "p CROSS JOIN LATERAL (SELECT * FROM {} AS t WHERE {}{}) AS r ORDER BY {}",
        row_json(*what.target), key_types.substr(2), table(what.target->name), condition, limit,
        sort_list(what, "r", collation));
  }

 private:
  static constexpr std::string_view collation = " COLLATE \"C\"";
  static constexpr std::string_view finished_place =
      "cast(w.\"ts_finish\" AS text) || '/' || cast(w.\"_id\" AS text)";

  // The row r; jsonb is built where a value has another form than the server gives it.
  static std::string row_json(const table_description& table) {
    std::string others;
    for (const auto& column : table.columns)
      if (column.type == schema::column_type::decimal)
        fmt::format_to(std::back_inserter(others), " || jsonb_build_object('{}', {})", column.name,
                       json_value(column, "r"));
    return others.empty() ? "row_to_json(r)" : "to_jsonb(r)" + others;
  }

  // Workflows that finished long enough ago, after a place.
  [[nodiscard]] std::string finished_walk() const {
    return fmt::format(
        "{} AS w WHERE w.\"ts_finish\" <= cast(:until AS timestamptz) AND (w.\"ts_finish\", "
        "w.\"_id\") > (cast(:after_time AS timestamptz), cast(:after_id AS uuid))",
        table("workflow"));
  }

  static std::string has_status(std::string_view alias) {
    return fmt::format(
        "{}.\"status\" = ANY (ARRAY(SELECT jsonb_array_elements_text(cast(:statuses AS jsonb))))",
        alias);
  }

  // Which table, and a row of it as a record, which is read by place and type: so each column is
  // named, others may be added to the table, and one that has become varchar or integer still fits.
  static std::string row_of(const table_description& table, std::string_view alias) {
    std::string columns;
    for (const auto& column : table.columns)
      fmt::format_to(std::back_inserter(columns), "{}cast({}.{} AS {})",
                     columns.empty() ? "" : ", ", alias, quoted(column.name),
                     type_name(column, schema::dialect::postgresql));
    return fmt::format("SELECT '{}', ROW({})", table.name, columns);
  }

  // A parameter instead of a join wherever there is one: the server then leaves partitions out
  // before it sets up the plan, not while it runs it. Whoever reads the rows sorts them, which is
  // cheaper.
  [[nodiscard]] std::string row_of_workflow(std::string_view of) const {
    return fmt::format("{} FROM {} AS w WHERE w.\"_id\" = {}", row_of(table_named("workflow"), "w"),
                       table("workflow"), of);
  }

  [[nodiscard]] std::string child_rows(std::string_view name, std::string_view of,
                                       std::string_view which = {}) const {
    return fmt::format(" UNION ALL {} FROM {} AS c WHERE c.\"workflow_id\" = {}{}",
                       row_of(table_named(name), "c"), table(name), of, which);
  }

  // All of a state but its tasks, of which a load wants the open ones and a history all.
  [[nodiscard]] std::string state_rows(std::string_view of) const {
    return child_rows("workflow_step", of) + child_rows("workflow_stage", of) +
           child_rows("workflow_participant", of) + child_rows("workflow_memory", of);
  }

  [[nodiscard]] std::string loaded_rows(std::string_view of) const {
    return state_rows(of) +
           child_rows("workflow_task", of, " AND c.\"status\" IN ('SCHEDULED', 'RUNNING')") +
           fmt::format(
               " UNION ALL SELECT '{}', ROW(c.\"workflow_id\") FROM {} AS c WHERE "
               "{}",
               applied_event_table::name.view(), table("workflow_event"), is_event("c", of, "$1"));
  }

  static std::string typed_columns(const table_description& table) {
    std::string columns;
    for (const auto& column : table.columns)
      fmt::format_to(std::back_inserter(columns), "{}{} {}", columns.empty() ? "" : ", ",
                     quoted(column.name), type_name(column, schema::dialect::postgresql));
    return columns;
  }

  static std::string column_list(const table_description& table, std::string_view prefix = {}) {
    std::string list;
    for (const auto& column : table.columns)
      list.append(list.empty() ? "" : ", ").append(prefix).append(quoted(column.name));
    return list;
  }

  static std::string resource_columns(std::string_view prefix = {}) {
    return fmt::format("{0}\"wfdef_key\", {0}\"resource_name\", {0}\"resource_id\"", prefix);
  }

  static bool is_key(const table_description& table, std::string_view column) {
    const auto key = table.primary_key().columns;
    return std::find(key.begin(), key.end(), column) != key.end();
  }

  static std::string assignments(const table_description& table) {
    std::string list;
    for (const auto& column : table.columns)
      if (!is_key(table, column.name))
        fmt::format_to(std::back_inserter(list), "{0}{1} = r.{1}", list.empty() ? "" : ", ",
                       quoted(column.name));
    return list;
  }

  // What a unit does not write keeps its value. A CASE for each column, since a statement for each
  // set of columns would be a plan for each; to give a column its own value copies a large one by
  // its pointer.
  static std::string written_columns(const table_description& table, std::string_view alias) {
    std::string list;
    std::size_t position = 0;
    for (const auto& column : table.columns) {
      const std::uint64_t bit = std::uint64_t{1} << position++;
      if (!is_key(table, column.name))
        fmt::format_to(std::back_inserter(list),
                       "{0}{1} = CASE WHEN r.\"written\" & {2} <> 0 THEN r.{1} ELSE {3}.{1} END",
                       list.empty() ? "" : ", ", quoted(column.name), bit, alias);
    }
    return list;
  }

  // So written, the server has one way to find the row c of a key, whatever it believes of a table
  // that it last looked at when there was next to nothing in it: it descends the primary key for
  // each r. An equality of the first column would let it walk a whole index beside r, which costs
  // nothing while that index is one page.
  static std::string same_key(const table_description& table) {
    std::vector<std::string> columns, values;
    std::string condition;
    for (const std::string_view column : table.primary_key().columns) {
      const bool is_first = columns.empty();
      const auto& name = columns.emplace_back("c." + quoted(column));
      const auto& value = values.emplace_back("r." + quoted(column));
      condition += is_first ? fmt::format(" AND {} = ANY (ARRAY[{}])", name, value)
                            : fmt::format(" AND {} = {}", name, value);
    }
    return condition + by_whole_key(columns, values);
  }

  // Implied by the equality of the columns. Where another index begins with the same columns, such
  // as those of steps and of events, the server takes both for equal while it knows of one row a
  // workflow, and reads all rows of the workflow; this is dearer without an index on all columns.
  static std::string by_whole_key(const std::vector<std::string>& columns,
                                  const std::vector<std::string>& values) {
    if (columns.size() < 2) return {};
    return fmt::format(" AND ({}) >= ({})", fmt::join(columns, ", "), fmt::join(values, ", "));
  }

  // A parameter as one record or as a set of them, r. The planner takes a set for a hundred rows,
  // and answers one that is joined to a table by a scan of the table.
  static std::string record(std::string_view parameter, const table_description& table,
                            std::string_view more_columns = {}) {
    return fmt::format("jsonb_to_record(cast(:{} AS jsonb)) AS r({}{})", parameter,
                       typed_columns(table), more_columns);
  }
  static std::string record_set(std::string_view parameter, const table_description& table,
                                std::string_view more_columns = {}) {
    return fmt::format("jsonb_to_recordset(cast(:{} AS jsonb)) AS r({}{})", parameter,
                       typed_columns(table), more_columns);
  }

  // Beside the columns of the table: what of them is written; of the workflow, too, what it must be
  // like to be written.
  static constexpr std::string_view written_column = ", \"written\" bigint";
  static constexpr std::string_view read_columns =
      ", \"written\" bigint, \"read_revision\" bigint, \"event_key\" text";

  // A decision may come from a state that was loaded before anybody asked for this key. Not NOT
  // EXISTS, which the planner answers for several workflows by hashing the whole table.
  [[nodiscard]] std::string is_new_event() const {
    return fmt::format(
        "(r.\"event_key\" IS NULL OR (SELECT e.\"seq\" FROM {} AS e WHERE {} LIMIT 1) IS NULL)",
        table("workflow_event"), is_event("e", "r.\"_id\"", "r.\"event_key\""));
  }

  static std::string is_event(std::string_view alias, std::string_view of, std::string_view key) {
    const std::vector<std::string> columns{fmt::format("{}.\"workflow_id\"", alias),
                                           fmt::format("{}.\"event_key\"", alias)};
    const std::vector<std::string> values{std::string{of}, std::string{key}};
    return fmt::format("{} = {} AND {} = {}{}", columns[0], values[0], columns[1], values[1],
                       by_whole_key(columns, values));
  }

  [[nodiscard]] std::string change(const child_part& part, std::string_view parameter) const {
    const table_description& child = *part.table;
    const std::string name = table(child.name);
    const std::string source =
        "moved, " + record_set(parameter, child,
                               part.what == verb::update ? written_column : std::string_view{});
    constexpr std::string_view of_moved = "r.\"workflow_id\" = moved.\"_id\"";
    switch (part.what) {
      case verb::insert:
        return fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} WHERE {}", name,
                           column_list(child), column_list(child, "r."), source, of_moved);
      case verb::update:
        return fmt::format("UPDATE {} AS c SET {} FROM {} WHERE {}{}", name,
                           written_columns(child, "c"), source, of_moved, same_key(child));
      case verb::remove:
        return fmt::format("DELETE FROM {} AS c USING {} WHERE {}{}", name, source, of_moved,
                           same_key(child));
    }
    return {};
  }

  // No row from `moved`, and no part has any.
  [[nodiscard]] statement unit_statement(std::string text, std::vector<std::string> parameters,
                                         unit_shape shape) const {
    const auto parts = child_parts();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!shape[i]) continue;
      const std::string parameter = fmt::format("rows{}", i);
      fmt::format_to(std::back_inserter(text), ",\n{}_{} AS ({})", parts[i].table->name,
                     to_text(parts[i].what), change(parts[i], parameter));
      parameters.push_back(parameter);
    }
    return {text + "\nSELECT \"_id\" FROM moved", std::move(parameters), 1};
  }

  std::string schema_;
  layout layout_;
};

// A session keeps the plans that it once made, those of the triggers of foreign keys too. While a
// table holds next to nothing a scan of it is the cheapest, and so it is in a partition that was
// made ahead: it is no longer when the table has filled. Nor is it cheaper then to collect and sort
// what an index has in order, or all rows of a workflow where one is wanted. A scan that nothing
// can replace looks dear enough to be compiled, which would take longer than it does.
constexpr std::string_view plans_for_any_size =
    "('enable_seqscan', 'off'), ('enable_bitmapscan', 'off'), ('jit', 'off')";

// A plan for given parameters has fewer partitions, so the server would rather make one each time,
// which takes longer than the statement.
constexpr std::string_view plans_for_any_parameters = ", ('plan_cache_mode', 'force_generic_plan')";

}  // namespace

std::string plan_settings(layout layout) {
  return fmt::format(
      "SELECT set_config(name, value, false) FROM (VALUES {}{}) AS ours (name, value) JOIN "
      "pg_settings USING (name) WHERE source = 'default'",
      plans_for_any_size, layout == layout::partitioned ? plans_for_any_parameters : "");
}

std::string json_value(const schema::column_description& column, std::string_view alias) {
  const std::string value = fmt::format("{}.{}", alias, quoted(column.name));
  return column.type == schema::column_type::decimal ? fmt::format("cast({} AS text)", value)
                                                     : value;
}

statement create_statement(std::string_view schema, layout layout, unit_shape shape) {
  return statement_writer{schema, layout}.create(shape);
}

statement commit_statement(std::string_view schema, layout layout, unit_shape shape) {
  return statement_writer{schema, layout}.commit(shape);
}

statement commit_all_statement(std::string_view schema, layout layout, unit_shape shape) {
  return statement_writer{schema, layout}.commit_all(shape);
}

statement hold_statement(std::string_view schema) {
  return {fmt::format("SELECT \"_id\" FROM {} WHERE \"_id\" = cast(:id AS uuid) FOR UPDATE",
                      statement_writer{schema}.table("workflow")),
          {"id"},
          1};
}

query_set queries(std::string_view schema, layout layout) {
  const statement_writer writer{schema, layout};
  query_set set;
  set.was_applied = {fmt::format("SELECT 1 FROM {} WHERE \"workflow_id\" = cast(:id AS uuid) AND "
                                 "\"seq\" = cast(:seq AS bigint) AND \"transaction_id\" = "
                                 "cast(:transaction_id AS uuid)",
                                 writer.table("workflow_event")),
                     {"id", "seq", "transaction_id"},
                     1};
  set.load_by_id = writer.load_by_id();
  set.load_by_resource = writer.load_by_resource();
  set.history = writer.history();
  set.erase = {fmt::format("DELETE FROM {} WHERE \"_id\" = cast(:id AS uuid) RETURNING \"_id\"",
                           writer.table("workflow")),
               {"id"},
               1};
  set.count_rows = {writer.count_rows(), {"id"}, 2};
  set.list = {writer.list(false), list_arguments::names(), 1};
  set.list_newest = {writer.list(true), list_arguments::names(), 1};
  set.register_definitions = {writer.register_definitions(), {"rows"}, 0};
  set.definition = {fmt::format("SELECT row_to_json(d) FROM {} AS d WHERE \"wfdef_key\" = :key AND "
                                "\"wfdef_rev\" = cast(:revision AS bigint)",
                                writer.table("workflow_definition")),
                    {"key", "revision"},
                    1};
  set.count_finished = {writer.count_finished(), finished_arguments::names(), 2};
  set.erase_finished = {writer.erase_finished(), finished_arguments::names(), 3};
  return set;
}

statement rows_statement(std::string_view schema, const table_description& table, verb what) {
  return {statement_writer{schema}.write_rows(table, what), {"rows"}, 1};
}

statement related_statement(std::string_view schema, const related_request& what) {
  std::vector<std::string> parameters{"keys"};
  if (what.limit > 0) parameters.push_back("limit");
  return {statement_writer{schema}.related(what), std::move(parameters), 1};
}

}  // namespace nava::persistence::postgresql
