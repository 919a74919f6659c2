// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/schedule.hpp>
#include <nava/export.hpp>
#include <nava/runtime/runtime.hpp>
#include <variant>

namespace nava {

using engine::missed_ticks;
using engine::overlap;
using engine::schedule_spec;

/// What a tick does: it starts a workflow of the newest revision of a definition. The resource's id
/// is that of the schedule and the tick: `nightly/2026-03-01T02:00:00.000000Z`.
struct scheduled_start {
  std::string wfdef_key;      ///< of a definition that the runtime was given
  std::string resource_name;  ///< of each workflow
  json::object params{};      ///< of each workflow
};

/// Or it delivers an event, whose key is that of the schedule and the tick.
struct scheduled_event {
  std::string name;         ///< as event::name
  nava::resource resource;  ///< as event::resource
  json::object data{};      ///< as event::data
};

/// What the ticks of a schedule do.
using scheduled_work = std::variant<scheduled_start, scheduled_event>;

/// What a schedule does with ticks that are late, or that come while an earlier one runs.
struct schedule_options {
  missed_ticks missed = missed_ticks::one;  ///< which of the ticks run that no worker ran in time
  std::size_t missed_max = 100;             ///< for `skip` and `all`; 1 to engine::missed_ticks_max
  std::chrono::seconds grace{60};           ///< for `skip`: how late a tick may be that still runs
  /// Whether a tick may start a workflow while that of an earlier tick runs. Events never overlap.
  overlap overlapping = overlap::skip;
};

/// A schedule as it stands. A value.
struct schedule_state {
  std::string name;                         ///< as set() got it
  schedule_spec spec;                       ///< as set() got it
  scheduled_work work;                      ///< as set() got it
  schedule_options options;                 ///< as set() got them
  bool is_paused = false;                   ///< no tick runs
  std::optional<timestamp> last_tick{};     ///< the newest that was run or dropped
  std::optional<uuid> last_workflow{};      ///< that a tick has started
  std::optional<std::string> last_error{};  ///< why the last tick did nothing
  std::vector<timestamp> next_ticks{};      ///< up to five, all after now
};

/// Schedules in the database, run once per tick by the workers of any number of processes. A
/// schedule is a workflow of the runtime's own definition `nava.schedule`, so that it is paused,
/// resumed, looked at and deleted as workflows are. Thread-safe; the runtime must outlive it.
class NAVA_EXPORT schedules {
 public:
  /// Asks the database nothing.
  explicit schedules(runtime& runtime) : runtime_(runtime) {}

  /// Stores a schedule, or changes the one of this name, which then begins anew: it knows of no run
  /// that is under way. The first tick is the first after now. Throws refused for a name, a bound
  /// or a duration beyond its limits, for resources without a name, and for a definition that the
  /// runtime was not given.
  void set(std::string_view name, const schedule_spec& spec, const scheduled_work& work,
           const schedule_options& options = {});

  ///@{
  /// These four throw error (not_found) where there is no schedule of this name. A paused schedule
  /// runs no tick; when it is resumed, those that were missed count as missed. pause() and resume()
  /// throw action_refused where it is paused, or is not.
  void pause(std::string_view name);
  void resume(std::string_view name);
  ///@}
  /// Runs it once more, as if a tick were now, whatever runs. What is refused fails the task
  /// `nava.tick`, with the reason as its error.
  void trigger(std::string_view name);
  /// Ticks that have started workflows leave them.
  void remove(std::string_view name);

  /// Returns the schedule of this name; empty where there is none.
  [[nodiscard]] std::optional<schedule_state> find(std::string_view name) const;
  /// In the order in which they were made.
  [[nodiscard]] std::vector<schedule_state> list() const;

 private:
  runtime& runtime_;
};

}  // namespace nava
