// SPDX-License-Identifier: Apache-2.0
#include <soci/soci.h>

#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <stdexcept>

#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/baseline/soci_session.hpp"

namespace nava::benchmarks {
namespace {

constexpr std::size_t key_columns_max = 2;  // beside workflow_id
constexpr std::size_t rows_max = 10'000;    // of a workflow in one table

// The statements for one table of children, and the variables that they exchange.
class table_deletes {
 public:
  table_deletes(soci::session& on, const std::string& prefix,
                const schema::table_description& table, schema::dialect dialect)
      : select_(on), erase_(on) {
    const std::string name = prefix + schema::quoted(table.name);
    const std::string workflow = dialect == schema::dialect::sqlite ? ":id" : "cast(:id AS uuid)";
    const std::string of_workflow = " WHERE \"workflow_id\" = " + workflow;
    std::string selected = "cast(\"workflow_id\" AS text)", same_key;
    for (const auto column : table.primary_key().columns) {
      if (column == "workflow_id") continue;
      const std::string quoted = schema::quoted(column);
      selected += ", cast(" + quoted + " AS text)";
      same_key += " AND " + quoted + " = cast(:k" + std::to_string(key_columns_++) + " AS " +
                  std::string{type_of(table, column, dialect)} + ")";
    }
    if (key_columns_ > key_columns_max) throw std::logic_error{"a key has too many columns"};
    prepare_select("SELECT " + selected + " FROM " + name + of_workflow);
    prepare_erase("DELETE FROM " + name + of_workflow + same_key);
  }
  table_deletes(const table_deletes&) = delete;
  table_deletes& operator=(const table_deletes&) = delete;

  void erase_all(const std::string& id) {
    id_ = id;
    ids_.resize(rows_max);
    for (auto& column : found_) column.resize(rows_max);
    select_.execute(true);
    const std::size_t rows = ids_.size();
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t i = 0; i < key_columns_; ++i) key_[i] = found_[i][row];
      erase_.execute(true);
    }
  }

 private:
  static std::string type_of(const schema::table_description& table, std::string_view column,
                             schema::dialect dialect) {
    for (const auto& one : table.columns)
      if (one.name == column) return schema::type_name(one, dialect);
    throw std::logic_error{"a key has a column that its table lacks"};
  }

  void prepare_select(const std::string& sql) {
    select_.exchange(soci::use(id_, "id"));
    select_.exchange(soci::into(ids_));
    for (std::size_t i = 0; i < key_columns_; ++i) select_.exchange(soci::into(found_[i]));
    select_.alloc();
    select_.prepare(sql);
    ids_.resize(rows_max);
    for (auto& column : found_) column.resize(rows_max);
    select_.define_and_bind();
  }

  void prepare_erase(const std::string& sql) {
    erase_.exchange(soci::use(id_, "id"));
    for (std::size_t i = 0; i < key_columns_; ++i)
      erase_.exchange(soci::use(key_[i], "k" + std::to_string(i)));
    erase_.alloc();
    erase_.prepare(sql);
    erase_.define_and_bind();
  }

  std::size_t key_columns_ = 0;
  std::string id_;
  std::array<std::string, key_columns_max> key_;
  std::vector<std::string> ids_;
  std::array<std::vector<std::string>, key_columns_max> found_;
  soci::statement select_, erase_;
};

class row_by_row : public deletes {
 public:
  row_by_row(const options& given, const std::string& schema)
      : session_(soci_session(given.url)), root_(session_) {
    const bool server = given.on_postgresql();
    if (!server) session_ << "PRAGMA foreign_keys = ON";
    if (!server) session_ << "PRAGMA synchronous = FULL";
    const std::string prefix = server ? schema::quoted(schema) + "." : "";
    for (const auto& table : schema::workflow_database<>::description.tables)
      if (!table.foreign_keys.empty())
        children_.push_back(std::make_unique<table_deletes>(
            session_, prefix, table,
            server ? schema::dialect::postgresql : schema::dialect::sqlite));
    root_.exchange(soci::use(id_, "id"));
    root_.alloc();
    root_.prepare("DELETE FROM " + prefix +
                  "\"workflow\" WHERE \"_id\" = " + (server ? "cast(:id AS uuid)" : ":id"));
    root_.define_and_bind();
  }

  void erase(const uuid& id) override { erase_batch({&id, 1}); }

  void erase_batch(std::span<const uuid> ids) override {
    soci::transaction transaction{session_};
    for (const auto& id : ids) erase_in_transaction(id);
    transaction.commit();
  }

 private:
  void erase_in_transaction(const uuid& id) {
    id_ = schema::to_text(id);
    for (const auto& child : children_) child->erase_all(id_);
    root_.execute(true);
    if (root_.get_affected_rows() != 1)
      throw std::runtime_error{"a workflow that was to be deleted was not there"};
  }

  soci::session session_;
  std::string id_;
  std::vector<std::unique_ptr<table_deletes>> children_;
  soci::statement root_;
};

}  // namespace

std::unique_ptr<deletes> row_by_row_deletes(const options& given, const std::string& schema) {
  return std::make_unique<row_by_row>(given, schema);
}

}  // namespace nava::benchmarks
