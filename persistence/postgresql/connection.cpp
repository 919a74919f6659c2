// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "persistence/log.hpp"

namespace nava::persistence::postgresql {
namespace {

// Each only where neither the URL, nor the environment, nor the server has set one: a decision
// or a page takes milliseconds, and what takes this long is stuck. Set by a statement, since a
// pooler in between does not pass the startup parameter `options` on. The rest is what the
// store's statements rely on.
constexpr const char* session_setup =
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; "
    "SELECT set_config(name, value, false) FROM (VALUES ('statement_timeout', '60s'), "
    "('lock_timeout', '10s'), ('idle_in_transaction_session_timeout', '60s')) AS ours (name, "
    "value) "
    "JOIN pg_settings USING (name) WHERE source = 'default'";

using conninfo = std::map<std::string, std::string>;

conninfo parsed(const std::string& url) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
      PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree};
  conninfo settings;
  if (!options) return settings;
  for (const auto* option = options.get(); option->keyword != nullptr; ++option)
    if (option->val != nullptr) settings.emplace(option->keyword, option->val);
  return settings;
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

std::string connect_string(const database_url& url) {
  conninfo settings = parsed(url.location());
  // What stands here wins over the environment and a service file, so ours must stand back.
  if (!settings.contains("service") && !is_set("PGSERVICE")) {
    if (!is_set("PGCONNECT_TIMEOUT")) settings.try_emplace("connect_timeout", "10");
    settings.try_emplace("keepalives_idle", "30");
    settings.try_emplace("keepalives_interval", "10");
    settings.try_emplace("keepalives_count", "3");
  }
  settings.try_emplace("fallback_application_name", "nava");
  settings["client_encoding"] = "UTF8";

  std::string text;
  for (const auto& [keyword, value] : settings) {
    text.append(keyword).append("='");
    for (const char c : value) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text.append("' ");
  }
  return text;
}

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::unique_ptr<soci::session> connect(const database_url& url) {
  try {
    return std::make_unique<soci::session>(soci::postgresql, connect_string(url));
  } catch (const soci::soci_error& failure) {
    std::string reason = one_line(failure.what());
    constexpr std::string_view preface = "Cannot establish connection to the database. ";
    if (reason.starts_with(preface)) reason.erase(0, preface.size());
    throw error{error_kind::connection_lost,
                fmt::format("cannot connect to {}: {}", url.printable(), reason)};
  }
}

bool is_one_of(std::string_view state, std::initializer_list<std::string_view> states) {
  return std::find(states.begin(), states.end(), state) != states.end();
}

error_kind kind_of(std::string_view sqlstate, bool connection_is_bad) {
  if (connection_is_bad || sqlstate.starts_with("08") ||
      is_one_of(sqlstate, {"57P01", "57P02", "57P03"}))
    return error_kind::connection_lost;
  if (sqlstate == "23505") return error_kind::unique;
  if (is_one_of(sqlstate, {"23503", "23001"})) return error_kind::foreign_key;
  if (is_one_of(sqlstate, {"23514", "23502"})) return error_kind::check;
  if (is_one_of(sqlstate, {"40001", "40P01", "55P03", "57014"})) return error_kind::contention;
  return error_kind::other;
}

// The server quotes values in messages of the classes 22 (data) and 23 (constraints); the
// message of any other class speaks of names only.
bool may_hold_values(std::string_view sqlstate) {
  return sqlstate.size() != 5 || sqlstate.starts_with("22") || sqlstate.starts_with("23");
}

std::string field(const PGresult* result, int code) {
  const char* text = result == nullptr ? nullptr : PQresultErrorField(result, code);
  return text == nullptr ? std::string{} : std::string{text};
}

error made(const PGresult* result, std::string sqlstate, const std::string& constraint,
           bool connection_is_bad) {
  const error_kind kind = kind_of(sqlstate, connection_is_bad);
  std::string text{to_text(kind)};
  if (!sqlstate.empty()) text += fmt::format(" (SQLSTATE {})", sqlstate);
  if (!constraint.empty()) text += fmt::format(": constraint {}", constraint);
  const std::string message = one_line(field(result, PG_DIAG_MESSAGE_PRIMARY));
  if (!message.empty() && !may_hold_values(sqlstate) && kind != error_kind::connection_lost)
    text += ": " + message;
  return error{kind, text, std::move(sqlstate), constraint};
}

using owned_result = std::unique_ptr<PGresult, decltype(&PQclear)>;

bool succeeded(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

std::vector<connection::row> rows_of(const PGresult* result) {
  const int columns = PQnfields(result);
  std::vector<connection::row> rows(static_cast<std::size_t>(PQntuples(result)));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int row = static_cast<int>(i);
    rows[i].resize(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column)
      if (PQgetisnull(result, row, column) == 0)
        rows[i][static_cast<std::size_t>(column)].emplace(
            PQgetvalue(result, row, column),
            static_cast<std::size_t>(PQgetlength(result, row, column)));
  }
  return rows;
}

}  // namespace

