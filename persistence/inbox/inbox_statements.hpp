// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/inbox.hpp>
#include <string>
#include <string_view>

#include "persistence/connection/connection.hpp"
#include "persistence/connection/statement.hpp"

/// What the statements of event_inbox have in common on both databases, and their arguments.
namespace nava::persistence {

/// How a database spells what a claim says.
struct inbox_dialect {
  std::string table;              ///< with its schema
  std::string_view now;           ///< the instant of the claim
  std::string_view takes_all;     ///< a condition: no names are given
  std::string_view names;         ///< a query of those that are given
  std::string_view among;         ///< `seq {among}`: seq is one of those in `{set}`
  std::string_view integer;       ///< the type of a count
  std::string_view once;          ///< before a subquery that is to run once
  std::string_view around_locks;  ///< the clause that locks rows, and passes over locked ones
};

/// Common table expressions, the last of them `picked`: the seqs that a claim leases. `front` has
/// what was looked at. Parameters: after_seq, window, names, events_max.
[[nodiscard]] std::string picked_events(const inbox_dialect& dialect);

/// A condition: an EARLY event that is not picked comes before the event `row`, of its name and
/// resource.
[[nodiscard]] std::string is_behind_early(const inbox_dialect& dialect, std::string_view row);

/// Common table expressions: `earlier`, the EARLY events before one, and `picked`, those of them
/// that nobody has. Parameters: earlier_event_parameters, and `:now` where the dialect has it.
[[nodiscard]] std::string picked_earlier_events(const inbox_dialect& dialect);
inline const std::vector<std::string> earlier_event_parameters{
    "resource_id", "resource_name", "event_name", "after_seq", "before_seq", "events_max", "owner"};

inline const std::vector<std::string> store_event_parameters{
    "event_key", "event_name", "resource_name", "resource_id", "event_data", "event_args",
    "selector",  "at",         "actor",         "ts_created"};

/// Statements that both databases run, each in its own text. A row is a JSON object.
struct inbox_statements {
  statement store;    ///< store_event_parameters -> seq
  statement list;     ///< status, after_seq, limit -> inbox_columns, row
  statement retry;    ///< seqs as JSON, the store's own time or NULL -> a row for each
  statement discard;  ///< the same
};

/// Those but `store`. `object`: the row `i` as a JSON object; `among`: as in inbox_dialect, of the
/// list `:seqs`; `now`: the instant `:now`, or the server's.
[[nodiscard]] inbox_statements inbox_statements_of(std::string_view table, std::string_view object,
                                                   std::string_view among, std::string_view integer,
                                                   std::string_view now);

/// What can always be read of the row `row`, whatever an application has written into it.
[[nodiscard]] std::string inbox_columns(std::string_view row);
inline constexpr std::size_t inbox_columns_count = 7;

/// How many events a claim looks at, to find those that head their resources.
[[nodiscard]] std::size_t inbox_window(std::size_t events_max);

// These throw error (invalid_input) for what no database can take.

/// The columns of an application, as texts.
struct event_arguments {
  explicit event_arguments(const schema::workflow_inbox& event);

  std::string data, args;
  std::optional<std::string> selector, at;
};

void check_claim(const inbox_claim& request);
[[nodiscard]] std::optional<std::string> names_text(const inbox_claim& request);
[[nodiscard]] std::string seqs_text(std::span<const std::int64_t> seqs);

/// What a claim of this window has looked at, without events. Its rows begin with the first and
/// the last seq and the number of events in the window, and the seq of one that is behind EARLY
/// ones; `found` gets what comes then, where there is something.
[[nodiscard]] claimed_events looked_at(const std::vector<connection::row>& rows,
                                       const inbox_claim& request, std::size_t window,
                                       std::vector<connection::row>& found);

/// earlier_event_parameters of a claim.
class earlier_arguments {
 public:
  earlier_arguments(const schema::workflow_inbox& than, const inbox_claim& request);

  [[nodiscard]] std::vector<connection::argument> all() const;

 private:
  const std::string resource_id_, resource_name_, event_name_, after_seq_, before_seq_, events_max_,
      owner_;
};

/// A settlement as a statement names it. `status` is empty where the event was delivered.
struct settlement_arguments {
  std::string seq, fence, status, attempt;
  std::optional<std::string_view> error;
  std::chrono::milliseconds delay;
};
[[nodiscard]] std::vector<settlement_arguments> arguments_of(
    std::span<const inbox_settlement> ended);

}  // namespace nava::persistence
