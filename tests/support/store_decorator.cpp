// SPDX-License-Identifier: Apache-2.0
#include "support/store_decorator.hpp"

namespace nava::test {

using namespace persistence;

commit_result store_decorator::create(const unit_of_work& unit, deadline limit) {
  return real_->create(unit, limit);
}

commit_result store_decorator::commit(const unit_of_work& unit, deadline limit) {
  return real_->commit(unit, limit);
}

found<loaded_workflow> store_decorator::load(const uuid& id, std::string_view event_key,
                                             deadline limit) {
  return real_->load(id, event_key, limit);
}

std::vector<loaded_workflow> store_decorator::load(const resource& about,
                                                   std::string_view event_key, deadline limit) {
  return real_->load(about, event_key, limit);
}

found<workflow_history> store_decorator::history(const uuid& id,
                                                 const persistence::history_request& part,
                                                 deadline limit) {
  return real_->history(id, part, limit);
}

bool store_decorator::erase(const uuid& id, deadline limit) { return real_->erase(id, limit); }

std::vector<table_rows> store_decorator::erase_and_count(const uuid& id) {
  return real_->erase_and_count(id);
}

// By the batches of this decorator, which a test bends.
purge_report store_decorator::purge(const purge_policy& policy, const purge_control& control) {
  return purge_in_batches(*this, policy, control);
}

finished_batch store_decorator::erase_finished(const finished_request& request) {
  return real_batches().erase_finished(request);
}

finished_batch store_decorator::count_finished(const finished_request& request) {
  return real_batches().count_finished(request);
}

finished_batch store_decorator::count_held(const finished_request& request) {
  return real_batches().count_held(request);
}

std::vector<table_rows> store_decorator::count_rows(const uuid& id) {
  return real_->count_rows(id);
}

list_page store_decorator::list(const list_request& request, nava::deadline limit) {
  return real_->list(request, limit);
}

std::vector<schema::workflow> store_decorator::list_children(std::span<const uuid> parents,
                                                             const std::optional<uuid>& after) {
  return real_->list_children(parents, after);
}

worklist_page store_decorator::worklist(const worklist_request& request, nava::deadline limit) {
  return real_->worklist(request, limit);
}

worklist_count store_decorator::count_worklist(const worklist_request& request,
                                               nava::deadline limit) {
  return real_->count_worklist(request, limit);
}

std::size_t store_decorator::write_rows(const schema::table_description& table, verb what,
                                        json::array rows) {
  return real_->write_rows(table, what, std::move(rows));
}

std::vector<json::object> store_decorator::related_rows(const related_request& what,
                                                        json::array keys) {
  return real_->related_rows(what, std::move(keys));
}

std::vector<schema::workflow_definition> store_decorator::register_definitions(
    std::span<const schema::workflow_definition> definitions) {
  return real_->register_definitions(definitions);
}

claimed_tasks store_decorator::claim(const claim_request& request, deadline limit) {
  return real_->claim(request, limit);
}

std::optional<std::chrono::microseconds> store_decorator::next_due(
    std::span<const agenda_lane> lanes, deadline limit) {
  return real_->next_due(lanes, limit);
}

void store_decorator::limit_running(std::string_view queue, std::size_t most, deadline limit) {
  real_->limit_running(queue, most, limit);
}

std::size_t store_decorator::running_limit(std::string_view queue, deadline limit) {
  return real_->running_limit(queue, limit);
}

std::vector<persistence::listed_task> store_decorator::list_tasks(
    const persistence::task_list& which, deadline limit) {
  return real_->list_tasks(which, limit);
}

void store_decorator::limit_rate(std::string_view queue,
                                 const std::optional<persistence::task_rate>& rate,
                                 deadline limit) {
  real_->limit_rate(queue, rate, limit);
}

std::optional<persistence::task_rate> store_decorator::rate_limit(std::string_view queue,
                                                                  deadline limit) {
  return real_->rate_limit(queue, limit);
}

std::vector<std::optional<lease_loss>> store_decorator::renew(std::span<const renewal> leases,
                                                              std::chrono::milliseconds lease,
                                                              deadline limit) {
  return real_->renew(leases, lease, limit);
}

std::vector<std::optional<lease_loss>> store_decorator::settle(std::span<const settlement> ended,
                                                               deadline limit) {
  return real_->settle(ended, limit);
}

std::int64_t store_decorator::store_event(const schema::workflow_inbox& event, deadline limit) {
  return real_->store_event(event, limit);
}

claimed_events store_decorator::claim_events(const inbox_claim& request, deadline limit) {
  return real_->claim_events(request, limit);
}

persistence::earlier_events store_decorator::claim_earlier(const schema::workflow_inbox& than,
                                                           const persistence::inbox_claim& request,
                                                           deadline limit) {
  return real_->claim_earlier(than, request, limit);
}

std::size_t store_decorator::settle_events(std::span<const inbox_settlement> ended,
                                           deadline limit) {
  return real_->settle_events(ended, limit);
}

std::vector<schema::workflow_inbox> store_decorator::list_events(const inbox_list& request,
                                                                 deadline limit) {
  return real_->list_events(request, limit);
}

std::size_t store_decorator::retry_events(std::span<const std::int64_t> seqs, deadline limit) {
  return real_->retry_events(seqs, limit);
}

std::size_t store_decorator::discard_events(std::span<const std::int64_t> seqs, deadline limit) {
  return real_->discard_events(seqs, limit);
}

}  // namespace nava::test
