// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/connection/file_connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/workflow_database.hpp>
#include <random>
#include <thread>
#include <utility>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/sqlite/connection/own_functions.hpp"

namespace nava::persistence::sqlite {
namespace {

using namespace sqlite_api;

// What an error adds where a write may not have been done.
constexpr std::string_view nothing_written = "; nothing was written";

error replaced(const std::string& path) {
  return {error_kind::other,
          fmt::format("sqlite:{} is not the file that this program has opened: it was deleted, "
                      "moved or replaced{}; put the file back, or restart the program to work on "
                      "what is there now",
                      path, nothing_written)};
}

void expect_identity(const database_url& url, std::optional<file_identity> expected) {
  if (expected && identity_of(url.location()) != expected) throw replaced(url.location());
}

error in_doubt(const error& failure) {
  std::string text = failure.what();
  if (const auto at = text.find(nothing_written); at != std::string::npos)
    text.replace(at, nothing_written.size(),
                 "; a write may or may not be done: make the same call again");
  return {error_kind::outcome_unknown, text};
}

// SOCI would split the path at blanks and quotes, so its session gets a handle that is opened here.
std::unique_ptr<soci::session> open(const database_url& url,
                                    std::optional<file_identity> expected) {
  expect_file_or_nothing(url);
  // SQLite would make a file that is gone, and put the log of the old one into a new one.
  expect_identity(url, expected);
  auto session = std::make_unique<soci::session>(soci::sqlite3, ":memory:");
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(url.location().c_str(), &opened,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  auto& held = static_cast<soci::sqlite3_session_backend*>(session->get_backend())->conn_;
  sqlite3_close(std::exchange(held, opened));
  if (code != SQLITE_OK)
    throw error{error_kind::not_found,
                fmt::format("cannot open {}; its folder must exist, and this user must be able to "
                            "write the file and make files beside it",
                            url.printable())};
  return session;
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
  switch (extended_code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return error_kind::contention;
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_INTERNAL:
    case SQLITE_PROTOCOL:
      return error_kind::connection_lost;
    default:
      return error_kind::other;
  }
}

std::string_view advice_for(int extended_code) {
  switch (extended_code & 0xFF) {
    case SQLITE_IOERR:
      return "; the log of the system says more about the disk";
    case SQLITE_FULL:
      return "; free some space on the disk";
    case SQLITE_CORRUPT:
      return "; restore a backup";
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return "; this user must be able to write the file and make files beside it";
    default:
      return {};
  }
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
                                 std::chrono::milliseconds busy_timeout,
                                 std::optional<file_identity> expected,
                                 std::shared_ptr<spdlog::logger> log)
    : soci_connection(open(url, expected), std::move(log)), busy_timeout_(busy_timeout), url_(url) {
  sqlite3_extended_result_codes(native(), 1);
  sqlite3_busy_handler(native(), &wait_for_others, this);
  define_own_functions(native());
  if (!url_.in_memory()) watch_file(expected);
  run_script("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL");
  assert_foreign_keys();
  if (how == access::write) enter_wal(busy_timeout);
  if (how == access::write && !url_.in_memory()) watch_log();
  if (how == access::read) {
    // The last connection to a file would otherwise write its log into it when it closes.
    sqlite3_db_config(native(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    run_script("PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0");
  }
}

// SQLite tells whether its path still leads to the inode it has open, though not on which device,
// and of links it knows only where they led. So both are compared; what is seen before SQLite is
// asked was not exchanged in between.
void file_connection::watch_file(std::optional<file_identity> expected) {
  expect_identity(url_, expected);
  files_.add(url_.location());
  int has_moved = 0;
  sqlite3_file_control(native(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
  if (has_moved != 0) throw replaced(url_.location());
}

// While a connection has the log and its index open nobody replaces them but by hand. A file system
// without shared memory has no log.
void file_connection::watch_log() {
  static const statement journal_mode{"PRAGMA journal_mode", {}, 1};
  // Reads the file, which opens both.
  run_script("PRAGMA schema_version");
  if (execute(journal_mode).at(0).at(0) != "wal") return;
  const std::string file = sqlite3_db_filename(native(), "main");
  for (const char* const part : {"-wal", "-shm"}) files_.add(file + part);
}

void file_connection::expect_files() const {
  if (const std::string* gone = files_.first_gone()) throw replaced(*gone);
}

sqlite3* file_connection::native() const {
  return static_cast<soci::sqlite3_session_backend*>(session().get_backend())->conn_;
}

// SQLite has no queue of writers: whoever looks at the right moment is next. Its own handler looks
// ever more seldom, up to ten times a second, and loses to all who have just come; this one looks
// at random moments, on average every millisecond, so that each waiter is as likely to be next.
int file_connection::wait_for_others(void* self, int times) {
  constexpr int shortest_us = 100, longest_us = 2'000;
  auto& waiting = *static_cast<file_connection*>(self);
  if (times == 0)
    waiting.wait_limit_ =
        waiting.limit().is_never() ? deadline::in(waiting.busy_timeout_) : waiting.limit();
  if (waiting.wait_limit_.has_passed()) return 0;
  thread_local std::minstd_rand random{std::random_device{}()};
  const std::chrono::microseconds pause{
      std::uniform_int_distribution{shortest_us, longest_us}(random)};
  std::this_thread::sleep_until(std::min(deadline::clock::now() + pause, waiting.wait_limit_.at()));
  return 1;
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
  const deadline limit = deadline::in(patience);
  for (;;) {
    try {
      return run_script("PRAGMA journal_mode = WAL");
    } catch (const error& failure) {
      if (failure.kind() != error_kind::contention || limit.has_passed()) throw;
    }
    sqlite3_sleep(1);
  }
}

std::vector<connection::row> file_connection::execute(const statement& what,
                                                      std::span<const argument> arguments) {
  if (sqlite3_get_autocommit(native()) != 0) expect_files();
  try {
    return soci_connection::execute(what, arguments);
  } catch (const error& failure) {
    is_broken_ |= failure.kind() == error_kind::connection_lost && !url_.in_memory();
    throw;
  }
}

// The frames of a COMMIT that failed may be in the log all the same, where the next connection
// finds them or writes over them. Before the COMMIT there is no frame that counts.
std::vector<connection::row> file_connection::execute_write(const statement& what,
                                                            std::span<const argument> arguments) {
  std::vector<row> rows;
  try {
    rows = execute(what, arguments);
  } catch (const error& failure) {
    if (failure.kind() == error_kind::connection_lost) throw in_doubt(failure);
    throw;
  }
  try {
    expect_files();
  } catch (const error& gone) {
    throw in_doubt(gone);
  }
  return rows;
}

void file_connection::run_script(const std::string& sql) {
  if (sqlite3_get_autocommit(native()) != 0) expect_files();
  if (sqlite3_exec(native(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return;
  const error failure = made();
  is_broken_ |= failure.kind() == error_kind::connection_lost && !url_.in_memory();
  throw failure;
}

bool file_connection::make_idle() noexcept {
  if (is_broken_) return false;
  if (sqlite3_get_autocommit(native()) != 0) return true;
  return sqlite3_exec(native(), "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK;
}

error file_connection::made() const {
  const int code = sqlite3_extended_errcode(native());
  const std::string message = sqlite3_errmsg(native());
  if (code == SQLITE_NOTADB)
    return error{error_kind::invalid_input,
                 fmt::format("{} is not a SQLite database; name another", url_.printable())};
  const error_kind kind = kind_of(code);
  // The messages of these errors speak of names and files, never of bound values.
  if (kind == error_kind::connection_lost || kind == error_kind::other)
    return error{kind,
                 fmt::format("{}: {} (SQLite code {}){}{}", url_.printable(), message, code,
                             advice_for(code),
                             kind == error_kind::other ? std::string_view{} : nothing_written)};
  std::string constraint = constraint_in(message);
  std::string text = fmt::format("{} (SQLite code {})", to_text(kind), code);
  if (!constraint.empty()) text += ": constraint " + constraint;
  return error{kind, text, {}, std::move(constraint)};
}

error file_connection::translate(const soci::soci_error&) const { return made(); }

}  // namespace nava::persistence::sqlite
