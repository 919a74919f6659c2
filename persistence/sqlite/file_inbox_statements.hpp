// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "persistence/inbox/inbox_statements.hpp"

/// The statements of event_inbox on a SQLite file.
namespace nava::persistence::sqlite {

/// Those that the other database has too.
[[nodiscard]] inbox_statements shared_inbox_statements();

struct file_inbox_statements {
  file_inbox_statements();

  statement is_any_free;  ///< after_seq, now -> a row where an event may be had
  /// after_seq, window, events_max, names, now -> the first and the last seq that was looked at,
  /// how many were, seq if it is behind EARLY ones, seq; without a seq where nothing is to be had
  statement pick;
  statement pick_earlier;  ///< earlier_event_parameters, now -> how many there are, seq
  statement lease;         ///< seqs as JSON, end of the lease, owner -> row
  statement remove;        ///< seq, fence -> a row where it was stored
  statement keep;          ///< seq, fence, status, attempt, error, due -> likewise
};

}  // namespace nava::persistence::sqlite
