// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/deletes.hpp"

#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>
#include <stdexcept>

#include "benchmarks/baseline/layouts.hpp"
#include "benchmarks/baseline/libpq.hpp"
#include "benchmarks/baseline/sqlite.hpp"

namespace nava::benchmarks {
namespace {

void expect_one(std::int64_t deleted) {
  if (deleted != 1) throw std::runtime_error{"a workflow that was to be deleted was not there"};
}

class server_deletes : public deletes {
 public:
  server_deletes(const options& given, const std::string& schema)
      : server_(given.url.location()),
        erase_(server_.prepare("DELETE FROM " + schema::quoted(schema) +
                               ".\"workflow\" WHERE \"_id\" = $1")) {}

  void erase(const uuid& id) override {
    expect_one(erase_.execute({schema::to_text(id)}).affected());
  }

 private:
  libpq::connection server_;
  libpq::statement erase_;
};

class file_deletes : public deletes {
 public:
  explicit file_deletes(const options& given)
      : file_(given.url.location()),
        erase_(file_.prepare("DELETE FROM \"workflow\" WHERE \"_id\" = ?1")) {}

  void erase(const uuid& id) override {
    erase_.execute({schema::to_text(id)});
    expect_one(sqlite3_changes(file_.native()));
  }

 private:
  sqlite::connection file_;
  sqlite::statement erase_;
};

class deletes_of_nine : public deletes {
 public:
  deletes_of_nine(const options& given, const std::string& schema) : server_(given.url.location()) {
    const std::string from = "DELETE FROM " + schema::quoted(schema) + ".";
    for (const auto& child : child_tables())
      statements_.push_back(
          server_.prepare(from + schema::quoted(child) + " WHERE \"workflow_id\" = $1"));
    statements_.push_back(server_.prepare(from + "\"workflow\" WHERE \"_id\" = $1"));
  }

  void erase(const uuid& id) override {
    const std::string text = schema::to_text(id);
    std::vector<libpq::call> calls;
    for (const auto& one : statements_) calls.push_back({&one, {text}});
    expect_one(server_.pipeline(calls).back());
  }

 private:
  libpq::connection server_;
  std::vector<libpq::statement> statements_;
};

}  // namespace

std::unique_ptr<deletes> plain_deletes(const options& given, const std::string& schema) {
  if (given.on_postgresql()) return std::make_unique<server_deletes>(given, schema);
  return std::make_unique<file_deletes>(given);
}

std::unique_ptr<deletes> deletes_by_hand(const options& given, const std::string& schema) {
  return std::make_unique<deletes_of_nine>(given, schema);
}

}  // namespace nava::benchmarks
