// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/deletes.hpp"

#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_database.hpp>
#include <stdexcept>

#include "benchmarks/baseline/client.hpp"
#include "benchmarks/scratch.hpp"

namespace nava::benchmarks {
namespace {

void expect(std::size_t wanted, std::int64_t deleted) {
  if (deleted != static_cast<std::int64_t>(wanted))
    throw std::runtime_error{"a workflow that was to be deleted was not there"};
}

std::string prefix_of(const options& given, const std::string& schema) {
  return given.on_postgresql() ? schema::quoted(schema) + "." : "";
}

class table_deletes {
 public:
  // `tables`: of which a batch takes its rows, that of the workflows last.
  table_deletes(const options& given, const std::string& schema, std::vector<std::string> tables)
      : client_(connect(given.url)), on_server_(given.on_postgresql()) {
    const std::string some =
        on_server_ ? " = ANY (cast($1 AS uuid[]))" : " IN (SELECT value FROM json_each($1))";
    for (const auto& table : tables) {
      const std::string sql = "DELETE FROM " + prefix_of(given, schema) + schema::quoted(table) +
                              " WHERE " + (table == "workflow" ? "_id" : "workflow_id");
      one_.push_back(client_->prepare(sql + " = $1"));
      batch_.push_back(client_->prepare(sql + some));
    }
  }

  void erase(std::span<const uuid> ids) {
    const auto& statements = ids.size() == 1 ? one_ : batch_;
    const std::string argument = ids.size() == 1 ? schema::to_text(ids.front()) : list_of(ids);
    if (statements.size() == 1)
      return expect(ids.size(), client_->execute(statements[0], {argument}));
    std::vector<client::call> calls;
    for (const auto each : statements) calls.push_back({each, {argument}});
    expect(ids.size(), client_->transact(calls));
  }

 private:
  // An array of PostgreSQL, or of JSON, as text.
  [[nodiscard]] std::string list_of(std::span<const uuid> ids) const {
    std::string text;
    for (const auto& id : ids) text += (text.empty() ? "\"" : ",\"") + schema::to_text(id) + "\"";
    return on_server_ ? "{" + text + "}" : "[" + text + "]";
  }

  std::unique_ptr<client> client_;
  bool on_server_;
  std::vector<client::statement> one_, batch_;
};

delete_workflows deleting_from(const options& given, const std::string& schema,
                               std::vector<std::string> tables) {
  return [deletes = std::make_shared<table_deletes>(given, schema, std::move(tables))](
             std::span<const uuid> ids) { deletes->erase(ids); };
}

class row_deletes {
 public:
  row_deletes(const options& given, const std::string& schema)
      : client_(connect(given.url)),
        begin_(client_->prepare(given.on_postgresql() ? "BEGIN" : "BEGIN IMMEDIATE")),
        commit_(client_->prepare("COMMIT")) {
    const std::string prefix = prefix_of(given, schema);
    for (const auto& name : child_tables()) {
      const auto* table = schema::find_table(schema::workflow_database<>::description, name);
      const std::string from =
          " FROM " + prefix + schema::quoted(name) + " WHERE \"workflow_id\" = $1";
      std::string keys = "\"workflow_id\"", same;
      int parameter = 1;
      for (const auto column : table->primary_key().columns) {
        if (column == "workflow_id") continue;
        keys += ", " + schema::quoted(column);
        same += " AND " + schema::quoted(column) + " = $" + std::to_string(++parameter);
      }
      children_.push_back(
          {client_->prepare("SELECT " + keys + from), client_->prepare("DELETE" + from + same)});
    }
    root_ = client_->prepare("DELETE FROM " + prefix + "\"workflow\" WHERE \"_id\" = $1");
  }

  void erase(const uuid& id) {
    client_->execute(begin_);
    for (const auto& [select, erase] : children_)
      for (const auto& key : client_->read(select, {schema::to_text(id)}))
        client_->execute(erase, {key.begin(), key.end()});
    const auto deleted = client_->execute(root_, {schema::to_text(id)});
    client_->execute(commit_);
    expect(1, deleted);
  }

 private:
  struct child {
    client::statement select, erase;
  };

  std::unique_ptr<client> client_;
  client::statement begin_, commit_, root_ = 0;
  std::vector<child> children_;
};

}  // namespace

delete_workflows plain_deletes(const options& given, const std::string& schema) {
  return deleting_from(given, schema, {"workflow"});
}

delete_workflows deletes_by_hand(const options& given, const std::string& schema) {
  auto tables = child_tables();
  tables.emplace_back("workflow");
  return deleting_from(given, schema, std::move(tables));
}

delete_workflows row_by_row_deletes(const options& given, const std::string& schema) {
  return [deletes = std::make_shared<row_deletes>(given, schema)](std::span<const uuid> ids) {
    for (const auto& id : ids) deletes->erase(id);
  };
}

}  // namespace nava::benchmarks
