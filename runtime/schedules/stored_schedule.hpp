// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/runtime/schedules.hpp>
#include <string_view>

/// How a schedule lies in the database: as a workflow of the definition `nava.schedule`, whose
/// memory says what to do when, and whose one open task is due at the next tick. The task's
/// progress says which tick was the last; so ticks leave no rows behind.
namespace nava {

inline constexpr std::string_view schedule_key = "nava.schedule";  ///< definition and resource name
inline constexpr std::string_view tick_task = "nava.tick";
inline constexpr std::string_view set_event = "nava.set-schedule";
inline constexpr std::string_view trigger_event = "nava.trigger-schedule";
inline constexpr std::size_t schedule_name_bytes_max = 200;  ///< a tick's resource has more

[[nodiscard]] const definition& schedule_definition();

/// What a schedule is to do, as it lies in the memory of its workflow.
struct stored_schedule {
  schedule_spec spec;
  scheduled_work work;
  schedule_options options;
  timestamp since{};  ///< when it was set: earlier ticks are not its own

  [[nodiscard]] static json::object written(const schedule_spec& spec, const scheduled_work& work,
                                            const schedule_options& options);
  /// Throws refused for what another version of Nava has stored.
  [[nodiscard]] static stored_schedule read(const json::object& memory);
};

/// How far a schedule has come.
struct tick_progress {
  std::optional<timestamp> last_tick{};
  std::optional<uuid> last_workflow{};
  std::optional<timestamp> waiting{};  ///< a tick that waits for the end of last_workflow
  std::optional<std::string> error{};

  [[nodiscard]] json::object written() const;
  [[nodiscard]] static tick_progress read(const std::optional<json::object>& progress);
};

}  // namespace nava
