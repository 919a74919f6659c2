// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "persistence/inbox/inbox_statements.hpp"

/// The statements of event_inbox on PostgreSQL, each one round trip.
namespace nava::persistence::postgresql {

/// Those that the other database has too.
[[nodiscard]] inbox_statements shared_inbox_statements(std::string_view schema);

struct server_inbox_statements {
  explicit server_inbox_statements(std::string_view schema);

  /// after_seq, window, events_max, names, milliseconds of the lease, owner -> the first and
  /// the last seq that was looked at, how many were, row; without a row where nothing is to be had
  statement claim;
  statement claim_earlier;  ///< earlier_event_parameters, lease -> number, event
  statement settle;         ///< settlements as JSON -> a row for each that was stored
};

}  // namespace nava::persistence::postgresql
