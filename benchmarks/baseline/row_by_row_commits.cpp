// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <soci/soci.h>

#include <nava/schema/text.hpp>

#include "benchmarks/baseline/by_hand.hpp"
#include "benchmarks/baseline/commits.hpp"
#include "benchmarks/baseline/soci_session.hpp"

namespace nava::benchmarks {
namespace {

using namespace by_hand;

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
  row_by_row(const options& given, const std::string& schema) : session_(soci_session(given.url)) {
    const bool server = given.on_postgresql();
    if (!server) session_ << "PRAGMA foreign_keys = ON";
    if (!server) session_ << "PRAGMA synchronous = FULL";
    const std::string prefix = server ? schema + "." : "";
    const auto mark = [server](std::size_t i, std::string_view type) {
      if (server) return fmt::format("cast(:{} AS {})", soci_statement::name(i), type);
      const std::string name = soci_statement::name(i);
      return type == "bigint" ? fmt::format("cast(:{} AS INTEGER)", name) : ":" + name;
    };
    root_ = std::make_unique<soci_statement>(session_, root_sql(prefix, mark), root_columns.size());
    for (const auto& part : by_hand::parts())
      parts_.push_back(std::make_unique<soci_statement>(session_, row_sql(prefix, part, mark),
                                                        part.columns.size() + 1));
  }

  void commit(const nava::unit_of_work& unit) override {
    const std::string workflow = schema::to_text(unit.workflow.id);
    soci::transaction transaction{session_};
    root_->execute(root_of(unit));
    auto rows = rows_of(unit);
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

std::unique_ptr<commits> row_by_row_commits(const options& given, const std::string& schema) {
  return std::make_unique<row_by_row>(given, schema);
}

}  // namespace nava::benchmarks
