// SPDX-License-Identifier: Apache-2.0
#include "simulation/simulated_store.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <csignal>
#include <thread>

namespace nava::test {
namespace {

using persistence::store;
using virtual_threads::chance;

constexpr std::uint64_t fault_one_in = 20;
constexpr std::uint64_t ghost_one_in = 4;
constexpr std::uint64_t lost_one_in = 16;
constexpr std::uint64_t deadly_fault = 3;
// Longer than the leases and backoffs of the runs, and shorter.
constexpr std::uint64_t late_by_most_ms = 4'000;

std::chrono::milliseconds lateness(std::uint64_t random) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(random % late_by_most_ms)};
}

// Of what outlives every process.
constexpr virtual_threads::group server = -1;

}  // namespace

// The number of the fault that happens now, if one does. A fault that is left out takes its number
// all the same, so that those behind it stay what they are.
std::optional<std::uint64_t> simulated_store::next_number() {
  if (plan_.next >= plan_.most || chance(fault_one_in) != 0) return {};
  return plan_.next++;
}

bool simulated_store::happens(std::uint64_t number, std::string_view what) {
  if (plan_.left_out.contains(number)) return false;
  plan_.happened.push_back(fmt::format("{}: group {}: {}", number, mine_, what));
  if (plan_.on_fault) plan_.on_fault();
  if (plan_.lost_guarantee == sabotage::sudden_death && number == deadly_fault) std::raise(SIGKILL);
  return true;
}

