// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nava/export.hpp>
#include <nava/schema/workflow_rows.hpp>
#include <optional>
#include <string>
#include <vector>

/// Finds workflows by what their rows say. Types and a pure function; a value: threads may read one
/// object.
namespace nava::persistence {

inline constexpr std::size_t list_rows_max = 1000;  ///< of one page of list()

/// From a time on, and before another.
struct time_range {
  std::optional<timestamp> from{};    ///< none: no lower bound
  std::optional<timestamp> before{};  ///< none: no upper bound; not less than `from`
};

/// What the workflows of a list are sorted by.
enum class list_order {
  created,  ///< by id: those of one process in the order of creation, of several by their clocks
  finished  ///< by ts_finish, finished workflows alone
};

/// What is left empty does not narrow the list. A page walks along one index, in the order of the
/// list, and passes over what does not match, until the page is full. The first that fits:
///
/// - ordered by `finished`: along ts_finish, from `finished.from` to `finished.before`
/// - with `owner_id`: along the workflows of the owner
/// - with `company_id`: along those of the company
/// - with unfinished `statuses` alone: along the unfinished workflows
/// - along all ids. It may scan the table: for a rare definition, resource, participant, tag,
///   legal hold or finished status, and for times of creation, change and end
struct list_request {
  std::string wfdef_key{};                          ///< a definition, in any revision
  std::vector<schema::workflow_status> statuses{};  ///< one of them
  std::string resource_name{};                      ///< the whole name
  std::string resource_id_prefix{};                 ///< letters match in their case
  std::string owner_id{};                           ///< the whole id
  std::string company_id{};                         ///< the whole id
  std::string tag{};                                ///< in usr_tag
  std::string participant{};                        ///< a user, in any role
  bool under_legal_hold = false;                    ///< those alone
  ///@{
  /// Times of creation, of the last change and of finish. An unfinished workflow is never in
  /// `finished`, unless that has no bound.
  time_range created{}, updated{}, finished{};
  ///@}
  list_order order = list_order::created;  ///< of the pages and of the workflows in them
  bool newest_first = false;               ///< reverses the order
  ///@{
  /// The place of a page: behind `after`, or the last page before `before`. At most one is given:
  /// list_page::next or list_page::previous of a list in the same order, or place_of().
  std::string after{};
  std::string before{};
  ///@}
  std::size_t limit = 100;  ///< 1 to list_rows_max; beyond them, the nearest
};

/// A page of store::list().
struct list_page {
  std::vector<schema::workflow> workflows;  ///< in the order of the list; up to `limit`
  std::string previous;                     ///< for `before`; empty: the list begins here
  std::string next;                         ///< for `after`; empty: the list ends here
  // Where all that came before a place has gone, its page is the first.
};

/// The place of a workflow in a list: what comes behind it comes `after`. Throws error
/// (invalid_input) for a workflow that is not finished, in the order of `finished`.
[[nodiscard]] NAVA_EXPORT std::string place_of(const schema::workflow& row,
                                               list_order order = list_order::created);

}  // namespace nava::persistence
