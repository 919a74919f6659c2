// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nava/export.hpp>
#include <nava/schema/workflow_rows.hpp>
#include <nava/workflow/deadline.hpp>
#include <nava/workflow/resource.hpp>
#include <optional>
#include <string>
#include <vector>

/// The open steps that a person has, or may claim. Which groups the person is in, and for whom the
/// person stands in, the application says with each call.
namespace nava::persistence {

inline constexpr std::size_t worklist_rows_max = 500;  ///< of one page
inline constexpr std::size_t worklist_names_max =
    256;  ///< groups and users of a request
/// The most steps that count_worklist() counts.
inline constexpr std::size_t worklist_count_max = 10'000;

/// Which steps of the users a worklist shows.
enum class worklist_scope {
  all,       ///< both
  mine,      ///< what the person has
  claimable  ///< what nobody has, and the person may claim
};

/// What a worklist is sorted by, and what a page of it costs.
enum class worklist_order {
  due,       ///< what is due first; without ts_due last. A page reads what it shows
  priority,  ///< the highest first, then by due. A page reads the whole worklist
  oldest     ///< by ts_start. A page reads the whole worklist, and a step for each entry
};

/// A value. What is left empty does not narrow the list. Definition, stage, text and postponed
/// steps are passed over one by one: a page reads on until it is full.
struct worklist_request {
  std::string user;                            ///< the id of the person; not empty
  std::vector<std::string> groups{};           ///< that the user is in
  std::vector<std::string> stands_in_for{};    ///< users whose steps the list shows too
  worklist_scope scope = worklist_scope::all;  ///< applies to `stands_in_for` too
  std::string wfdef_key{};                     ///< a definition, in any revision
  std::string stage_key{};                     ///< a stage; definitions may share its key
  std::optional<timestamp> due_before{};       ///< leaves out steps without ts_due
  bool overdue = false;                        ///< due before now
  bool postponed = false;  ///< shows steps too whose ts_follow_up is yet to come
  /// The title of step or workflow, or the id of the resource, contains this text. ASCII letters
  /// match in either case.
  std::string text{};
  worklist_order order = worklist_order::due;  ///< the same for all pages of a list
  std::string after{};     ///< worklist_page::next of the page before, of the same request
  std::size_t limit = 50;  ///< more than worklist_rows_max counts as that
};

/// What a list shows of an open step.
struct worklist_item {
  uuid workflow_id{};  ///< the workflow that owns the step
  uuid step_id{};      ///< unique in the workflow
  uuid selector{};     ///< picks the step for an event
  ///@{
  /// Columns of the workflow, which is unfinished.
  std::string wfdef_key;
  std::string resource_name;
  std::string resource_id;
  std::string workflow_title;
  schema::workflow_status workflow_status{};
  ///@}
  ///@{
  /// Columns of the step.
  std::string step_key;
  std::string stage_key;
  std::string title;
  ///@}
  std::string state;                       ///< stm_state of the step
  std::optional<std::string> label;        ///< stm_label of the step, for people; none: no label
  schema::step_status status{};            ///< ACTIVE or ERROR
  std::optional<std::string> owner_id;     ///< none: nobody owns the step
  std::optional<std::string> delegate_id;  ///< who answers for the owner; none: the owner
  std::int64_t priority = 0;               ///< 0 where the step has none
  std::optional<timestamp> ts_due;         ///< none: the step is never overdue
  std::optional<timestamp> ts_follow_up;   ///< later than now: the step is postponed
  std::optional<timestamp> ts_start;       ///< when the step was added
  /// Why it is listed. Where there are several reasons, one of them.
  schema::worklist_place place{};
  std::string principal;  ///< the user or group that `place` is of
};

/// A page of a worklist.
struct worklist_page {
  std::vector<worklist_item> items;  ///< in the order of the request; up to its limit
  std::string next;                  ///< empty: there are no more
};

/// How many steps a worklist has.
struct worklist_count {
  std::size_t steps = 0;  ///< at most worklist_count_max
  bool are_more = false;  ///< than worklist_count_max, which `steps` is then
};

/// The seam to worklists. Thread-safe. Each call is bounded as those of `store`, and throws error
/// as they do: invalid_input too for a request without a user or with too many names, and where
/// `after` comes from another request.
class NAVA_EXPORT worklists {
 public:
  virtual ~worklists() = default;

  /// Returns a page, each step once. One statement.
  [[nodiscard]] virtual worklist_page worklist(const worklist_request& request,
                                               deadline limit = {}) = 0;

  /// Counts the steps of the whole list, from its begin. Order, place and limit do not count.
  [[nodiscard]] virtual worklist_count count_worklist(const worklist_request& request,
                                                      deadline limit = {}) = 0;
};

}  // namespace nava::persistence
