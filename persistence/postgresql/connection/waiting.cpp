// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/connection/waiting.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace nava::persistence::postgresql {
namespace {

// poll() counts milliseconds in an int. Where nothing comes for so long, it is called again.
constexpr std::chrono::hours one_poll_max{1};

// Whether PQgetResult() would wait for nothing.
bool is_answered(PGconn* connection, deadline limit) {
  for (;;) {
    const bool is_sending = PQflush(connection) > 0;
    if (!is_sending && PQisBusy(connection) == 0) return true;
    if (!wait_for(connection, is_sending ? POLLIN | POLLOUT : POLLIN, limit)) return false;
    // PQgetResult() tells what was wrong.
    if (PQconsumeInput(connection) == 0) return true;
  }
}

bool is_copy(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

}  // namespace

bool wait_for(const PGconn* connection, short events, deadline limit) {
  for (;;) {
    const auto left = limit.remaining(one_poll_max);
    pollfd polled{PQsocket(connection), events, 0};
    const int ready = ::poll(&polled, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    // Whoever has no time left still gets what has come.
    if (ready == 0 && limit.has_passed()) return false;
    // What poll() cannot wait for, the next call of libpq complains about.
    if (ready < 0 && errno != EINTR) return true;
  }
}

owned_result awaited_answer(PGconn* connection, deadline limit) {
  owned_result answer{nullptr, &PQclear};
  for (;;) {
    if (!is_answered(connection, limit)) return {nullptr, &PQclear};
    owned_result next{PQgetResult(connection), &PQclear};
    if (!next) return answer;
    if (!answer || succeeded(answer.get())) answer = std::move(next);
    if (is_copy(answer.get())) return answer;
  }
}

void abandon(const PGconn* connection) {
  if (const int socket = PQsocket(connection); socket >= 0) ::shutdown(socket, SHUT_RDWR);
}

bool succeeded(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  // A script may be of comments alone.
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

}  // namespace nava::persistence::postgresql
