// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "simulation/virtual_threads.hpp"
#include "support/intercepted_store.hpp"

namespace nava::test {

/// A guarantee of the database that a run does without, to show that its loss is seen.
enum class sabotage {
  none,
  stale_commits,   ///< a commit from a revision that has passed is said to be applied
  forgotten_keys,  ///< no event has a key
  lost_commits,    ///< one commit of 16 is said to be applied, and is not
  half_commits,    ///< the last mutation of a decision is not stored
  kept_rows,       ///< a workflow is said to be deleted, and is not
  no_tombstones,   ///< what was deleted is not remembered
  no_fences,       ///< whoever had a lease may end the task, though another has it now
  no_slots,        ///< a limit of running tasks is not stored
  lost_ticks,      ///< one start of a schedule of 16 is said to be stored, and is not
  sudden_death     ///< the process of the trial ends at fault 3
};

/// The faults that a run may have, in the order in which its seed brings them about.
struct fault_plan {
  std::uint64_t seed = 0;               ///< with its number, makes a fault what it is
  std::size_t most = 0;                 ///< how many
  std::set<std::size_t> left_out{};     ///< by their number, from 0
  std::size_t next = 0;                 ///< the number of the next
  std::vector<std::string> happened{};  ///< a line each
  std::function<void()> on_fault{};     ///< called before each happens
  std::vector<std::string> broken{};    ///< promises, a line each
  sabotage lost_guarantee = sabotage::none;
};

/// The database as it is. Sees that no task is ended by a holder whose lease another has taken
/// over.
class watched_store : public store_decorator {
 public:
  watched_store(std::shared_ptr<persistence::store> real, fault_plan& plan)
      : store_decorator(std::move(real)), plan_(plan) {}

  nava::commit_result commit(const nava::unit_of_work& unit, nava::deadline limit = {}) override;
  persistence::claimed_tasks claim(const persistence::claim_request& request,
                                   nava::deadline limit = {}) override;
  std::vector<std::optional<persistence::lease_loss>> settle(
      std::span<const persistence::settlement> ended, nava::deadline limit = {}) override;

 private:
  // The fence that the database sees.
  [[nodiscard]] std::int64_t bent(const uuid& task, std::int64_t fence) const;
  void expect_newest(const uuid& task, std::int64_t fence);

  fault_plan& plan_;
  std::map<uuid, std::int64_t> fences_;  // of tasks, the newest
};

/// The database as one process sees it, in a run of virtual threads. Calls fail before and after
/// they are done, are late by more than a lease, conflict without a reason, are done long after
/// they have failed, and kill the process.
///
/// Each call is one instant, as if the database had a queue: what happens within the store, such as
/// commits that share a transaction, is not simulated.
class simulated_store : public intercepted_store {
 public:
  /// `mine` is the process, which dies where `may_die`.
  simulated_store(std::shared_ptr<persistence::store> real, fault_plan& plan,
                  virtual_threads::group mine, bool may_die)
      : intercepted_store(std::move(real)), plan_(plan), mine_(mine), may_die_(may_die) {}

  nava::commit_result create(const nava::unit_of_work& unit, nava::deadline limit = {}) override;
  nava::commit_result commit(const nava::unit_of_work& unit, nava::deadline limit = {}) override;
  bool erase(const uuid& id, nava::deadline limit = {}) override;
  void limit_running(std::string_view queue, std::size_t most, nava::deadline limit = {}) override;
  std::vector<std::optional<persistence::lease_loss>> settle(
      std::span<const persistence::settlement> ended, nava::deadline limit = {}) override;
  std::size_t settle_events(std::span<const persistence::inbox_settlement> ended,
                            nava::deadline limit = {}) override;

 private:
  enum class fault {
    none,
    before,
    after,
    busy,
    late_before,
    late_after,
    death_before,
    death_after
  };

  void intercept(nava::error_kind after, const std::function<void()>& call) override;
  struct chosen_fault {
    fault what = fault::none;
    std::chrono::milliseconds late_by{0};
  };
  [[nodiscard]] chosen_fault next_fault(std::string_view call);
  [[nodiscard]] std::optional<std::uint64_t> next_number();
  [[nodiscard]] bool happens(std::uint64_t number, std::string_view what);
  /// Where this call fails now and is done later, as by a server whose client is gone.
  void maybe_do_later(std::string_view call, std::function<void(persistence::store&)> later);
  [[nodiscard]] nava::unit_of_work bent(const nava::unit_of_work& unit) const;
  [[nodiscard]] nava::commit_result seen(nava::commit_result real) const;

  fault_plan& plan_;
  const virtual_threads::group mine_;
  const bool may_die_;
};

}  // namespace nava::test
