// SPDX-License-Identifier: Apache-2.0
#include "simulation/simulated_store.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <thread>

namespace nava::test {
namespace {

using virtual_threads::chance;

constexpr std::uint64_t fault_one_in = 20;
constexpr std::uint64_t lost_one_in = 16;
// Longer than the leases and backoffs of the runs, and shorter.
constexpr std::uint64_t late_by_most_ms = 4'000;

void be_late() {
  std::this_thread::sleep_for(
      std::chrono::milliseconds{static_cast<std::int64_t>(chance(late_by_most_ms))});
}

}  // namespace

// A fault that is left out takes its number and its chances all the same: what is before the first
// fault that is left out happens as it did.
bool simulated_store::happens(std::string_view what) {
  const std::size_t number = plan_.next++;
  if (plan_.left_out.contains(number)) return false;
  plan_.happened.push_back(fmt::format("{}: group {}: {}", number, mine_, what));
  return true;
}

simulated_store::fault simulated_store::next_fault(std::string_view call) {
  if (plan_.next >= plan_.most || chance(fault_one_in) != 0) return fault::none;
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
  const kind& chosen = kinds[chance(may_die_ ? kinds.size() : kinds.size() - 2)];
  return happens(fmt::format("{} {}", call, chosen.text)) ? chosen.what : fault::none;
}

void simulated_store::intercept(error_kind after, const std::function<void()>& call) {
  virtual_threads::let_others();
  const fault what = next_fault(after == error_kind::outcome_unknown ? "write" : "read");
  switch (what) {
    case fault::before:
      throw error{error_kind::connection_lost, "the connection is lost before the call"};
    case fault::busy:
      throw error{error_kind::contention, "the call is a victim of others"};
    case fault::death_before:
      virtual_threads::kill_group(mine_);
      break;
    case fault::late_before:
      be_late();
      break;
    default:
      break;
  }
  virtual_threads::without_others(call);
  if (what == fault::death_after) virtual_threads::kill_group(mine_);
  if (what == fault::late_after) be_late();
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
  return intercepted_store::create(bent(unit), limit);
}

commit_result simulated_store::commit(const unit_of_work& unit, deadline limit) {
  if (plan_.lost_guarantee == sabotage::lost_commits && chance(lost_one_in) == 0)
    return commit_result::applied;
  if (plan_.next < plan_.most && chance(fault_one_in) == 0 && happens("commit conflicts"))
    return commit_result::conflict;
  return seen(intercepted_store::commit(bent(unit), limit));
}

}  // namespace nava::test
