// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nava/persistence/store.hpp>

#include "persistence/purge/finished_batch.hpp"

namespace nava::test {

/// Hands every call on; a test overrides the ones it bends.
class store_decorator : public persistence::store, public persistence::finished_batches {
 public:
  explicit store_decorator(std::shared_ptr<persistence::store> real) : real_(std::move(real)) {}

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
  std::vector<persistence::table_rows> erase_and_count(const uuid& id) override;
  persistence::purge_report purge(const persistence::purge_policy& policy,
                                  const persistence::purge_control& control = {}) override;
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
  std::size_t write_rows(const schema::table_description& table, persistence::verb what,
                         json::array rows) override;
  std::vector<json::object> related_rows(const persistence::related_request& what,
                                         json::array keys) override;
  persistence::claimed_tasks claim(const persistence::claim_request& request,
                                   nava::deadline limit = {}) override;
  std::optional<std::chrono::microseconds> next_due(std::span<const persistence::agenda_lane> lanes,
                                                    nava::deadline limit = {}) override;
  void limit_running(std::string_view queue, std::size_t most, nava::deadline limit = {}) override;
  std::size_t running_limit(std::string_view queue, nava::deadline limit = {}) override;
  std::vector<persistence::listed_task> list_tasks(const persistence::task_list& which,
                                                   nava::deadline limit = {}) override;
  void limit_rate(std::string_view queue, const std::optional<persistence::task_rate>& rate,
                  nava::deadline limit = {}) override;
  std::optional<persistence::task_rate> rate_limit(std::string_view queue,
                                                   nava::deadline limit = {}) override;
  std::vector<std::optional<persistence::lease_loss>> renew(
      std::span<const persistence::renewal> leases, std::chrono::milliseconds lease,
      nava::deadline limit = {}) override;
  std::vector<std::optional<persistence::lease_loss>> settle(
      std::span<const persistence::settlement> ended, nava::deadline limit = {}) override;
  bool carries_notices() const override { return real_->carries_notices(); }
  void tell(std::span<const persistence::notice> notices, nava::deadline limit = {}) override {
    real_->tell(notices, limit);
  }
  std::unique_ptr<persistence::notice_listener> listen(nava::deadline limit = {}) override {
    return real_->listen(limit);
  }
  std::int64_t store_event(const schema::workflow_inbox& event, nava::deadline limit = {}) override;
  persistence::claimed_events claim_events(const persistence::inbox_claim& request,
                                           nava::deadline limit = {}) override;
  persistence::earlier_events claim_earlier(const schema::workflow_inbox& than,
                                            const persistence::inbox_claim& request,
                                            nava::deadline limit = {}) override;
  std::size_t settle_events(std::span<const persistence::inbox_settlement> ended,
                            nava::deadline limit = {}) override;
  std::vector<schema::workflow_inbox> list_events(const persistence::inbox_list& request,
                                                  nava::deadline limit = {}) override;
  std::size_t retry_events(std::span<const std::int64_t> seqs, nava::deadline limit = {}) override;
  std::size_t discard_events(std::span<const std::int64_t> seqs,
                             nava::deadline limit = {}) override;

 protected:
  [[nodiscard]] persistence::store& real() { return *real_; }
  [[nodiscard]] const std::shared_ptr<persistence::store>& real_pointer() const { return real_; }
  [[nodiscard]] persistence::finished_batches& real_batches() {
    return dynamic_cast<persistence::finished_batches&>(*real_);
  }

 private:
  std::shared_ptr<persistence::store> real_;
};

}  // namespace nava::test
