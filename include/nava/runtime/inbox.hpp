// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <nava/runtime/runtime.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The inbox: a table of Nava's in which an application stores events, in transactions of its own,
/// with SQL. A drainer delivers them after the commit.
namespace nava {

/// Who runs a statement. It decides how parameters are written.
enum class sql_client {
  libpq,   ///< `$1`, by place
  soci,    ///< `:event_name`, by name; on both databases
  sqlite3  ///< `?1`, by place
};

/// A value of a statement.
struct sql_parameter {
  std::string name;                  ///< of the column, and of the place for sql_client::soci
  std::optional<std::string> value;  ///< none: NULL; else text, which the database converts
};

/// A statement to prepare or run with its parameters.
struct sql_statement {
  std::string text;                       ///< SQL that holds names and places, and no values
  std::vector<sql_parameter> parameters;  ///< in the order of their places
};

/// Returns the INSERT that stores an event in the inbox. An application runs it in the transaction
/// in which it makes its own changes: the event is delivered after the commit, and never where the
/// transaction is rolled back. `schema` is that of Nava's tables; empty: as the session finds them,
/// as SQLite does. Throws error (invalid_input) for an event that cannot be stored. Thread-safe.
[[nodiscard]] NAVA_EXPORT sql_statement publish_statement(const event& happened, sql_client client,
                                                          std::string_view schema = {});

/// How an inbox_drainer works.
struct inbox_options {
  std::string name{};       ///< for people; empty: host and process
  std::size_t threads = 4;  ///< events that are delivered at once, each of another resource
  /// The events to deliver; empty: all. Where one database serves programs with different
  /// definitions, each names the events that it handles: an event that no definition of the
  /// runtime handles is FAILED.
  std::vector<std::string> event_names{};
  std::size_t events_max = 256;  ///< held at once; at most persistence::inbox_events_max
  /// Deliveries of one event; then it is FAILED. What is refused is FAILED at the first. A busy
  /// or unreachable database does not count.
  std::int64_t attempts_max = 10;
  /// Before the second delivery; doubled before each further one, up to backoff_max.
  std::chrono::milliseconds backoff{1'000};
  std::chrono::milliseconds backoff_max{60'000};  ///< from `backoff` to a year
  /// When others may deliver what a dead process held.
  std::chrono::milliseconds lease{60'000};
  /// How often it looks for events that others than its runtime have stored.
  std::chrono::milliseconds poll{1'000};
  std::chrono::milliseconds stop_timeout{30'000};  ///< of the destructor
};

/// Delivers the events of the inbox, in threads of its own, as long as it lives. Any number of
/// drainers, in any number of processes, may work on one database.
///
/// Events of one resource are delivered by their seq, one after the other; those of different
/// resources at once. An event leaves the inbox when every workflow that takes it has applied it:
/// after a crash it is delivered again, and its key keeps it from being applied again. One without
/// a key has its row as key.
///
/// What is refused or cannot be read is FAILED, with its error, and later events of the resource go
/// on: `nava inbox` shows it and retries it. What a definition keeps early is EARLY meanwhile. What
/// fails otherwise is tried again, and later events of its resource wait for it; so do those of a
/// workflow that is PAUSED.
///
/// Thread-safe. The runtime must outlive the drainer.
class NAVA_EXPORT inbox_drainer {
 public:
  /// Throws refused for options beyond their bounds.
  explicit inbox_drainer(runtime& runtime, inbox_options options = {});
  /// As stop(), then waits for deliveries that still run.
  ~inbox_drainer();
  inbox_drainer(const inbox_drainer&) = delete;
  inbox_drainer& operator=(const inbox_drainer&) = delete;

  /// Claims no more, gives back what waits, and lets deliveries end until the deadline; not set:
  /// `inbox_options::stop_timeout` from now. Returns whether all had ended. Any thread may call it,
  /// any number of times.
  bool stop(deadline limit = {});

 private:
  class engine_room;
  std::unique_ptr<engine_room> room_;
};

}  // namespace nava
