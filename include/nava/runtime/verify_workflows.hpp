// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <nava/persistence/store.hpp>
#include <span>
#include <string>

namespace nava {

/// What contradicts itself in a stored workflow.
struct contradiction {
  uuid workflow_id{};  ///< the workflow
  std::string text;    ///< a line of engine::verify_workflow(), or why its rows cannot be read
};

/// How many workflows verify_workflows() has read, and how many contradictions it has found.
struct verify_report {
  std::size_t workflows = 0;       ///< read so far; those that were deleted meanwhile do not count
  std::size_t contradictions = 0;  ///< told so far
};

/// Whom verify_workflows() tells. Called in its thread.
struct verify_listener {
  std::function<void(const contradiction&)> on_contradiction{};  ///< at once, as each is found
  /// After each page of up to 500 workflows. Returns whether to go on; none: to the end.
  std::function<bool(const verify_report&)> on_progress{};
};

/// Reads each workflow with its past, in a snapshot of its own, and tells what contradicts itself
/// in it: engine::verify_workflow(). Beside live traffic it finds nothing that is not there. Needs
/// memory for the past of one workflow, and no definition.
///
/// `which` narrows by its filters; its order, places and limit do not count. Workflows that begin
/// after the call are not looked for. Throws error where the database fails, as list() and
/// history() do: what has been told until then stands. Thread-safe.
NAVA_EXPORT verify_report verify_workflows(persistence::store& store,
                                           const persistence::list_request& which = {},
                                           const verify_listener& listener = {});
/// The same for the workflows of these ids. An id without a workflow is passed over.
NAVA_EXPORT verify_report verify_workflows(persistence::store& store,
                                           std::span<const uuid> workflow_ids,
                                           const verify_listener& listener = {});

/// Reads each event of the inbox, by pages, and tells each line of engine::verify_event() at once,
/// in this thread; on_contradiction returns whether to go on. An event is seen as it was when its
/// page was read. Throws error as list_events() does. Thread-safe.
NAVA_EXPORT void verify_inbox(
    persistence::event_inbox& inbox,
    const std::function<bool(std::int64_t seq, const std::string& text)>& on_contradiction);

}  // namespace nava
