// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nava/export.hpp>
#include <nava/persistence/store.hpp>
#include <optional>
#include <vector>

/// Families: a workflow, the children that it has started, theirs, and so on. They are found by the
/// tasks of the parents, which stay as long as the parents do. Thread-safe.
namespace nava {

inline constexpr std::size_t family_members_max = 10'000;  ///< unless a call says otherwise

/// A workflow and its place in a family.
struct family_member {
  schema::workflow row;             ///< as it was when its generation was read
  std::optional<uuid> parent_id{};  ///< none: an application started it
  std::size_t depth = 0;            ///< generations below the workflow that was asked for
};

/// Returns a workflow and its descendants that are stored, each behind its parent, the children of
/// one by their ids; empty where there is no such workflow. Reads each generation by itself, a
/// statement for a hundred parents. Throws error: invalid_input where there are more than
/// `members_max`, and as store::load().
[[nodiscard]] NAVA_EXPORT std::vector<family_member> load_family(
    persistence::store& store, const uuid& id, std::size_t members_max = family_members_max);

/// Returns the first ancestor of a workflow that is still stored: itself, where its parent is not.
/// Throws error: not_found where there is no such workflow.
[[nodiscard]] NAVA_EXPORT uuid founder_of(persistence::store& store, const uuid& id);

/// Throws error, naming the first of these that is not finished, or has an open task
/// (invalid_input), or is under a legal hold (legal_hold). An open task starts or cancels a child,
/// or tells its parent, who would act on the deletion. Loads each.
NAVA_EXPORT void expect_at_rest(persistence::store& store,
                                const std::vector<family_member>& family);

/// The ids of a family, the youngest generation first: so a deletion that fails finds the rest.
[[nodiscard]] NAVA_EXPORT std::vector<uuid> in_order_of_deletion(std::vector<family_member> family);

/// Deletes a workflow and its descendants, however they were to be cancelled with it, in that
/// order: each in a transaction of its own, so that no family holds up others. Returns how many
/// this call deleted. Make a call that failed again: it goes on. Throws as load_family() and
/// expect_at_rest(), before anything is deleted, and as store::erase().
NAVA_EXPORT std::size_t erase_family(persistence::store& store, const uuid& id,
                                     std::size_t members_max = family_members_max);

}  // namespace nava
