// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/commits.hpp"

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <array>
#include <map>
#include <nava/schema/text.hpp>
#include <stdexcept>

#include "benchmarks/baseline/libpq.hpp"
#include "benchmarks/baseline/sqlite.hpp"

namespace nava::benchmarks {
namespace {

using schema::to_text;
using value = std::optional<std::string>;
using values = std::vector<value>;

struct hand_column {
  std::string_view name;
  std::string_view type;  // on PostgreSQL
};

// What is done to one table: an insert, or where there are keys, an update of the rows with them.
// The first columns are the keys; workflow_id comes before them all.
struct hand_part {
  std::string_view table;
  std::size_t keys;
  std::vector<hand_column> columns;
};

const std::array<hand_part, 5>& hand_parts() {
  static const std::array<hand_part, 5> parts{
      {{"workflow_step",
        0,
        {{"_id", "uuid"},
         {"index", "bigint"},
         {"step_key", "text"},
         {"stage_key", "text"},
         {"title", "text"},
         {"selector", "uuid"},
         {"stm_state", "text"},
         {"status", "text"},
         {"memory", "jsonb"}}},
       {"workflow_step",
        1,
        {{"_id", "uuid"},
         {"stm_state", "text"},
         {"status", "text"},
         {"memory", "jsonb"},
         {"ts_transit", "timestamptz"}}},
       {"workflow_mutation",
        0,
        {{"seq", "bigint"},
         {"transaction_id", "uuid"},
         {"name", "text"},
         {"action", "text"},
         {"step_id", "uuid"},
         {"mutation", "jsonb"},
         {"at", "timestamptz"}}},
       {"workflow_message",
        0,
        {{"seq", "bigint"}, {"timestamp", "timestamptz"}, {"source", "text"}, {"content", "text"}}},
       {"workflow_event",
        0,
        {{"seq", "bigint"},
         {"transaction_id", "uuid"},
         {"event_key", "text"},
         {"event_name", "text"},
         {"event_args", "jsonb"},
         {"event_data", "jsonb"},
         {"step_id", "uuid"},
         {"at", "timestamptz"}}}}};
  return parts;
}

value text_of(const std::optional<uuid>& id) { return id ? value{to_text(*id)} : value{}; }

// The rows of each of hand_parts(), without workflow_id.
std::array<std::vector<values>, 5> hand_rows(const persistence::unit_of_work& unit) {
  std::array<std::vector<values>, 5> rows;
  for (const auto& step : unit.steps.inserted)
    rows[0].push_back({to_text(step.id), std::to_string(step.index), step.step_key, step.stage_key,
                       step.title, to_text(step.selector), step.stm_state,
                       std::string{to_text(step.status)}, json::serialize(step.memory)});
  for (const auto& step : unit.steps.updated)
    rows[1].push_back({to_text(step.id), step.stm_state, std::string{to_text(step.status)},
                       json::serialize(step.memory),
                       step.ts_transit ? value{to_text(*step.ts_transit)} : value{}});
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

constexpr std::array<hand_column, 6> root_columns{{{"status", "text"},
                                                   {"progress", "double precision"},
                                                   {"last_seq", "bigint"},
                                                   {"_updated", "timestamptz"},
                                                   {"_id", "uuid"},
                                                   {"revision", "bigint"}}};

// In the order of root_columns: what is set, then what it is found by.
values root_values(const persistence::unit_of_work& unit) {
  const auto& row = unit.workflow;
  return {std::string{to_text(row.status)},
          fmt::format("{}", row.progress),
          std::to_string(row.last_seq),
          to_text(row.updated),
          to_text(row.id),
          std::to_string(unit.read_revision)};
}

[[noreturn]] void throw_stale() {
  throw std::runtime_error{"a workflow was not at the revision that was read"};
}

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

class server_commits : public commits {
 public:
  server_commits(const options& given, std::string schema)
      : server_(given.url.location()), schema_(std::move(schema)) {}

  void commit(const persistence::unit_of_work& unit) override {
    const auto rows = hand_rows(unit);
    values arguments = root_values(unit);
    std::string shape;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].empty()) continue;
      shape += std::to_string(i);
      for (std::size_t column = 0; column < hand_parts()[i].columns.size(); ++column)
        arguments.push_back(array_of(rows[i], column));
    }
    if (statement_for(shape).execute(arguments).rows() != 1) throw_stale();
  }

