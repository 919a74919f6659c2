// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/commits.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <map>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_database.hpp>
#include <stdexcept>

#include "benchmarks/baseline/client.hpp"

namespace nava::benchmarks {
namespace {

using schema::to_text;
using names = std::vector<std::string_view>;

// What is done to one table: an insert or, where there are keys, an update of the rows that have
// them. The keys come first among the columns; workflow_id is not listed.
struct part {
  std::string_view table;
  std::size_t keys;
  names columns;
};

constexpr std::size_t part_count = 5;
using rows_of_parts = std::array<std::vector<values>, part_count>;

const std::array<part, part_count> parts{
    {{"workflow_step",
      0,
      {"_id", "index", "step_key", "stage_key", "title", "selector", "stm_state", "status",
       "memory"}},
     {"workflow_step", 1, {"_id", "stm_state", "status", "memory", "ts_transit", "stm_from"}},
     {"workflow_mutation",
      0,
      {"seq", "transaction_id", "name", "action", "step_id", "mutation", "at"}},
     {"workflow_message", 0, {"seq", "timestamp", "source", "content"}},
     {"workflow_event",
      0,
      {"seq", "transaction_id", "event_key", "event_name", "event_args", "event_data", "step_id",
       "at"}}}};

// What is set in workflow, then its id and the revision that was read.
const names root_columns{"status", "progress", "last_seq", "_updated", "_id", "revision"};

template <class Value>
value text_of(const std::optional<Value>& of) {
  return of ? value{to_text(*of)} : value{};
}

values root_of(const nava::unit_of_work& unit) {
  const auto& row = unit.workflow;
  return {std::string{to_text(row.status)},
          fmt::format("{}", row.progress),
          std::to_string(row.last_seq),
          to_text(row.updated),
          to_text(row.id),
          std::to_string(unit.read_revision)};
}

rows_of_parts rows_of(const nava::unit_of_work& unit) {
  rows_of_parts rows;
  for (const auto& step : unit.steps.inserted)
    rows[0].push_back({to_text(step.id), std::to_string(step.index), step.step_key, step.stage_key,
                       step.title, to_text(step.selector), step.stm_state,
                       std::string{to_text(step.status)}, json::serialize(step.memory)});
  for (const auto& step : unit.steps.updated)
    rows[1].push_back({to_text(step.id), step.stm_state, std::string{to_text(step.status)},
                       json::serialize(step.memory), text_of(step.ts_transit), step.stm_from});
  for (const auto& row : unit.mutations)
    rows[2].push_back({std::to_string(row.seq), to_text(row.transaction_id), row.name, row.action,
                       text_of(row.step_id), json::serialize(row.mutation), to_text(row.at)});
  for (const auto& row : unit.messages)
    rows[3].push_back({std::to_string(row.seq), to_text(row.at), row.source, row.content});
  for (const auto& row : unit.events)
    rows[4].push_back({std::to_string(row.seq), to_text(row.transaction_id), row.event_key,
                       row.event_name, json::serialize(row.event_args),
                       json::serialize(row.event_data), text_of(row.step_id), to_text(row.at)});
  return rows;
}

std::string quoted_list(const names& columns) {
  std::string list;
  for (const auto name : columns) list += (list.empty() ? "" : ", ") + schema::quoted(name);
  return list;
}

void expect(std::size_t wanted, std::int64_t written) {
  if (written != static_cast<std::int64_t>(wanted))
    throw std::runtime_error{"a workflow was not at the revision that was read"};
}

std::string root_sql(const std::string& prefix) {
  return fmt::format(
      "UPDATE {}workflow SET status = $1, progress = $2, last_seq = $3, _updated = $4, revision = "
      "revision + 1 WHERE _id = $5 AND revision = $6",
      prefix);
}

// A column of rows as an array of PostgreSQL.
std::string array_of(const std::vector<values>& rows, std::size_t column) {
  std::string text = "{";
  for (const auto& row : rows) {
    if (text.size() > 1) text += ',';
    if (!row[column]) {
      text += "NULL";
      continue;
    }
    text += '"';
    for (const char c : *row[column]) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

// `unnest($1::uuid[], …) AS r("_id", …)`; counts the parameters on from `parameter`.
std::string unnested(std::string_view table, const names& columns, std::size_t& parameter) {
  const auto* described = schema::find_table(schema::workflow_database<>::description, table);
  std::string arrays;
  for (const auto name : columns)
    for (const auto& column : described->columns)
      if (column.name == name)
        arrays += fmt::format("{}${}::{}[]", arrays.empty() ? "" : ", ", ++parameter,
                              schema::type_name(column, schema::dialect::postgresql));
  return fmt::format("unnest({}) AS r({})", arrays, quoted_list(columns));
}

// One statement for one decision, or for decisions on several workflows. The parts without rows are
// left out, and a shape says which have some: `024`.
class array_commits {
 public:
  array_commits(const options& given, bool several)
      : server_(connect(given.url)), schema_(given.schema), several_(several) {}

  void commit(std::span<const nava::unit_of_work* const> units) {
    std::vector<values> roots;
    rows_of_parts rows;
    for (const auto* unit : units) {
      roots.push_back(root_of(*unit));
      auto more = rows_of(*unit);
      for (std::size_t i = 0; i < part_count; ++i)
        for (auto& row : more[i]) {
          if (several_) row.insert(row.begin(), to_text(unit->workflow.id));
          rows[i].push_back(std::move(row));
        }
    }
    values arguments;
    for (std::size_t i = 0; i < root_columns.size(); ++i)
      arguments.push_back(several_ ? array_of(roots, i) : std::move(roots.front()[i]));
    std::string shape;
    for (std::size_t i = 0; i < part_count; ++i) {
      if (rows[i].empty() || (several_ && parts[i].keys > 0)) continue;
      shape += std::to_string(i);
      for (std::size_t column = 0; column < rows[i].front().size(); ++column)
        arguments.push_back(array_of(rows[i], column));
    }
    expect(units.size(), server_->execute(statement_for(shape), arguments));
  }

 private:
  client::statement statement_for(const std::string& shape) {
    const auto found = statements_.find(shape);
    if (found != statements_.end()) return found->second;
    return statements_.emplace(shape, server_->prepare(sql_of(shape))).first->second;
  }

  [[nodiscard]] std::string sql_of(const std::string& shape) const {
    std::size_t parameter = 0;
    std::string sql;
    if (several_) {
      sql = fmt::format(
          "WITH moved AS (UPDATE {}.workflow AS w SET status = r.status, progress = r.progress, "
          "last_seq = r.last_seq, _updated = r._updated, revision = w.revision + 1 FROM {} WHERE "
          "w._id = r._id AND w.revision = r.revision RETURNING w._id)",
          schema_, unnested("workflow", root_columns, parameter));
    } else {
      sql = fmt::format("WITH moved AS ({} RETURNING _id)", root_sql(schema_ + "."));
      parameter = root_columns.size();
    }
    for (const char place : shape)
      sql += fmt::format(", part{} AS ({})", place,
                         part_sql(parts[static_cast<std::size_t>(place - '0')], parameter));
    return sql + " SELECT _id FROM moved";
  }

  [[nodiscard]] std::string part_sql(const part& of, std::size_t& parameter) const {
    names columns = of.columns;
    if (several_) columns.insert(columns.begin(), "workflow_id");
    const std::string rows = unnested(of.table, columns, parameter);
    if (several_)
      return fmt::format(
          "INSERT INTO {}.{} ({}) SELECT r.* FROM moved, {} WHERE r.workflow_id = moved._id",
          schema_, of.table, quoted_list(columns), rows);
    if (of.keys == 0)
      return fmt::format("INSERT INTO {}.{} (workflow_id, {}) SELECT moved._id, r.* FROM moved, {}",
                         schema_, of.table, quoted_list(columns), rows);
    std::string sets, same;
    for (std::size_t i = 0; i < columns.size(); ++i)
      (i < of.keys ? same : sets) += fmt::format(fmt::runtime(i < of.keys    ? " AND c.{0} = r.{0}"
                                                              : sets.empty() ? "{0} = r.{0}"
                                                                             : ", {0} = r.{0}"),
                                                 schema::quoted(columns[i]));
    return fmt::format("UPDATE {}.{} AS c SET {} FROM moved, {} WHERE c.workflow_id = moved._id{}",
                       schema_, of.table, sets, rows, same);
  }

  std::unique_ptr<client> server_;
  std::string schema_;
  bool several_;
  std::map<std::string, client::statement> statements_;
};

// A statement for one row of a part; workflow_id is its last value.
std::string row_sql(const std::string& prefix, const part& of) {
  std::string marks, sets, same;
  for (std::size_t i = 0; i < of.columns.size(); ++i) {
    const std::string mark = fmt::format("${}", i + 1), name = schema::quoted(of.columns[i]);
    marks += mark + ", ";
    if (i < of.keys)
      same += fmt::format(" AND {} = {}", name, mark);
    else
      sets += fmt::format("{}{} = {}", sets.empty() ? "" : ", ", name, mark);
  }
  const std::string workflow = fmt::format("${}", of.columns.size() + 1);
  if (of.keys == 0)
    return fmt::format("INSERT INTO {}{} ({}, workflow_id) VALUES ({}{})", prefix, of.table,
                       quoted_list(of.columns), marks, workflow);
  return fmt::format("UPDATE {}{} SET {} WHERE workflow_id = {}{}", prefix, of.table, sets,
                     workflow, same);
}

class row_commits {
 public:
  explicit row_commits(const options& given) : client_(connect(given.url)) {
    const std::string prefix = given.on_postgresql() ? given.schema + "." : "";
    begin_ = client_->prepare(given.on_postgresql() ? "BEGIN" : "BEGIN IMMEDIATE");
    commit_ = client_->prepare("COMMIT");
    root_ = client_->prepare(root_sql(prefix));
    for (const auto& part : parts) parts_.push_back(client_->prepare(row_sql(prefix, part)));
  }

  void commit(const nava::unit_of_work& unit) {
    const std::string workflow = to_text(unit.workflow.id);
    client_->execute(begin_);
    expect(1, client_->execute(root_, root_of(unit)));
    auto rows = rows_of(unit);
    for (std::size_t i = 0; i < part_count; ++i)
      for (auto& row : rows[i]) {
        row.push_back(workflow);
        client_->execute(parts_[i], row);
      }
    client_->execute(commit_);
  }

 private:
  std::unique_ptr<client> client_;
  client::statement begin_, commit_, root_;
  std::vector<client::statement> parts_;
};

}  // namespace

commit_one plain_commits(const options& given) {
  if (!given.on_postgresql()) return row_by_row_commits(given);
  return [arrays = std::make_shared<array_commits>(given, false)](const nava::unit_of_work& unit) {
    const auto* only = &unit;
    arrays->commit({&only, 1});
  };
}

commit_one row_by_row_commits(const options& given) {
  return [rows = std::make_shared<row_commits>(given)](const nava::unit_of_work& unit) {
    rows->commit(unit);
  };
}

commit_batch plain_batch_commits(const options& given) {
  return [arrays = std::make_shared<array_commits>(given, true)](
             std::span<const nava::unit_of_work* const> units) { arrays->commit(units); };
}

}  // namespace nava::benchmarks
