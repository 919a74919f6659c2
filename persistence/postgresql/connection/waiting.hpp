// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <nava/workflow/deadline.hpp>

namespace nava::persistence::postgresql {

using owned_connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using owned_result = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// Waits until the socket of `connection` is ready for `events` of poll(), or broken. False where
/// it is not before `limit`.
[[nodiscard]] bool wait_for(const PGconn* connection, short events, deadline limit);

/// What the server answers to the statements that were sent: the result of the last one, or of
/// the first that failed. Null where the answer is not complete before `limit`; the connection is
/// then of no more use. `connection` does not block. Of a COPY from or to the program, the result
/// that says so comes back at once, with the copy still to be done.
[[nodiscard]] owned_result awaited_answer(PGconn* connection, deadline limit);

/// Breaks `connection`, so that nothing that is done with it from now on waits for the server,
/// its end included.
void abandon(const PGconn* connection);

[[nodiscard]] bool succeeded(const PGresult* result);

}  // namespace nava::persistence::postgresql