 private:
  const libpq::statement& statement_for(const std::string& shape) {
    const auto found = statements_.find(shape);
    if (found != statements_.end()) return found->second;
    return statements_.emplace(shape, server_.prepare(sql_of(shape))).first->second;
  }

  [[nodiscard]] std::string sql_of(const std::string& shape) const {
    std::string sql = fmt::format(
        "WITH moved AS (UPDATE {}.workflow SET status = $1, progress = $2::double precision, "
        "last_seq = $3::bigint, _updated = $4::timestamptz, revision = revision + 1 WHERE _id = "
        "$5::uuid AND revision = $6::bigint RETURNING _id)",
        schema_);
    std::size_t next = root_columns.size();
    for (const char place : shape) {
      const auto& part = hand_parts()[static_cast<std::size_t>(place - '0')];
      std::string names, arrays, sets, same;
      for (std::size_t i = 0; i < part.columns.size(); ++i) {
        const auto& column = part.columns[i];
        names += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", column.name);
        arrays += fmt::format("{}${}::{}[]", i == 0 ? "" : ", ", ++next, column.type);
        if (i < part.keys)
          same += fmt::format(" AND c.\"{0}\" = r.\"{0}\"", column.name);
        else
          sets += fmt::format("{0}\"{1}\" = r.\"{1}\"", i == part.keys ? "" : ", ", column.name);
      }
      const std::string source = fmt::format("moved, unnest({}) AS r({})", arrays, names);
      if (part.keys == 0)
        sql += fmt::format(
            ", part{0} AS (INSERT INTO {1}.{2} (workflow_id, {3}) SELECT moved._id, r.* FROM {4})",
            place, schema_, part.table, names, source);
      else
        sql += fmt::format(
            ", part{} AS (UPDATE {}.{} AS c SET {} FROM {} WHERE c.workflow_id = moved._id{})",
            place, schema_, part.table, sets, source, same);
    }
    return sql + " SELECT _id FROM moved";
  }

  libpq::connection server_;
  std::string schema_;
  std::map<std::string, libpq::statement> statements_;
};

// A statement for one row; `parameter` makes the placeholder of the n-th value. workflow_id is
// the last value.
template <class Parameter>
std::string row_statement(const std::string& prefix, const hand_part& part, Parameter parameter) {
  std::string names, marks, sets, same;
  for (std::size_t i = 0; i < part.columns.size(); ++i) {
    const auto& column = part.columns[i];
    const std::string mark = parameter(i, column.type);
    names += fmt::format("\"{}\", ", column.name);
    marks += mark + ", ";
    if (i < part.keys)
      same += fmt::format(" AND \"{}\" = {}", column.name, mark);
    else
      sets += fmt::format("{}\"{}\" = {}", sets.empty() ? "" : ", ", column.name, mark);
  }
  const std::string workflow = parameter(part.columns.size(), "uuid");
  if (part.keys == 0)
    return fmt::format("INSERT INTO {}{} ({}workflow_id) VALUES ({}{})", prefix, part.table, names,
                       marks, workflow);
  return fmt::format("UPDATE {}{} SET {} WHERE workflow_id = {}{}", prefix, part.table, sets,
                     workflow, same);
}

template <class Parameter>
std::string root_statement(const std::string& prefix, Parameter parameter) {
  const auto mark = [&](std::size_t i) { return parameter(i, root_columns[i].type); };
  return fmt::format(
      "UPDATE {}workflow SET status = {}, progress = {}, last_seq = {}, _updated = {}, revision = "
      "revision + 1 WHERE _id = {} AND revision = {}",
      prefix, mark(0), mark(1), mark(2), mark(3), mark(4), mark(5));
}

