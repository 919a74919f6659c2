// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/connection.hpp"

#include <fmt/format.h>

#include "persistence/parts.hpp"

namespace nava::persistence::sqlite {
namespace {

using namespace sqlite_api;

std::unique_ptr<soci::session> open(const database_url& url) {
  try {
    return std::make_unique<soci::session>(soci::sqlite3,
                                           fmt::format("dbname=\"{}\"", url.location()));
  } catch (const soci::soci_error&) {
    throw error{error_kind::not_found,
                fmt::format("cannot open {}; check that the folder exists and is writable",
                            url.printable())};
  }
}

error_kind kind_of(int extended_code) {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return error_kind::unique;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
    case SQLITE_CONSTRAINT_TRIGGER:  // ON DELETE RESTRICT
      return error_kind::foreign_key;
    case SQLITE_CONSTRAINT_CHECK:
    case SQLITE_CONSTRAINT_NOTNULL:
    case SQLITE_CONSTRAINT_DATATYPE:
      return error_kind::check;
    default:
      break;
  }
  const int code = extended_code & 0xFF;
  return code == SQLITE_BUSY || code == SQLITE_LOCKED ? error_kind::contention : error_kind::other;
}

// SQLite names the columns of a unique key, `table.a, table.b`, where PostgreSQL names the
// constraint; the description of the tables knows both.
std::string unique_constraint_over(std::string_view columns) {
  for (const auto& table : schema::workflow_database<>::description.tables)
    for (const auto& index : table.indexes) {
      std::string text;
      for (const std::string_view column : index.columns)
        text += fmt::format("{}{}.{}", text.empty() ? "" : ", ", table.name, column);
      if (text == columns) return std::string{index.name};
    }
  return {};
}

std::string constraint_in(std::string_view message) {
  constexpr std::string_view unique = "UNIQUE constraint failed: ";
  constexpr std::string_view check = "CHECK constraint failed: ";
  if (message.starts_with(unique)) return unique_constraint_over(message.substr(unique.size()));
  if (message.starts_with(check)) return std::string{message.substr(check.size())};
  return {};
}

}  // namespace

file_connection::file_connection(const database_url& url, access how,
                                 std::chrono::milliseconds busy_timeout)
    : connection(open(url)) {
  sqlite3_extended_result_codes(native(), 1);
  sqlite3_busy_timeout(native(), static_cast<int>(busy_timeout.count()));
  run_script("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL");
  assert_foreign_keys();
  if (how == access::write) enter_wal(busy_timeout);
  if (how == access::read) {
    // The last connection to a file would otherwise write its log into it when it closes.
    sqlite3_db_config(native(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    run_script("PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0");
  }
}

sqlite3* file_connection::native() const {
  return static_cast<soci::sqlite3_session_backend*>(session().get_backend())->conn_;
}

// A library built without foreign keys ignores the pragma, and would lose every cascade.
void file_connection::assert_foreign_keys() {
  static const statement foreign_keys_state{"PRAGMA foreign_keys", {}, 1};
  const auto state = execute(foreign_keys_state);
  if (state.empty() || state.front().front() != "1")
    throw error{error_kind::other, "this SQLite library does not enforce foreign keys"};
}

// Of two connections that turn a new file to WAL at once, SQLite fails one without waiting for
// the other, since a wait could never end.
void file_connection::enter_wal(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    try {
      return run_script("PRAGMA journal_mode = WAL");
    } catch (const error& failure) {
      if (failure.kind() != error_kind::contention || std::chrono::steady_clock::now() >= deadline)
        throw;
    }
    sqlite3_sleep(1);
  }
}

void file_connection::run_script(const std::string& sql) {
  if (sqlite3_exec(native(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) throw made();
}

bool file_connection::make_idle() noexcept {
  if (sqlite3_get_autocommit(native()) != 0) return true;
  return sqlite3_exec(native(), "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK;
}

error file_connection::made() const {
  const int code = sqlite3_extended_errcode(native());
  const std::string message = sqlite3_errmsg(native());
  if (code == SQLITE_NOTADB)
    return error{error_kind::invalid_input, "the file is not a SQLite database; name another"};
  const error_kind kind = kind_of(code);
  std::string constraint = constraint_in(message);
  std::string text = fmt::format("{} (SQLite code {})", to_text(kind), code);
  if (!constraint.empty()) text += ": constraint " + constraint;
  // The messages of other errors speak of names and files, never of bound values.
  if (kind == error_kind::other) text += ": " + message;
  return error{kind, text, {}, std::move(constraint)};
}

error file_connection::translate(const soci::soci_error&, soci::statement*) const { return made(); }

}  // namespace nava::persistence::sqlite