simulated_store::chosen_fault simulated_store::next_fault(std::string_view call) {
  const auto number = next_number();
  if (!number) return {};
  struct kind {
    fault what;
    std::string_view text;
  };
  static constexpr std::array kinds{kind{fault::before, "fails before"},
                                    kind{fault::after, "fails after it was done"},
                                    kind{fault::busy, "is refused"},
                                    kind{fault::late_before, "is late"},
                                    kind{fault::late_after, "is answered late"},
                                    kind{fault::death_before, "the process dies before"},
                                    kind{fault::death_after, "the process dies after"}};
  const std::uint64_t random = virtual_threads::mixed(plan_.seed + 1'000 * *number);
  const kind& chosen = kinds[random % (may_die_ ? kinds.size() : kinds.size() - 2)];
  if (!happens(*number, fmt::format("{} {}", call, chosen.text))) return {};
  return {chosen.what, lateness(random >> 8)};
}

void simulated_store::maybe_do_later(std::string_view call,
                                     std::function<void(persistence::store&)> later) {
  if (chance(ghost_one_in) != 0) return;
  const auto number = next_number();
  if (!number || !happens(*number, fmt::format("{} fails, and is done later", call))) return;
  std::thread{[real = real_pointer(), later = std::move(later),
               wait = lateness(virtual_threads::mixed(plan_.seed + *number))] {
    virtual_threads::join_group(server);
    std::this_thread::sleep_for(wait);
    virtual_threads::without_others([&] {
      try {
        later(*real);
      } catch (const error&) {
        // Nobody is there to hear it.
      }
    });
  }}.detach();
  throw error{error_kind::outcome_unknown, "the connection is lost while the server works"};
}

void simulated_store::intercept(error_kind after, const std::function<void()>& call) {
  virtual_threads::let_others();
  const auto [what, late_by] =
      next_fault(after == error_kind::outcome_unknown ? "a write" : "a call");
  switch (what) {
    case fault::before:
      throw error{error_kind::connection_lost, "the connection is lost before the call"};
    case fault::busy:
      throw error{error_kind::contention, "the call is a victim of others"};
    case fault::death_before:
      virtual_threads::kill_group(mine_);
      break;
    case fault::late_before:
      std::this_thread::sleep_for(late_by);
      break;
    default:
      break;
  }
  virtual_threads::without_others(call);
  if (what == fault::death_after) virtual_threads::kill_group(mine_);
  if (what == fault::late_after) std::this_thread::sleep_for(late_by);
  if (what == fault::after) throw error{after, "the connection is lost after the call"};
  virtual_threads::let_others();
}

unit_of_work simulated_store::bent(const unit_of_work& unit) const {
  unit_of_work changed = unit;
  if (plan_.lost_guarantee == sabotage::forgotten_keys)
    for (auto& each : changed.events) each.event_key.reset();
  if (plan_.lost_guarantee == sabotage::half_commits && !changed.mutations.empty())
    changed.mutations.pop_back();
  return changed;
}

commit_result simulated_store::seen(commit_result real) const {
  const bool is_stale = real == commit_result::conflict;
  return is_stale && plan_.lost_guarantee == sabotage::stale_commits ? commit_result::applied
                                                                     : real;
}

commit_result simulated_store::create(const unit_of_work& unit, deadline limit) {
  if (plan_.lost_guarantee == sabotage::lost_ticks && unit.workflow.resource_name == "tick" &&
      chance(lost_one_in) == 0)
    return commit_result::applied;
  maybe_do_later("create", [unit](store& on) { (void)on.create(unit); });
  return intercepted_store::create(bent(unit), limit);
}

commit_result simulated_store::commit(const unit_of_work& unit, deadline limit) {
  if (plan_.lost_guarantee == sabotage::lost_commits && chance(lost_one_in) == 0)
    return commit_result::applied;
  const auto number = next_number();
  if (number && happens(*number, "a commit conflicts without a reason"))
    return commit_result::conflict;
  maybe_do_later("a commit", [unit](store& on) { (void)on.commit(unit); });
  return seen(intercepted_store::commit(bent(unit), limit));
}

bool simulated_store::erase(const uuid& id, deadline limit) {
  if (plan_.lost_guarantee == sabotage::kept_rows) return true;
  maybe_do_later("a deletion", [id](store& on) { (void)on.erase(id); });
  return intercepted_store::erase(id, limit);
}

std::vector<std::optional<persistence::lease_loss>> simulated_store::settle(
    std::span<const persistence::settlement> ended, deadline limit) {
  maybe_do_later("a settlement", [all = std::vector(ended.begin(), ended.end())](store& on) {
    (void)on.settle(all);
  });
  return intercepted_store::settle(ended, limit);
}

void simulated_store::limit_running(std::string_view queue, std::size_t most, deadline limit) {
  const bool is_lost = plan_.lost_guarantee == sabotage::no_slots;
  intercepted_store::limit_running(queue, is_lost ? 0 : most, limit);
}

std::size_t simulated_store::settle_events(std::span<const persistence::inbox_settlement> ended,
                                           deadline limit) {
  maybe_do_later("a settlement of events", [all = std::vector(ended.begin(), ended.end())](
                                               store& on) { (void)on.settle_events(all); });
  return intercepted_store::settle_events(ended, limit);
}

std::int64_t watched_store::bent(const uuid& task, std::int64_t fence) const {
  const auto newest = fences_.find(task);
  const bool forgets = plan_.lost_guarantee == sabotage::no_fences && fence > 0;
  return forgets && newest != fences_.end() ? newest->second : fence;
}

void watched_store::expect_newest(const uuid& task, std::int64_t fence) {
  if (fence > 0 && fence < fences_[task])
    plan_.broken.emplace_back("a task is ended by a holder from whom another had taken it");
}

commit_result watched_store::commit(const unit_of_work& unit, deadline limit) {
  unit_of_work seen = unit;
  for (auto& each : seen.tasks.updated) each.lease_fence = bent(each.id, each.lease_fence);
  const commit_result result = store_decorator::commit(seen, limit);
  if (result == commit_result::applied)
    for (const auto& each : unit.tasks.updated)
      if (each.status == schema::task_status::completed) expect_newest(each.id, each.lease_fence);
  return result;
}

persistence::claimed_tasks watched_store::claim(const persistence::claim_request& request,
                                                deadline limit) {
  auto claimed = store_decorator::claim(request, limit);
  for (const auto& each : claimed.tasks) fences_[each.task_id] = each.fence;
  return claimed;
}

std::vector<std::optional<persistence::lease_loss>> watched_store::settle(
    std::span<const persistence::settlement> ended, deadline limit) {
  std::vector seen(ended.begin(), ended.end());
  for (auto& each : seen) each.fence = bent(each.task_id, each.fence);
  auto losses = store_decorator::settle(seen, limit);
  for (std::size_t i = 0; i < ended.size(); ++i)
    if (!losses[i]) expect_newest(ended[i].task_id, ended[i].fence);
  return losses;
}

}  // namespace nava::test
