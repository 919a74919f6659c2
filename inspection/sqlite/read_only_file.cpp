// SPDX-License-Identifier: Apache-2.0
#include "inspection/sqlite/read_only_file.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "persistence/sqlite/connection/open_files.hpp"
#include "persistence/sqlite/connection/own_functions.hpp"

namespace nava::inspection {

using namespace persistence::sqlite;

namespace {

void check_is_file(const database_url& url) {
  if (url.in_memory())
    throw error{error_kind::invalid_input,
                "a database in memory is empty when it is opened; name a file"};
  std::error_code unreadable;
  if (!std::filesystem::exists(url.location(), unreadable) && !unreadable)
    throw error{error_kind::not_found,
                fmt::format("there is no file at {}; check the path", url.printable())};
  expect_file_or_nothing(url);
}

}  // namespace

read_only_file::read_only_file(const database_url& url) : printable_(url.printable()) {
  check_is_file(url);
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(url.location().c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  handle_.reset(opened);
  if (code != SQLITE_OK) throw made();
  sqlite3_busy_timeout(opened, busy_wait_ms);
  define_own_functions(opened);
}

void read_only_file::begin() {
  // The snapshot is taken by the first read.
  each("BEGIN", [](const row&) {});
  each("SELECT count(*) FROM sqlite_master", [](const row&) {});
}

void read_only_file::each(const std::string& sql, const std::vector<std::string>& arguments,
                          const std::function<void(const row&)>& use) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK)
    throw made();
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement{prepared,
                                                                             &sqlite3_finalize};
  int place = 0;
  for (const std::string& value : arguments)
    if (sqlite3_bind_text(prepared, ++place, value.data(), static_cast<int>(value.size()),
                          SQLITE_STATIC) != SQLITE_OK)
      throw made();
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(prepared)) == SQLITE_ROW) use(row{prepared});
  if (code != SQLITE_DONE) throw made();
}

std::string read_only_file::collation(const std::string& table, const std::string& column) const {
  const char* name = nullptr;
  if (sqlite3_table_column_metadata(handle_.get(), "main", table.c_str(), column.c_str(), nullptr,
                                    &name, nullptr, nullptr, nullptr) != SQLITE_OK)
    throw made();
  return name;
}

// SQLite's messages speak of names and files, never of bound values.
error read_only_file::made() const {
  const int code = sqlite3_errcode(handle_.get());
  if (code == SQLITE_NOTADB)
    return error{error_kind::invalid_input,
                 fmt::format("{} is not a SQLite database; name another", printable_)};
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
    return error{error_kind::contention, std::string{to_text(error_kind::contention)}};
  const char* advice =
      code == SQLITE_CANTOPEN
          ? "; it must be readable, and in WAL mode its folder must let SQLite make files"
          : "";
  return error{error_kind::other, fmt::format("cannot read {}: {}{}", printable_,
                                              sqlite3_errmsg(handle_.get()), advice)};
}

bool read_only_file::row::is_null(int column) const {
  return sqlite3_column_type(of_, column) == SQLITE_NULL;
}

std::string read_only_file::row::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(of_, column));
  return bytes == nullptr ? std::string{} : std::string{bytes};
}

std::int64_t read_only_file::row::integer(int column) const {
  return sqlite3_column_int64(of_, column);
}

}  // namespace nava::inspection
