// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <nava/engine/refusal.hpp>
#include <nava/export.hpp>
#include <nava/schema/types.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// When schedules run. The functions read no clock and write nothing. They read the machine's time
/// zone database, each zone once for the life of the process: a newer database counts after a
/// restart. Equal arguments and an equal database give equal results. All are thread-safe.
namespace nava::engine {

inline constexpr std::size_t cron_bytes_max = 500;  ///< bytes of an expression
///@{
/// The bounds of the interval of schedule_spec::every().
inline constexpr std::chrono::seconds interval_min{1};
inline constexpr std::chrono::seconds interval_max = std::chrono::days{36'525};
///@}
/// The most ticks that one call of schedule_spec::ticks_between() returns.
inline constexpr std::size_t ticks_per_call_max = 10'000;
/// The most ticks that one call of due_ticks() runs.
inline constexpr std::size_t missed_ticks_max = 1'000;

struct schedule_data;

/// The rule of a schedule, which says at which instants (ticks) it runs. An immutable value that
/// shares its content; thread-safe.
///
/// A cron expression has five fields, parted by blanks:
///
///     field          values            names
///     minute         0-59
///     hour           0-23
///     day-of-month   1-31, L           L is the last day of the month
///     month          1-12              JAN-DEC
///     day-of-week    0-7               SUN-SAT; 0 and 7 are Sunday
///
/// A field is `*`, or a list such as `1,15` of values, ranges `1-5`, and steps `*/15` and `1-30/5`.
/// Names and L may have any case. A range of weekdays may begin or end in Sunday: `FRI-SUN`. A step
/// is at most the last value of its field, so `*/90` is refused. A step needs a range: `5/10`,
/// which some programs refuse and others take for `5-59/10`, is refused.
///
/// Where neither day-of-month nor day-of-week begins with `*`, a day runs if one of the two
/// matches; otherwise both must match. `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`,
/// `@yearly` and `@annually` stand for five fields.
///
/// Where the clocks of the zone change, the first characters of minute and hour decide:
///
/// - Neither begins with `*`, such as `30 2 * * *`: fixed times. Each runs once on each day that
///   matches. A time that the clocks skip runs at the first instant after the gap, also where the
///   gap is a whole day. A time that the clocks repeat runs the first time. Times that fall on one
///   instant are one tick.
/// - One of them begins with `*`, such as `*/15 * * * *`: real time. Each minute that a clock shows
///   and that matches is a tick: none in a gap, two where the clocks repeat it.
class NAVA_EXPORT schedule_spec {
 public:
  /// `zone` is a name of the IANA database. Throws definition_error, with a line that names
  /// expression, field and what would be right, for an expression that is not as above or never
  /// matches, and for a zone that the machine does not have.
  [[nodiscard]] static schedule_spec cron(std::string_view expression,
                                          std::string_view zone = "UTC");

  /// Ticks at `anchor` + n × `interval`, for n = 0, 1, 2 …: the first tick is `anchor`. Throws
  /// definition_error for an interval outside interval_min to interval_max, and an anchor outside
  /// the years 1 to 9999.
  [[nodiscard]] static schedule_spec every(std::chrono::seconds interval, timestamp anchor);

  /// Reads the form of text(). Throws definition_error for any other text, and for what cron() and
  /// every() refuse: a zone may be missing on this machine.
  [[nodiscard]] static schedule_spec parse(std::string_view text);

  /// Returns the form to store: `cron 0 9 * * MON-FRI in Europe/Berlin`, or
  /// `every 90 s from 2026-01-01T00:00:00.000000Z`. An expression is kept as it was given, with
  /// one blank between fields.
  [[nodiscard]] const std::string& text() const;

  /// Returns the first tick after `instant`, never `instant` itself. Empty where there is none in
  /// the years 1 to 9999 of UTC. Any instant may be given.
  [[nodiscard]] std::optional<timestamp> next_after(timestamp instant) const;

  /// Returns the ticks with `after` < tick <= `until`, ascending: the first `at_most` of them, and
  /// no more than ticks_per_call_max. To read on, call again with the last tick as `after`.
  [[nodiscard]] std::vector<timestamp> ticks_between(timestamp after, timestamp until,
                                                     std::size_t at_most) const;

  /// Compares the texts: `0 0 * * 0` and `@weekly` differ.
  friend bool operator==(const schedule_spec& one, const schedule_spec& other) {
    return one.text() == other.text();
  }

 private:
  explicit schedule_spec(std::shared_ptr<const schedule_data> data) : data_(std::move(data)) {}

  std::shared_ptr<const schedule_data> data_;
};

/// What becomes of ticks that are due, of which some may be missed: nothing looked at the schedule
/// when they came.
enum class missed_ticks {
  skip,  ///< those run that are at most the grace period late; the newest `bound` of them
  one,   ///< the newest runs, however late; it stands for those before it
  all    ///< all run; where more than `bound` are due, the newest `bound`
};

/// How late a tick may be that missed_ticks::skip still runs.
inline constexpr std::chrono::seconds grace_period_default{60};

/// What due_ticks() returns.
struct due_result {
  std::vector<timestamp> run;  ///< ticks to run now, ascending
  timestamp last_tick;         ///< where the schedule stands now; the next call begins after it
  bool some_are_skipped;       ///< a due tick is not in `run`, and never will be
};

/// Says which ticks of `spec` to run at `now`. Due are the ticks after `last_tick`, the last tick
/// decided so far, up to `now`; decide on a new schedule with the instant at which it was made.
/// `bound` is for `skip` and `all`, and at most missed_ticks_max; 0 runs nothing. A negative
/// `grace_period` is 0.
///
/// The result stands at the newest due tick; where none is due, at `last_tick`. So nothing is due
/// while a clock that jumped back shows a `now` before `last_tick`, and no tick runs twice.
[[nodiscard]] NAVA_EXPORT due_result
due_ticks(const schedule_spec& spec, timestamp last_tick, timestamp now, missed_ticks policy,
          std::size_t bound, std::chrono::seconds grace_period = grace_period_default);

/// What becomes of a tick while the run of an earlier tick goes on.
enum class overlap {
  skip,         ///< the tick is dropped
  buffer_one,   ///< the tick waits for the end of the run; while one waits, others are dropped
  allow,        ///< both run at once
  cancel_other  ///< the earlier run is cancelled
};

/// What decide_overlap() returns.
enum class overlap_action {
  start,             ///< run the tick
  drop,              ///< never run it
  buffer,            ///< keep the tick until the run has ended
  start_buffered,    ///< run the buffered tick, and buffer this one in its place
  cancel_then_start  ///< cancel the run, then run the tick
};

/// Says what to do with a tick that is to run. `is_buffered`, whether an earlier tick waits, counts
/// for buffer_one alone.
[[nodiscard]] NAVA_EXPORT overlap_action decide_overlap(overlap policy, bool is_running,
                                                        bool is_buffered) noexcept;

}  // namespace nava::engine
