// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/refusal.hpp>
#include <nava/export.hpp>
#include <nava/schema/workflow_rows.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Who may act on a step. Who is in which group is the application's to know. Values and pure
/// functions; safe to use from any thread.
namespace nava::engine {

inline constexpr std::size_t candidates_max = 200;       ///< users, groups and roles of one step
inline constexpr std::size_t claimant_groups_max = 256;  ///< with users to stand in for
inline constexpr std::int64_t step_priority_max = 1'000'000;  ///< and the least, negative

/// Who may claim a step.
struct candidates {
  std::vector<std::string> users{};   ///< ids of 1 to key_bytes_max bytes
  std::vector<std::string> groups{};  ///< names of 1 to key_bytes_max bytes
  std::vector<std::string> roles{};   ///< of the definition: whoever is a participant in them then

  /// Returns whether there is no user, group or role, so that nobody may claim the step.
  [[nodiscard]] bool empty() const { return users.empty() && groups.empty() && roles.empty(); }
};

/// Who claims a step, as the application says.
struct claimant {
  std::string user;                          ///< 1 to key_bytes_max bytes
  std::vector<std::string> groups{};         ///< that the user is in
  std::vector<std::string> stands_in_for{};  ///< users whose steps the user may claim now
};

/// A step that somebody else has. Claiming it again fails until that person gives it back.
class NAVA_EXPORT step_taken : public action_refused {
 public:
  /// `text` is what() of it; `holder` has the step.
  step_taken(const std::string& text, std::string holder)
      : action_refused(text), holder_(std::move(holder)) {}

  /// Returns who has the step.
  [[nodiscard]] const std::string& holder() const noexcept { return holder_; }

 private:
  std::string holder_;
};

/// An event for a step that only its holder answers, from somebody else.
class NAVA_EXPORT not_holder : public action_refused {
 public:
  using action_refused::action_refused;
};

/// A link for an answer that was never issued, has expired or been used, or whose step is closed.
class NAVA_EXPORT link_refused : public event_refused {
 public:
  /// what() says that the link has been used, or that it is not open.
  explicit link_refused(bool is_used = false)
      : event_refused(is_used ? "the link has been used"
                              : "the link is not open: it has expired, its step is closed, or it "
                                "was never issued"),
        is_used_(is_used) {}
  /// `text` is what() of it; is_used() returns false.
  explicit link_refused(const char* text) : event_refused(text), is_used_(false) {}

  /// Returns true where an answer by the link is stored. False where the link is unknown, has
  /// expired or was cancelled, or its step is closed.
  [[nodiscard]] bool is_used() const noexcept { return is_used_; }

 private:
  bool is_used_;
};

/// Returns who has the step: the delegate where there is one, else the owner. None: nobody yet.
[[nodiscard]] inline const std::optional<std::string>& holder_of(
    const schema::workflow_step& step) {
  return step.delegate_id ? step.delegate_id : step.owner_id;
}

/// Returns the candidates that are stored with a step.
[[nodiscard]] NAVA_EXPORT candidates candidates_of(const schema::workflow_step& step);

}  // namespace nava::engine
