// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/plain_delete.hpp"

#include <libpq-fe.h>
#include <sqlite3.h>

#include <nava/schema/text.hpp>
#include <stdexcept>

namespace nava::benchmarks {
namespace {

class libpq_delete : public plain_delete {
 public:
  libpq_delete(const std::string& url, const std::string& schema)
      : connection_(PQconnectdb(url.c_str()), &PQfinish) {
    const std::string sql = "DELETE FROM \"" + schema + "\".\"workflow\" WHERE \"_id\" = $1";
    check(PQprepare(connection_.get(), "erase", sql.c_str(), 1, nullptr));
  }

  void erase(const uuid& id) override {
    const std::string text = schema::to_text(id);
    const char* values[] = {text.c_str()};
    check(PQexecPrepared(connection_.get(), "erase", 1, values, nullptr, nullptr, 0));
  }

 private:
  void check(PGresult* result) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> owned{result, &PQclear};
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
      throw std::runtime_error{PQerrorMessage(connection_.get())};
  }

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

class sqlite_delete : public plain_delete {
 public:
  explicit sqlite_delete(const std::string& path) {
    sqlite3* opened = nullptr;
    check(sqlite3_open(path.c_str(), &opened));
    database_.reset(opened);
    check(sqlite3_busy_timeout(opened, 10'000));
    check(sqlite3_exec(opened, "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL", nullptr,
                       nullptr, nullptr));
    sqlite3_stmt* prepared = nullptr;
    check(sqlite3_prepare_v2(opened, "DELETE FROM \"workflow\" WHERE \"_id\" = ?1", -1, &prepared,
                             nullptr));
    statement_.reset(prepared);
  }

  void erase(const uuid& id) override {
    const std::string text = schema::to_text(id);
    sqlite3_bind_text(statement_.get(), 1, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
    const int result = sqlite3_step(statement_.get());
    sqlite3_reset(statement_.get());
    if (result != SQLITE_DONE) throw std::runtime_error{sqlite3_errmsg(database_.get())};
  }

 private:
  static void check(int result) {
    if (result != SQLITE_OK) throw std::runtime_error{sqlite3_errstr(result)};
  }

  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database_{nullptr, &sqlite3_close};
  std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement_{nullptr, &sqlite3_finalize};
};

}  // namespace

std::unique_ptr<plain_delete> open_plain_delete(const persistence::database_url& url,
                                                const std::string& schema) {
  if (url.backend() == persistence::backend::postgresql)
    return std::make_unique<libpq_delete>(url.location(), schema);
  return std::make_unique<sqlite_delete>(url.location());
}

}  // namespace nava::benchmarks
