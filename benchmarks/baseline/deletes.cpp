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

void expect(std::size_t wanted, std::int64_t deleted) {
  if (deleted != static_cast<std::int64_t>(wanted))
    throw std::runtime_error{"a workflow that was to be deleted was not there"};
}

// `{id,id}`, an array as text.
std::string array_of(std::span<const uuid> ids) {
  std::string text = "{";
  for (const auto& id : ids) text += (text.size() == 1 ? "" : ",") + schema::to_text(id);
  return text + "}";
}

// `["id","id"]`, which json_each reads.
std::string json_of(std::span<const uuid> ids) {
  std::string text = "[";
  for (const auto& id : ids) text += (text.size() == 1 ? "\"" : ",\"") + schema::to_text(id) + "\"";
  return text + "]";
}

constexpr std::string_view is_one = " = $1", is_in = " = ANY (cast($1 AS uuid[]))";

class server_deletes : public deletes {
 public:
  server_deletes(const options& given, const std::string& schema)
      : server_(given.url.location()),
        one_(prepared(schema, is_one)),
        batch_(prepared(schema, is_in)) {}

  void erase(const uuid& id) override { expect(1, one_.execute({schema::to_text(id)}).affected()); }

  void erase_batch(std::span<const uuid> ids) override {
    expect(ids.size(), batch_.execute({array_of(ids)}).affected());
  }

 private:
  libpq::statement prepared(const std::string& schema, std::string_view which) {
    return server_.prepare("DELETE FROM " + schema::quoted(schema) + ".\"workflow\" WHERE \"_id\"" +
                           std::string{which});
  }

  libpq::connection server_;
  libpq::statement one_, batch_;
};

class file_deletes : public deletes {
 public:
  explicit file_deletes(const options& given)
      : file_(given.url.location()),
        one_(file_.prepare("DELETE FROM \"workflow\" WHERE \"_id\" = ?1")),
        batch_(file_.prepare(
            "DELETE FROM \"workflow\" WHERE \"_id\" IN (SELECT value FROM json_each(?1))")) {}

  void erase(const uuid& id) override {
    one_.execute({schema::to_text(id)});
    expect(1, sqlite3_changes(file_.native()));
  }

  void erase_batch(std::span<const uuid> ids) override {
    batch_.execute({json_of(ids)});
    expect(ids.size(), sqlite3_changes(file_.native()));
  }

 private:
  sqlite::connection file_;
  sqlite::statement one_, batch_;
};

class deletes_of_nine : public deletes {
 public:
  deletes_of_nine(const options& given, const std::string& schema)
      : server_(given.url.location()),
        one_(prepared(schema, is_one)),
        batch_(prepared(schema, is_in)) {}

  void erase(const uuid& id) override { expect(1, run(one_, schema::to_text(id))); }

  void erase_batch(std::span<const uuid> ids) override {
    expect(ids.size(), run(batch_, array_of(ids)));
  }

 private:
  std::vector<libpq::statement> prepared(const std::string& schema, std::string_view which) {
    const std::string from = "DELETE FROM " + schema::quoted(schema) + ".";
    std::vector<libpq::statement> statements;
    for (const auto& child : child_tables())
      statements.push_back(server_.prepare(from + schema::quoted(child) + " WHERE \"workflow_id\"" +
                                           std::string{which}));
    statements.push_back(server_.prepare(from + "\"workflow\" WHERE \"_id\"" + std::string{which}));
    return statements;
  }

  std::int64_t run(const std::vector<libpq::statement>& statements, const std::string& argument) {
    std::vector<libpq::call> calls;
    for (const auto& one : statements) calls.push_back({&one, {argument}});
    return server_.pipeline(calls).back();
  }

  libpq::connection server_;
  std::vector<libpq::statement> one_, batch_;
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
