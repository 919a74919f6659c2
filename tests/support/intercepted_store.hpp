// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "support/store_decorator.hpp"

namespace nava::test {

/// Runs each call but those of notices through one function, which a test writes.
class intercepted_store : public store_decorator {
 public:
  using store_decorator::store_decorator;

  nava::commit_result create(const nava::unit_of_work& unit, nava::deadline limit = {}) override;
  nava::commit_result commit(const nava::unit_of_work& unit, nava::deadline limit = {}) override;
  found<persistence::loaded_workflow> load(const uuid& id, std::string_view event_key,
                                           nava::deadline limit = {}) override;
  std::vector<persistence::loaded_workflow> load(const resource& about, std::string_view event_key,
                                                 nava::deadline limit = {}) override;
  found<nava::workflow_history> history(const uuid& id,
                                        const persistence::history_request& part = {},
                                        nava::deadline limit = {}) override;
  bool erase(const uuid& id, nava::deadline limit = {}) override;
  persistence::finished_batch erase_finished(const persistence::finished_request& request) override;
  persistence::finished_batch count_finished(const persistence::finished_request& request) override;
  persistence::finished_batch count_held(const persistence::finished_request& request) override;
  std::vector<persistence::table_rows> count_rows(const uuid& id) override;
  persistence::list_page list(const persistence::list_request& request,
                              nava::deadline limit = {}) override;
  std::vector<schema::workflow> list_children(std::span<const uuid> parents,
                                              const std::optional<uuid>& after) override;
  persistence::worklist_page worklist(const persistence::worklist_request& request,
                                      nava::deadline limit = {}) override;
  persistence::worklist_count count_worklist(const persistence::worklist_request& request,
                                             nava::deadline limit = {}) override;
  std::vector<schema::workflow_definition> register_definitions(
      std::span<const schema::workflow_definition> definitions) override;
  persistence::claimed_tasks claim(const persistence::claim_request& request,
                                   nava::deadline limit = {}) override;
  std::optional<std::chrono::microseconds> next_due(std::span<const persistence::agenda_lane> lanes,
                                                    nava::deadline limit = {}) override;
  std::vector<std::optional<persistence::lease_loss>> renew(
      std::span<const persistence::renewal> leases, std::chrono::milliseconds lease,
      nava::deadline limit = {}) override;
  std::vector<std::optional<persistence::lease_loss>> settle(
      std::span<const persistence::settlement> ended, nava::deadline limit = {}) override;
  std::int64_t store_event(const schema::workflow_inbox& event, nava::deadline limit = {}) override;
  persistence::claimed_events claim_events(const persistence::inbox_claim& request,
                                           nava::deadline limit = {}) override;
  std::size_t settle_events(std::span<const persistence::inbox_settlement> ended,
                            nava::deadline limit = {}) override;
  std::vector<persistence::table_rows> erase_and_count(const uuid& id) override;
  std::size_t write_rows(const schema::table_description& table, persistence::verb what,
                         json::array rows) override;
  std::vector<json::object> related_rows(const persistence::related_request& what,
                                         json::array keys) override;
  void limit_running(std::string_view queue, std::size_t most, nava::deadline limit = {}) override;
  std::size_t running_limit(std::string_view queue, nava::deadline limit = {}) override;
  void limit_rate(std::string_view queue, const std::optional<persistence::task_rate>& rate,
                  nava::deadline limit = {}) override;
  std::optional<persistence::task_rate> rate_limit(std::string_view queue,
                                                   nava::deadline limit = {}) override;
  std::vector<persistence::listed_task> list_tasks(const persistence::task_list& which,
                                                   nava::deadline limit = {}) override;
  persistence::earlier_events claim_earlier(const schema::workflow_inbox& than,
                                            const persistence::inbox_claim& request,
                                            nava::deadline limit = {}) override;
  std::vector<schema::workflow_inbox> list_events(const persistence::inbox_list& request,
                                                  nava::deadline limit = {}) override;
  std::size_t retry_events(std::span<const std::int64_t> seqs, nava::deadline limit = {}) override;
  std::size_t discard_events(std::span<const std::int64_t> seqs,
                             nava::deadline limit = {}) override;

 protected:
  /// Runs `call` or does not, and throws where it likes. `after` is what the contract of the store
  /// lets it throw of a call that was done.
  virtual void intercept(nava::error_kind after, const std::function<void()>& call) = 0;

 private:
  template <class Call>
  auto around(nava::error_kind after, Call call) {
    std::optional<std::invoke_result_t<Call>> result;
    intercept(after, [&] { result.emplace(call()); });
    return *std::move(result);
  }
};

}  // namespace nava::test
