// SPDX-License-Identifier: Apache-2.0
#include "support/process_ledger.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nava/schema/text.hpp>
#include <set>

namespace nava::test {

void process_ledger::note(std::string_view who, std::string_view what,
                          std::string_view about) const {
  const std::string line = fmt::format("{} {} {} {}\n", who, what, about,
                                       std::chrono::steady_clock::now().time_since_epoch().count());
  const int file = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ::write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    std::_Exit(3);
  ::close(file);
}

std::vector<ledger_line> process_ledger::lines() const {
  std::vector<ledger_line> found;
  std::ifstream in{file_};
  for (ledger_line line; in >> line.who >> line.what >> line.about >> line.at;)
    found.push_back(line);
  return found;
}

std::size_t process_ledger::size() {
  std::ifstream in{file_, std::ios::binary};
  if (!in.seekg(static_cast<std::streamoff>(counted_bytes_))) return counted_;
  const std::string added{std::istreambuf_iterator<char>{in}, {}};
  counted_bytes_ += added.size();
  counted_ += static_cast<std::size_t>(std::ranges::count(added, '\n'));
  return counted_;
}

template <class Call>
nava::commit_result telling_store::told(const nava::unit_of_work& unit, Call call) {
  const std::string id = schema::to_text(unit.transaction_id);
  ledger_.note(who_, "asks", id);
  const nava::commit_result result = call();
  if (result != nava::commit_result::conflict) ledger_.note(who_, "told", id);
  return result;
}

nava::commit_result telling_store::create(const nava::unit_of_work& unit, nava::deadline limit) {
  return told(unit, [&] { return store_decorator::create(unit, limit); });
}

nava::commit_result telling_store::commit(const nava::unit_of_work& unit, nava::deadline limit) {
  return told(unit, [&] { return store_decorator::commit(unit, limit); });
}

std::vector<std::optional<persistence::lease_loss>> telling_store::renew(
    std::span<const persistence::renewal> leases, std::chrono::milliseconds lease,
    nava::deadline limit) {
  auto losses = store_decorator::renew(leases, lease, limit);
  for (std::size_t i = 0; i < leases.size(); ++i)
    if (losses[i]) ledger_.note(who_, "refused", schema::to_text(leases[i].task_id));
  return losses;
}

std::vector<std::optional<persistence::lease_loss>> telling_store::settle(
    std::span<const persistence::settlement> ended, nava::deadline limit) {
  auto losses = store_decorator::settle(ended, limit);
  for (std::size_t i = 0; i < ended.size(); ++i)
    if (losses[i])
      ledger_.note(who_, "refused", schema::to_text(ended[i].task_id));
    else if (ended[i].ends_as != persistence::settlement::result::postponed)
      ledger_.note(who_, "settled", schema::to_text(ended[i].task_id));
  return losses;
}

std::size_t telling_store::settle_events(std::span<const persistence::inbox_settlement> ended,
                                         nava::deadline limit) {
  const std::size_t count = store_decorator::settle_events(ended, limit);
  // Which of them another has, the store does not say.
  if (count == ended.size())
    for (const auto& each : ended)
      if (each.ends_as == persistence::inbox_settlement::result::delivered)
        ledger_.note(who_, "delivered", std::to_string(each.seq));
  return count;
}

std::vector<std::string> lost_of(const std::vector<ledger_line>& lines, persistence::store& store,
                                 std::span<const uuid> workflows) {
  std::set<std::string> decisions;
  for (const uuid& id : workflows)
    if (const auto history = store.history(id))
      // One that changes nothing has its cause alone.
      for (const auto& each : history->events)
        decisions.insert(schema::to_text(each.transaction_id));
  std::vector<std::string> lost;
  std::set<std::string> ended;
  for (const ledger_line& line : lines) {
    const auto tell = [&](std::string_view what) {
      lost.push_back(fmt::format("{} {} {}: {}", line.who, line.what, line.about, what));
    };
    if (line.what == "told" && !decisions.contains(line.about)) tell("it is not there");
    const bool is_end = line.what == "settled" || line.what == "delivered";
    if (is_end && !ended.insert(line.about).second) tell("a second time");
  }
  return lost;
}

}  // namespace nava::test
