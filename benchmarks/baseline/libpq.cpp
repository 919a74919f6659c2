// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/libpq.hpp"

#include <charconv>
#include <stdexcept>

namespace nava::benchmarks::libpq {
namespace {

std::vector<const char*> pointers_to(std::span<const argument> arguments) {
  std::vector<const char*> values;
  values.reserve(arguments.size());
  for (const auto& one : arguments) values.push_back(one ? one->c_str() : nullptr);
  return values;
}

bool succeeded(const PGresult* answer) {
  const auto status = PQresultStatus(answer);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC;
}

std::int64_t number_in(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::string_view result::value(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t result::number(int row, int column) const { return number_in(value(row, column)); }

std::int64_t result::affected() const { return number_in(PQcmdTuples(result_.get())); }

result statement::execute(std::span<const argument> arguments, format as) const {
  const auto values = pointers_to(arguments);
  return on_->checked(PQexecPrepared(on_->native(), name_.c_str(), static_cast<int>(values.size()),
                                     values.data(), nullptr, nullptr, static_cast<int>(as)));
}

connection::connection(const std::string& url) : connection_(PQconnectdb(url.c_str()), &PQfinish) {
  if (PQstatus(native()) != CONNECTION_OK) throw std::runtime_error{PQerrorMessage(native())};
  // Notices of DDL are no part of a report.
  PQsetNoticeProcessor(
      native(), [](void*, const char*) {}, nullptr);
}

result connection::run(const std::string& sql) { return checked(PQexec(native(), sql.c_str())); }

result connection::run(const std::string& sql, std::span<const argument> arguments, format as) {
  const auto values = pointers_to(arguments);
  return checked(PQexecParams(native(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                              values.data(), nullptr, nullptr, static_cast<int>(as)));
}

statement connection::prepare(const std::string& sql) {
  statement made{*this, "s" + std::to_string(++prepared_)};
  checked(PQprepare(native(), made.name().c_str(), sql.c_str(), 0, nullptr));
  return made;
}

std::vector<std::int64_t> connection::pipeline(std::span<const call> calls) {
  check(PQenterPipelineMode(native()));
  for (const auto& [what, arguments] : calls) {
    const auto values = pointers_to(arguments);
    check(PQsendQueryPrepared(native(), what->name().c_str(), static_cast<int>(values.size()),
                              values.data(), nullptr, nullptr, 0));
  }
  check(PQpipelineSync(native()));
  std::vector<std::int64_t> affected;
  // Each statement answers with a result and a null, the end with one that says so.
  for (std::size_t i = 0; i < calls.size(); ++i) {
    affected.push_back(checked(PQgetResult(native())).affected());
    PQclear(PQgetResult(native()));
  }
  checked(PQgetResult(native()));
  check(PQexitPipelineMode(native()));
  return affected;
}

result connection::checked(PGresult* answer) const {
  result owned{answer};
  if (!succeeded(answer)) throw std::runtime_error{PQerrorMessage(native())};
  return owned;
}

void connection::check(int sent) const {
  if (sent != 1) throw std::runtime_error{PQerrorMessage(native())};
}

}  // namespace nava::benchmarks::libpq
