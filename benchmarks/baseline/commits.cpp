// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/commits.hpp"

#include <fmt/format.h>

#include <map>
#include <nava/schema/text.hpp>

#include "benchmarks/baseline/by_hand.hpp"
#include "benchmarks/baseline/libpq.hpp"
#include "benchmarks/baseline/sqlite.hpp"

namespace nava::benchmarks {
namespace {

using namespace by_hand;

class server_commits : public commits {
 public:
  server_commits(const options& given, std::string schema)
      : server_(given.url.location()), schema_(std::move(schema)) {}

  void commit(const nava::unit_of_work& unit) override {
    const auto rows = rows_of(unit);
    values arguments = root_of(unit);
    std::string shape;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].empty()) continue;
      shape += std::to_string(i);
      for (std::size_t column = 0; column < parts()[i].columns.size(); ++column)
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
      const auto& part = parts()[static_cast<std::size_t>(place - '0')];
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

class file_commits : public commits {
 public:
  explicit file_commits(const options& given)
      : file_(given.url.location()),
        begin_(file_.prepare("BEGIN IMMEDIATE")),
        commit_(file_.prepare("COMMIT")),
        root_(file_.prepare(root_sql("", mark))) {
    for (const auto& part : by_hand::parts())
      parts_.push_back(file_.prepare(row_sql("", part, mark)));
  }

  void commit(const nava::unit_of_work& unit) override {
    const std::string workflow = schema::to_text(unit.workflow.id);
    begin_.execute();
    root_.execute(root_of(unit));
    if (sqlite3_changes(file_.native()) != 1) throw_stale();
    auto rows = rows_of(unit);
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
    return type == "bigint" ? fmt::format("cast(?{} AS INTEGER)", i + 1)
                            : fmt::format("?{}", i + 1);
  }

  sqlite::connection file_;
  sqlite::statement begin_, commit_, root_;
  std::vector<sqlite::statement> parts_;
};

}  // namespace

std::unique_ptr<commits> plain_commits(const options& given, const std::string& schema) {
  if (given.on_postgresql()) return std::make_unique<server_commits>(given, schema);
  return std::make_unique<file_commits>(given);
}

}  // namespace nava::benchmarks
