// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <nava/schema/text.hpp>

#include "benchmarks/baseline/by_hand.hpp"
#include "benchmarks/baseline/commits.hpp"
#include "benchmarks/baseline/libpq.hpp"

namespace nava::benchmarks {
namespace {

using namespace by_hand;

struct source {
  std::string names, arrays;
};

template <class Columns>
void add(source& to, const Columns& columns, std::size_t& parameter) {
  for (const column& each : columns) {
    to.names += fmt::format("{}\"{}\"", to.names.empty() ? "" : ", ", each.name);
    to.arrays += fmt::format("{}${}::{}[]", to.arrays.empty() ? "" : ", ", ++parameter, each.type);
  }
}

// The same parts for every batch: a decision that is measured has rows for all of the inserts.
class server_batches : public batch_commits {
 public:
  server_batches(const options& given, const std::string& schema)
      : server_(given.url.location()), statement_(server_.prepare(sql_for(schema))) {}

  void commit(std::span<const nava::unit_of_work* const> units) override {
    std::vector<values> roots;
    std::array<std::vector<values>, part_count> rows;
    for (const auto* unit : units) {
      roots.push_back(root_of(*unit));
      auto more = rows_of(*unit);
      for (std::size_t i = 0; i < part_count; ++i)
        for (auto& row : more[i]) {
          row.insert(row.begin(), schema::to_text(unit->workflow.id));
          rows[i].push_back(std::move(row));
        }
    }
    values arguments;
    for (std::size_t column = 0; column < root_columns.size(); ++column)
      arguments.push_back(array_of(roots, column));
    for (std::size_t i = 0; i < part_count; ++i)
      if (parts()[i].keys == 0)
        for (std::size_t column = 0; column <= parts()[i].columns.size(); ++column)
          arguments.push_back(array_of(rows[i], column));
    if (statement_.execute(arguments).rows() != static_cast<int>(units.size())) throw_stale();
  }

 private:
  static std::string sql_for(const std::string& schema) {
    std::size_t parameter = 0;
    source roots;
    add(roots, root_columns, parameter);
    std::string sql = fmt::format(
        "WITH moved AS (UPDATE {}.workflow AS w SET status = r.status, progress = r.progress, "
        "last_seq = r.last_seq, _updated = r._updated, revision = w.revision + 1 FROM unnest({}) "
        "AS r({}) WHERE w._id = r._id AND w.revision = r.revision RETURNING w._id)",
        schema, roots.arrays, roots.names);
    for (const auto& part : parts()) {
      if (part.keys != 0) continue;
      source rows;
      add(rows, std::array{column{"workflow_id", "uuid"}}, parameter);
      add(rows, part.columns, parameter);
      sql += fmt::format(
          ", {0}_rows AS (INSERT INTO {1}.{0} ({2}) SELECT r.* FROM moved, unnest({3}) AS r({2}) "
          "WHERE r.workflow_id = moved._id)",
          part.table, schema, rows.names, rows.arrays);
    }
    return sql + " SELECT _id FROM moved";
  }

  libpq::connection server_;
  libpq::statement statement_;
};

}  // namespace

std::unique_ptr<batch_commits> plain_batch_commits(const options& given,
                                                   const std::string& schema) {
  return std::make_unique<server_batches>(given, schema);
}

}  // namespace nava::benchmarks
