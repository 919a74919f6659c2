// SPDX-License-Identifier: Apache-2.0
#include <libpq-fe.h>

#include <charconv>
#include <stdexcept>
#include <string_view>

#include "benchmarks/baseline/client.hpp"

namespace nava::benchmarks {
namespace {

enum class format { text = 0, binary = 1 };  // of a result

std::vector<const char*> pointers_to(const values& arguments) {
  std::vector<const char*> pointers;
  pointers.reserve(arguments.size());
  for (const auto& one : arguments) pointers.push_back(one ? one->c_str() : nullptr);
  return pointers;
}

using result = std::unique_ptr<PGresult, decltype(&PQclear)>;

std::string value_in(const result& of, int row, int column) {
  return {PQgetvalue(of.get(), row, column),
          static_cast<std::size_t>(PQgetlength(of.get(), row, column))};
}

std::int64_t affected_by(const result& of) {
  const std::string_view text = PQcmdTuples(of.get());
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

class server : public client {
 public:
  explicit server(const std::string& url) : connection_(PQconnectdb(url.c_str()), &PQfinish) {
    if (PQstatus(native()) != CONNECTION_OK) fail();
    // Notices of DDL are no part of a report.
    PQsetNoticeProcessor(
        native(), [](void*, const char*) {}, nullptr);
  }

  void run(const std::string& sql) override { checked(PQexec(native(), sql.c_str())); }

  statement prepare(const std::string& sql) override {
    names_.push_back("s" + std::to_string(names_.size()));
    checked(PQprepare(native(), names_.back().c_str(), sql.c_str(), 0, nullptr));
    return names_.size() - 1;
  }

  std::int64_t execute(statement prepared, const values& arguments) override {
    return affected_by(answer(prepared, arguments, format::text));
  }

  std::vector<row> read(statement prepared, const values& arguments) override {
    const auto found = answer(prepared, arguments, format::text);
    std::vector<row> rows(static_cast<std::size_t>(PQntuples(found.get())));
    for (int at = 0; at < PQntuples(found.get()); ++at)
      for (int column = 0; column < PQnfields(found.get()); ++column)
        rows[static_cast<std::size_t>(at)].push_back(value_in(found, at, column));
    return rows;
  }

  std::size_t copy(statement prepared, const values& arguments) override {
    const auto found = answer(prepared, arguments, format::binary);
    std::size_t bytes = 0;
    for (int at = 0; at < PQntuples(found.get()); ++at)
      for (int column = 0; column < PQnfields(found.get()); ++column)
        bytes += value_in(found, at, column).size();
    return bytes;
  }

  std::int64_t transact(const std::vector<call>& calls) override {
    check(PQenterPipelineMode(native()));
    for (const auto& [prepared, arguments] : calls) {
      const auto pointers = pointers_to(arguments);
      check(PQsendQueryPrepared(native(), names_[prepared].c_str(),
                                static_cast<int>(pointers.size()), pointers.data(), nullptr,
                                nullptr, 0));
    }
    check(PQpipelineSync(native()));
    std::int64_t affected = 0;
    // Each statement answers with a result and a null, the end with one that says so.
    for (std::size_t i = 0; i < calls.size(); ++i) {
      affected = affected_by(checked(PQgetResult(native())));
      PQclear(PQgetResult(native()));
    }
    checked(PQgetResult(native()));
    check(PQexitPipelineMode(native()));
    return affected;
  }

 private:
  [[nodiscard]] PGconn* native() const { return connection_.get(); }

  result answer(statement prepared, const values& arguments, format as) const {
    const auto pointers = pointers_to(arguments);
    return checked(PQexecPrepared(native(), names_[prepared].c_str(),
                                  static_cast<int>(pointers.size()), pointers.data(), nullptr,
                                  nullptr, static_cast<int>(as)));
  }
  [[noreturn]] void fail() const { throw std::runtime_error{PQerrorMessage(native())}; }
  result checked(PGresult* answered) const {
    result owned{answered, &PQclear};
    const auto status = PQresultStatus(answered);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_PIPELINE_SYNC)
      fail();
    return owned;
  }
  void check(int sent) const {
    if (sent != 1) fail();
  }

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  std::vector<std::string> names_;  // of the prepared statements
};

}  // namespace

std::unique_ptr<client> connect_libpq(const std::string& url) {
  return std::make_unique<server>(url);
}

std::unique_ptr<client> connect(const persistence::database_url& url) {
  return url.backend() == persistence::backend::postgresql ? connect_libpq(url.location())
                                                           : open_sqlite(url.location());
}

}  // namespace nava::benchmarks
