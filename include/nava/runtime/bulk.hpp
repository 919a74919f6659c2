// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/exception.hpp>
#include <nava/runtime/runtime.hpp>
#include <optional>
#include <string>
#include <vector>

/// One verb on many steps, such as those that somebody has ticked in a worklist.
namespace nava {

/// What became of one of them. A value: threads may read one object.
struct bulk_result {
  uuid workflow_id{};             ///< of the item
  uuid step_id{};                 ///< of the item
  std::optional<outcome> done{};  ///< none: it failed
  std::string error{};            ///< why, where it failed
  bool may_retry = false;         ///< the same call may succeed later
  bool outcome_known = true;      ///< false: it may be stored; a key makes calling again safe
};

/// Calls `verb(item)` for each item of a worklist, one after the other, and returns a result for
/// each. What one throws stops no other, as long as it is a std::exception; `verb` returns an
/// outcome. Thread-safe as far as `verb` is.
template <class Verb>
[[nodiscard]] std::vector<bulk_result> in_bulk(const std::vector<worklist_item>& items, Verb verb) {
  std::vector<bulk_result> results;
  results.reserve(items.size());
  for (const worklist_item& item : items) {
    bulk_result& result = results.emplace_back();
    result.workflow_id = item.workflow_id;
    result.step_id = item.step_id;
    try {
      result.done = verb(item);
    } catch (const exception& failure) {
      result.error = failure.what();
      result.may_retry = failure.may_retry();
      result.outcome_known = failure.outcome_known();
    } catch (const std::exception& failure) {
      result.error = failure.what();
    }
  }
  return results;
}

}  // namespace nava
