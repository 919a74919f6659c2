// SPDX-License-Identifier: Apache-2.0
#include <sqlite3.h>

#include <algorithm>
#include <stdexcept>

#include "benchmarks/baseline/client.hpp"

namespace nava::benchmarks {
namespace {

constexpr int busy_timeout_ms = 10'000;

class file : public client {
 public:
  explicit file(const std::string& path) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open(path.c_str(), &opened);
    database_.reset(opened);
    check(code == SQLITE_OK);
    sqlite3_busy_timeout(native(), busy_timeout_ms);
    run("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL");
    begin_ = prepare("BEGIN IMMEDIATE");
    commit_ = prepare("COMMIT");
  }

  void run(const std::string& sql) override {
    check(sqlite3_exec(native(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  }

  statement prepare(const std::string& sql) override {
    // SQLite numbers `?1`, but takes `$1` for a name and numbers names as they come.
    std::string numbered = sql;
    std::replace(numbered.begin(), numbered.end(), '$', '?');
    sqlite3_stmt* prepared = nullptr;
    check(sqlite3_prepare_v2(native(), numbered.c_str(), -1, &prepared, nullptr) == SQLITE_OK);
    statements_.emplace_back(prepared, &sqlite3_finalize);
    return statements_.size() - 1;
  }

  std::int64_t execute(statement prepared, const values& arguments) override {
    auto* const running = bound(prepared, arguments);
    while (next(running)) {
    }
    return sqlite3_changes(native());
  }

  std::vector<row> read(statement prepared, const values& arguments) override {
    auto* const running = bound(prepared, arguments);
    std::vector<row> rows;
    while (next(running)) {
      auto& found = rows.emplace_back();
      for (int column = 0; column < sqlite3_column_count(running); ++column)
        found.push_back(text(running, column));
    }
    return rows;
  }

  std::size_t copy(statement prepared, const values& arguments) override {
    auto* const running = bound(prepared, arguments);
    std::size_t bytes = 0;
    while (next(running))
      for (int column = 0; column < sqlite3_column_count(running); ++column)
        bytes += text(running, column).size();
    return bytes;
  }

  std::int64_t transact(const std::vector<call>& calls) override {
    std::int64_t affected = 0;
    execute(begin_, {});
    for (const auto& [prepared, arguments] : calls) affected = execute(prepared, arguments);
    execute(commit_, {});
    return affected;
  }

 private:
  [[nodiscard]] sqlite3* native() const { return database_.get(); }

  void check(bool succeeded) const {
    if (!succeeded) throw std::runtime_error{sqlite3_errmsg(native())};
  }

  sqlite3_stmt* bound(statement prepared, const values& arguments) {
    auto* const running = statements_[prepared].get();
    int parameter = 0;
    for (const auto& one : arguments) {
      ++parameter;
      check((one ? sqlite3_bind_text(running, parameter, one->data(), static_cast<int>(one->size()),
                                     SQLITE_TRANSIENT)
                 : sqlite3_bind_null(running, parameter)) == SQLITE_OK);
    }
    return running;
  }

  [[nodiscard]] bool next(sqlite3_stmt* running) const {
    const int code = sqlite3_step(running);
    if (code == SQLITE_ROW) return true;
    sqlite3_reset(running);
    check(code == SQLITE_DONE);
    return false;
  }

  static std::string text(sqlite3_stmt* running, int column) {
    const auto* text = sqlite3_column_text(running, column);
    if (text == nullptr) return {};
    return {reinterpret_cast<const char*>(text),
            static_cast<std::size_t>(sqlite3_column_bytes(running, column))};
  }

  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database_{nullptr, &sqlite3_close};
  std::vector<std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>> statements_;
  statement begin_ = 0, commit_ = 0;
};

}  // namespace

std::unique_ptr<client> open_sqlite(const std::string& path) {
  return std::make_unique<file>(path);
}

}  // namespace nava::benchmarks
