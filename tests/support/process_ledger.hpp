// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/store_decorator.hpp"

namespace nava::test {

struct ledger_line {
  std::string who, what, about;
  std::int64_t at = 0;  ///< nanoseconds of the steady clock
};

/// A line for each thing that a process did or was told, in a file that outlives every process.
/// Lines are in the order in which they were written, whoever wrote them.
class process_ledger {
 public:
  explicit process_ledger(std::filesystem::path file) : file_(std::move(file)) {}

  /// Ends the process where the line cannot be written.
  void note(std::string_view who, std::string_view what, std::string_view about) const;
  [[nodiscard]] std::vector<ledger_line> lines() const;
  /// How many lines there are.
  [[nodiscard]] std::size_t size();

 private:
  std::filesystem::path file_;
  std::uintmax_t counted_bytes_ = 0;
  std::size_t counted_ = 0;
};

/// The store of a process that may be killed: before each decision it notes `asks`, and after it
/// `told`, with the id of the transaction; `settled` with a task that has ended, `refused` with one
/// that it has no longer, and `delivered` with an event of the inbox.
class telling_store : public store_decorator {
 public:
  telling_store(std::shared_ptr<persistence::store> real, const process_ledger& ledger,
                std::string who)
      : store_decorator(std::move(real)), ledger_(ledger), who_(std::move(who)) {}

  nava::commit_result create(const nava::unit_of_work& unit, nava::deadline limit) override;
  nava::commit_result commit(const nava::unit_of_work& unit, nava::deadline limit) override;
  std::vector<std::optional<persistence::lease_loss>> renew(
      std::span<const persistence::renewal> leases, std::chrono::milliseconds lease,
      nava::deadline limit) override;
  std::vector<std::optional<persistence::lease_loss>> settle(
      std::span<const persistence::settlement> ended, nava::deadline limit) override;
  std::size_t settle_events(std::span<const persistence::inbox_settlement> ended,
                            nava::deadline limit) override;

 private:
  template <class Call>
  nava::commit_result told(const nava::unit_of_work& unit, Call call);

  const process_ledger& ledger_;
  const std::string who_;
};

/// What the ledger's processes were told of workflows and a database does not say, a line each:
/// decisions that are in no history, tasks and events that ended twice.
[[nodiscard]] std::vector<std::string> lost_of(const std::vector<ledger_line>& lines,
                                               persistence::store& store,
                                               std::span<const uuid> workflows);

}  // namespace nava::test
