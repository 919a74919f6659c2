// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/connection/server_connection.hpp"

#include <fmt/format.h>

#include "persistence/postgresql/connection/connecting.hpp"
#include "persistence/postgresql/connection/session_setup.hpp"
#include "persistence/postgresql/connection/sqlstate.hpp"

namespace nava::persistence::postgresql {
namespace {

// For what is done after a call: to end its transaction is one round trip, and a connection that
// takes longer for it can be spared.
constexpr std::chrono::milliseconds rollback_wait{500};

// A part of connecting, which whoever has no deadline does not wait for without end either.
constexpr std::chrono::seconds setup_wait{30};

// Schema and name of an index of a partition -> the index of the partitioned table.
constexpr const char* parent_index_sql = R"(
SELECT p.relname
FROM pg_catalog.pg_inherits AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'i')";

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

server_connection::server_connection(const database_url& url, deadline limit,
                                     std::shared_ptr<spdlog::logger> its_log)
    : connection(std::move(its_log)), native_(connect(url, limit, log())) {
  bound(limit.earlier(deadline::in(setup_wait)));
  run_script(session_setup);
  bound(limit);
}

// The server learns from the closed socket that nobody waits any more, and ends the statement
// (client_connection_check_interval); a request to cancel it would have to be waited for.
void server_connection::give_up() noexcept {
  abandon(native());
  given_up_ = true;
}

owned_result server_connection::answer(bool was_sent) {
  if (!was_sent && !given_up_) throw failed(nullptr);
  owned_result result{nullptr, &PQclear};
  if (!given_up_) result = awaited_answer(native(), limit());
  if (result) return result;
  give_up();
  throw error{error_kind::connection_lost,
              fmt::format("{}: the server gave no answer before the deadline of the call",
                          to_text(error_kind::connection_lost))};
}

void server_connection::run_script(const std::string& sql) {
  const owned_result result = answer(PQsendQuery(native(), sql.c_str()) == 1);
  if (succeeded(result.get())) return;
  if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR) throw failed(result.get());
  give_up();
  throw error{error_kind::invalid_input,
              "a script cannot COPY from or to the program; write INSERT or SELECT"};
}

const server_connection::prepared& server_connection::prepare(const statement& what) {
  const auto known = prepared_.find(what.id());
  if (known != prepared_.end()) return known->second;
  auto [sql, parameters] = positional(what);
  std::string name = fmt::format("nava_{}", ++prepared_ever_);
  const owned_result result =
      answer(PQsendPrepare(native(), name.c_str(), sql.c_str(), 0, nullptr) == 1);
  if (!succeeded(result.get())) throw failed(result.get());
  return prepared_.emplace(what.id(), prepared{std::move(name), std::move(parameters)})
      .first->second;
}

std::vector<connection::row> server_connection::execute(const statement& what,
                                                        std::span<const argument> arguments) {
  check_count(what, arguments);
  const prepared& ready = prepare(what);
  std::vector<std::string> texts;
  std::vector<const char*> given, values;
  texts.reserve(arguments.size());
  given.reserve(arguments.size());
  values.reserve(ready.parameters.size());
  for (const argument& value : arguments)
    given.push_back(value ? texts.emplace_back(*value).c_str() : nullptr);
  for (const std::size_t parameter : ready.parameters) values.push_back(given[parameter]);
  const bool was_sent =
      PQsendQueryPrepared(native(), ready.name.c_str(), static_cast<int>(values.size()),
                          values.data(), nullptr, nullptr, what.is_binary() ? 1 : 0) == 1;
  const owned_result result = answer(was_sent);
  if (succeeded(result.get())) return rows_of(result.get());
  error failure = failed(result.get());
  // What waits for a lock is run again, and need not be prepared again.
  if (failure.sqlstate() != "55P03") forget(what);
  throw failure;
}

// Its plan may be for a table that has changed.
void server_connection::forget(const statement& what) {
  // The server would not take it, and keep what nobody knows of.
  if (PQtransactionStatus(native()) == PQTRANS_INERROR) return;
  const auto place = prepared_.find(what.id());
  const std::string sql = "DEALLOCATE " + place->second.name;
  prepared_.erase(place);
  if (PQstatus(native()) == CONNECTION_OK && PQsendQuery(native(), sql.c_str()) == 1 &&
      !awaited_answer(native(), limit()))
    give_up();
}

bool server_connection::make_idle() noexcept {
  if (given_up_ || PQstatus(native()) != CONNECTION_OK) return false;
  if (PQtransactionStatus(native()) == PQTRANS_IDLE) return true;
  if (PQsendQuery(native(), "ROLLBACK") != 1) return false;
  const owned_result done = awaited_answer(native(), deadline::in(rollback_wait));
  if (!done) give_up();
  return PQtransactionStatus(native()) == PQTRANS_IDLE;
}

error server_connection::failed(const PGresult* result) {
  return failure_of(result, native(), constraint_in(result));
}

// A unique key of a partitioned table is violated in a partition, whose index has a name of its
// own.
std::string server_connection::constraint_in(const PGresult* failed) {
  std::string name = field(failed, PG_DIAG_CONSTRAINT_NAME);
  if (field(failed, PG_DIAG_SQLSTATE) != "23505" || name.empty() ||
      PQtransactionStatus(native()) != PQTRANS_IDLE)
    return name;
  const std::string schema = field(failed, PG_DIAG_SCHEMA_NAME);
  const char* const arguments[] = {schema.c_str(), name.c_str()};
  const bool was_sent = PQsendQueryParams(native(), parent_index_sql, 2, nullptr, arguments,
                                          nullptr, nullptr, 0) == 1;
  if (!was_sent) return name;
  const owned_result parent = awaited_answer(native(), limit());
  if (!parent) give_up();
  if (PQresultStatus(parent.get()) == PGRES_TUPLES_OK && PQntuples(parent.get()) == 1)
    name = PQgetvalue(parent.get(), 0, 0);
  return name;
}

}  // namespace nava::persistence::postgresql