server_connection::server_connection(const database_url& url) : connection(connect(url)) {
  PQsetNoticeProcessor(
      native(), [](void*, const char* notice) { logger().debug("server: {}", one_line(notice)); },
      nullptr);
  run_script(session_setup);
}

PGconn* server_connection::native() const {
  return static_cast<soci::postgresql_session_backend*>(session().get_backend())->conn_;
}

void server_connection::run_script(const std::string& sql) {
  const owned_result result{PQexec(native(), sql.c_str()), &PQclear};
  if (!succeeded(result.get())) throw failure_of(result.get());
}

error server_connection::failure_of(const PGresult* failed) const {
  return made(failed, field(failed, PG_DIAG_SQLSTATE), field(failed, PG_DIAG_CONSTRAINT_NAME),
              PQstatus(native()) != CONNECTION_OK);
}

const std::string& server_connection::prepared_name(const statement& what) {
  const auto known = binary_names_.find(&what);
  if (known != binary_names_.end()) return known->second;
  std::string name = fmt::format("nava_{}", ++binaries_prepared_);
  const owned_result result{PQprepare(native(), name.c_str(), what.sql.c_str(), 0, nullptr),
                            &PQclear};
  if (!succeeded(result.get())) throw failure_of(result.get());
  return binary_names_.emplace(&what, std::move(name)).first->second;
}

std::vector<connection::row> server_connection::execute(const statement& what,
                                                        std::span<const argument> arguments) {
  if (!what.is_binary) return connection::execute(what, arguments);
  check_count(what, arguments);
  const std::string& name = prepared_name(what);
  std::vector<std::string> texts;
  std::vector<const char*> values;
  texts.reserve(arguments.size());
  for (const argument& value : arguments)
    values.push_back(value ? texts.emplace_back(*value).c_str() : nullptr);
  constexpr int as_binary = 1;
  const owned_result result{PQexecPrepared(native(), name.c_str(), static_cast<int>(values.size()),
                                           values.data(), nullptr, nullptr, as_binary),
                            &PQclear};
  if (succeeded(result.get())) return rows_of(result.get());
  error failure = failure_of(result.get());
  // Its plan may be for a table that has changed.
  PQclear(PQexec(native(), fmt::format("DEALLOCATE {}", name).c_str()));
  binary_names_.erase(&what);
  throw failure;
}

bool server_connection::make_idle() noexcept {
  if (PQstatus(native()) != CONNECTION_OK) return false;
  if (PQtransactionStatus(native()) == PQTRANS_IDLE) return true;
  PQclear(PQexec(native(), "ROLLBACK"));
  return PQtransactionStatus(native()) == PQTRANS_IDLE;
}

// A unique key of a partitioned table is violated in a partition, whose index has a name of its
// own.
std::string server_connection::constraint_in(const PGresult* failed,
                                             std::string_view sqlstate) const {
  std::string name = field(failed, PG_DIAG_CONSTRAINT_NAME);
  if (sqlstate != "23505" || name.empty() || PQtransactionStatus(native()) != PQTRANS_IDLE)
    return name;
  const std::string schema = field(failed, PG_DIAG_SCHEMA_NAME);
  const char* const arguments[] = {schema.c_str(), name.c_str()};
  const std::unique_ptr<PGresult, decltype(&PQclear)> parent{
      PQexecParams(native(),
                   "SELECT p.relname FROM pg_catalog.pg_inherits AS i "
                   "JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid "
                   "JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent "
                   "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
                   "WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'i'",
                   2, nullptr, arguments, nullptr, nullptr, 0),
      &PQclear};
  if (PQresultStatus(parent.get()) == PGRES_TUPLES_OK && PQntuples(parent.get()) == 1)
    name = PQgetvalue(parent.get(), 0, 0);
  return name;
}

error server_connection::translate(const soci::soci_error& failure, soci::statement* failed) const {
  const PGresult* result = nullptr;
  if (failed != nullptr)
    result = static_cast<soci::postgresql_statement_backend*>(failed->get_backend())
                 ->result_.get_result();
  const auto* known = dynamic_cast<const soci::postgresql_soci_error*>(&failure);
  std::string sqlstate = known == nullptr ? std::string{} : known->sqlstate();
  // SOCI fills in blanks where the server gave no state.
  if (sqlstate.find(' ') != std::string::npos) sqlstate.clear();
  const std::string constraint = constraint_in(result, sqlstate);
  return made(result, std::move(sqlstate), constraint, PQstatus(native()) != CONNECTION_OK);
}

}  // namespace nava::persistence::postgresql
