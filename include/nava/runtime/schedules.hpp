// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/schedule.hpp>
#include <nava/runtime/runtime.hpp>
#include <variant>

namespace nava {

using engine::missed_ticks;
using engine::overlap;
using engine::schedule_spec;

/// What a tick does: it starts a workflow of the newest revision of a definition. The resource's id
/// is that of the schedule and the tick: `nightly/2026-03-01T02:00:00.000000Z`.
struct scheduled_start {
  std::string wfdef_key;
  std::string resource_name;
  json::object params{};
};

/// Or it delivers an event, whose key is that of the schedule and the tick.
struct scheduled_event {
  std::string name;
  nava::resource resource;
  json::object data{};
};

using scheduled_work = std::variant<scheduled_start, scheduled_event>;

struct schedule_options {
  missed_ticks missed = missed_ticks::one;
  std::size_t missed_max = 100;    ///< for `skip` and `all`; 1 to engine::missed_ticks_max
  std::chrono::seconds grace{60};  ///< for `skip`: how late a tick may be that still runs
  /// Whether a tick may start a workflow while that of an earlier tick runs. Events never overlap.
  overlap overlapping = overlap::skip;
};

/// A schedule as it stands. A value.
struct schedule_state {
  std::string name;
  schedule_spec spec;
  scheduled_work work;
  schedule_options options;
  bool is_paused = false;
  std::optional<timestamp> last_tick{};     ///< the newest that was run or dropped
  std::optional<uuid> last_workflow{};      ///< that a tick has started
  std::optional<std::string> last_error{};  ///< why the last tick did nothing
  std::vector<timestamp> next_ticks{};      ///< five
};

/// Schedules in the database, run once per tick by the workers of any number of processes. A
/// schedule is a workflow of the runtime's own definition `nava.schedule`, so that it is paused,
/// resumed, looked at and deleted as workflows are. Thread-safe; the runtime must outlive it.
class schedules {
 public:
  explicit schedules(runtime& runtime) : runtime_(runtime) {}

  /// Stores a schedule, or changes the one of this name, which then begins anew: it knows of no run
  /// that is under way. The first tick is the first after now. Throws refused for a name, a bound
  /// or a duration beyond its limits, and for a definition that the runtime was not given.
  void set(std::string_view name, const schedule_spec& spec, const scheduled_work& work,
           const schedule_options& options = {});

  /// These four throw error (not_found) where there is no schedule of this name. A paused schedule
  /// runs no tick; when it is resumed, those that were missed count as missed.
  void pause(std::string_view name);
  void resume(std::string_view name);
  /// Runs it once more, as if a tick were now, whatever runs. What is refused fails the task
  /// `nava.tick`, with the reason as its error.
  void trigger(std::string_view name);
  /// Ticks that have started workflows leave them.
  void remove(std::string_view name);

  [[nodiscard]] std::optional<schedule_state> find(std::string_view name) const;
  /// In the order in which they were made.
  [[nodiscard]] std::vector<schedule_state> list() const;

 private:
  runtime& runtime_;
};

}  // namespace nava