class file_commits : public commits {
 public:
  explicit file_commits(const options& given)
      : file_(given.url.location()),
        begin_(file_.prepare("BEGIN IMMEDIATE")),
        commit_(file_.prepare("COMMIT")),
        root_(file_.prepare(root_statement("", mark))) {
    for (const auto& part : hand_parts())
      parts_.push_back(file_.prepare(row_statement("", part, mark)));
  }

  void commit(const persistence::unit_of_work& unit) override {
    const std::string workflow = to_text(unit.workflow.id);
    begin_.execute();
    root_.execute(root_values(unit));
    if (sqlite3_changes(file_.native()) != 1) throw_stale();
    auto rows = hand_rows(unit);
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (auto& row : rows[i]) {
        row.push_back(workflow);
        parts_[i].execute(row);
      }
    commit_.execute();
  }

 private:
  // Numbers are bound as text, which an expression does not convert as a column does.
  static std::string mark(std::size_t i, std::string_view type) {
    return fmt::format(type == "bigint" ? "cast(?{} AS INTEGER)" : "?{}", i + 1);
  }

  sqlite::connection file_;
  sqlite::statement begin_, commit_, root_;
  std::vector<sqlite::statement> parts_;
};

// A statement of SOCI and the variables that it reads.
class soci_statement {
 public:
  soci_statement(soci::session& on, const std::string& sql, std::size_t parameters)
      : texts_(parameters), indicators_(parameters), statement_(on) {
    for (std::size_t i = 0; i < parameters; ++i)
      statement_.exchange(soci::use(texts_[i], indicators_[i], name(i)));
    statement_.alloc();
    statement_.prepare(sql);
    statement_.define_and_bind();
  }

  void execute(const values& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      indicators_[i] = row[i] ? soci::i_ok : soci::i_null;
      texts_[i] = row[i].value_or("");
    }
    statement_.execute(true);
    if (statement_.get_affected_rows() != 1) throw_stale();
  }

  static std::string name(std::size_t i) { return fmt::format("v{}", i); }

 private:
  std::vector<std::string> texts_;
  std::vector<soci::indicator> indicators_;
  soci::statement statement_;
};

class row_by_row : public commits {
 public:
  row_by_row(const options& given, const std::string& schema)
      : session_(given.on_postgresql()
                     ? soci::session{soci::postgresql, given.url.location()}
                     : soci::session{soci::sqlite3, "dbname=\"" + given.url.location() + "\""}) {
    const bool server = given.on_postgresql();
    if (!server) session_ << "PRAGMA foreign_keys = ON";
    if (!server) session_ << "PRAGMA synchronous = FULL";
    const std::string prefix = server ? schema + "." : "";
    const auto mark = [server](std::size_t i, std::string_view type) {
      if (server) return fmt::format("cast(:{} AS {})", soci_statement::name(i), type);
      return fmt::format(type == "bigint" ? "cast(:{} AS INTEGER)" : ":{}",
                         soci_statement::name(i));
    };
    root_ = std::make_unique<soci_statement>(session_, root_statement(prefix, mark),
                                             root_columns.size());
    for (const auto& part : hand_parts())
      parts_.push_back(std::make_unique<soci_statement>(session_, row_statement(prefix, part, mark),
                                                        part.columns.size() + 1));
  }

  void commit(const persistence::unit_of_work& unit) override {
    const std::string workflow = to_text(unit.workflow.id);
    soci::transaction transaction{session_};
    root_->execute(root_values(unit));
    auto rows = hand_rows(unit);
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (auto& row : rows[i]) {
        row.push_back(workflow);
        parts_[i]->execute(row);
      }
    transaction.commit();
  }

 private:
  soci::session session_;
  std::unique_ptr<soci_statement> root_;
  std::vector<std::unique_ptr<soci_statement>> parts_;
};

}  // namespace

std::unique_ptr<commits> plain_commits(const options& given, const std::string& schema) {
  if (given.on_postgresql()) return std::make_unique<server_commits>(given, schema);
  return std::make_unique<file_commits>(given);
}

std::unique_ptr<commits> row_by_row_commits(const options& given, const std::string& schema) {
  return std::make_unique<row_by_row>(given, schema);
}

}  // namespace nava::benchmarks
