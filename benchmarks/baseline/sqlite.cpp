// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/sqlite.hpp"

#include <stdexcept>

namespace nava::benchmarks::sqlite {
namespace {

constexpr int busy_timeout_ms = 10'000;

[[noreturn]] void fail(sqlite3* database) { throw std::runtime_error{sqlite3_errmsg(database)}; }

}  // namespace

void statement::begin(std::span<const argument> arguments) {
  int parameter = 0;
  for (const auto& one : arguments) {
    ++parameter;
    if (const int code = one ? sqlite3_bind_text(native(), parameter, one->data(),
                                                 static_cast<int>(one->size()), SQLITE_TRANSIENT)
                             : sqlite3_bind_null(native(), parameter);
        code != SQLITE_OK)
      fail(sqlite3_db_handle(native()));
  }
}

bool statement::next() {
  const int code = sqlite3_step(native());
  if (code == SQLITE_ROW) return true;
  reset();
  if (code != SQLITE_DONE) fail(sqlite3_db_handle(native()));
  return false;
}

void statement::reset() { sqlite3_reset(native()); }

void statement::execute(std::span<const argument> arguments) {
  begin(arguments);
  while (next()) {
  }
}

std::string_view statement::text(int column) const {
  const auto* text = sqlite3_column_text(native(), column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(native(), column))};
}

std::int64_t statement::number(int column) const { return sqlite3_column_int64(native(), column); }

connection::connection(const std::string& path) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open(path.c_str(), &opened);
  database_.reset(opened);
  if (code != SQLITE_OK) fail(native());
  sqlite3_busy_timeout(native(), busy_timeout_ms);
  run("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL");
}

void connection::run(const std::string& sql) {
  if (sqlite3_exec(native(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(native());
}

statement connection::prepare(const std::string& sql) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(native(), sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK)
    fail(native());
  return statement{prepared};
}

std::string connection::value(const std::string& sql) {
  auto query = prepare(sql);
  query.begin();
  return query.next() ? std::string{query.text()} : std::string{};
}

}  // namespace nava::benchmarks::sqlite
