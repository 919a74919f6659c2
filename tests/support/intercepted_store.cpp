// SPDX-License-Identifier: Apache-2.0
#include "support/intercepted_store.hpp"

namespace nava::test {

using namespace persistence;

commit_result intercepted_store::create(const unit_of_work& unit, deadline limit) {
  return around(error_kind::outcome_unknown, [&] { return real().create(unit, limit); });
}

commit_result intercepted_store::commit(const unit_of_work& unit, deadline limit) {
  return around(error_kind::outcome_unknown, [&] { return real().commit(unit, limit); });
}

found<loaded_workflow> intercepted_store::load(const uuid& id, std::string_view event_key,
                                               deadline limit) {
  return around(error_kind::connection_lost, [&] { return real().load(id, event_key, limit); });
}

std::vector<loaded_workflow> intercepted_store::load(const resource& about,
                                                     std::string_view event_key, deadline limit) {
  return around(error_kind::connection_lost, [&] { return real().load(about, event_key, limit); });
}

found<workflow_history> intercepted_store::history(const uuid& id,
                                                   const persistence::history_request& part,
                                                   deadline limit) {
  return around(error_kind::connection_lost, [&] { return real().history(id, part, limit); });
}

bool intercepted_store::erase(const uuid& id, deadline limit) {
  return around(error_kind::connection_lost, [&] { return real().erase(id, limit); });
}

finished_batch intercepted_store::erase_finished(const finished_request& request) {
  return around(error_kind::outcome_unknown,
                [&] { return real_batches().erase_finished(request); });
}

finished_batch intercepted_store::count_finished(const finished_request& request) {
  return around(error_kind::connection_lost,
                [&] { return real_batches().count_finished(request); });
}

finished_batch intercepted_store::count_held(const finished_request& request) {
  return around(error_kind::connection_lost, [&] { return real_batches().count_held(request); });
}

std::vector<table_rows> intercepted_store::count_rows(const uuid& id) {
  return around(error_kind::connection_lost, [&] { return real().count_rows(id); });
}

list_page intercepted_store::list(const list_request& request, nava::deadline limit) {
  return around(error_kind::connection_lost, [&] { return real().list(request, limit); });
}

std::vector<schema::workflow> intercepted_store::list_children(std::span<const uuid> parents,
                                                               const std::optional<uuid>& after) {
  return around(error_kind::connection_lost, [&] { return real().list_children(parents, after); });
}

worklist_page intercepted_store::worklist(const worklist_request& request, nava::deadline limit) {
  return around(error_kind::connection_lost, [&] { return real().worklist(request, limit); });
}

worklist_count intercepted_store::count_worklist(const worklist_request& request,
                                                 nava::deadline limit) {
  return around(error_kind::connection_lost, [&] { return real().count_worklist(request, limit); });
}

std::vector<schema::workflow_definition> intercepted_store::register_definitions(
    std::span<const schema::workflow_definition> definitions) {
  return around(error_kind::outcome_unknown,
                [&] { return real().register_definitions(definitions); });
}

persistence::claimed_tasks intercepted_store::claim(const persistence::claim_request& request,
                                                    deadline limit) {
  return around(error_kind::outcome_unknown, [&] { return real().claim(request, limit); });
}

std::optional<std::chrono::microseconds> intercepted_store::next_due(
    std::span<const persistence::agenda_lane> lanes, deadline limit) {
  return around(error_kind::connection_lost, [&] { return real().next_due(lanes, limit); });
}

std::vector<std::optional<lease_loss>> intercepted_store::renew(
    std::span<const persistence::renewal> leases, std::chrono::milliseconds lease, deadline limit) {
  return around(error_kind::outcome_unknown, [&] { return real().renew(leases, lease, limit); });
}

std::vector<std::optional<lease_loss>> intercepted_store::settle(std::span<const settlement> ended,
                                                                 deadline limit) {
  return around(error_kind::outcome_unknown, [&] { return real().settle(ended, limit); });
}

std::int64_t intercepted_store::store_event(const schema::workflow_inbox& event, deadline limit) {
  return around(error_kind::outcome_unknown, [&] { return real().store_event(event, limit); });
}

claimed_events intercepted_store::claim_events(const inbox_claim& request, deadline limit) {
  return around(error_kind::outcome_unknown, [&] { return real().claim_events(request, limit); });
}

std::size_t intercepted_store::settle_events(std::span<const inbox_settlement> ended,
                                             deadline limit) {
  return around(error_kind::outcome_unknown, [&] { return real().settle_events(ended, limit); });
}

std::vector<table_rows> intercepted_store::erase_and_count(const uuid& id) {
  return around(error_kind::connection_lost, [&] { return real().erase_and_count(id); });
}

std::size_t intercepted_store::write_rows(const schema::table_description& table, verb what,
                                          json::array rows) {
  return around(error_kind::outcome_unknown,
                [&] { return real().write_rows(table, what, std::move(rows)); });
}

std::vector<json::object> intercepted_store::related_rows(const related_request& what,
                                                          json::array keys) {
  return around(error_kind::connection_lost,
                [&] { return real().related_rows(what, std::move(keys)); });
}

void intercepted_store::limit_running(std::string_view queue, std::size_t most, deadline limit) {
  intercept(error_kind::outcome_unknown, [&] { real().limit_running(queue, most, limit); });
}

std::size_t intercepted_store::running_limit(std::string_view queue, deadline limit) {
  return around(error_kind::connection_lost, [&] { return real().running_limit(queue, limit); });
}

void intercepted_store::limit_rate(std::string_view queue, const std::optional<task_rate>& rate,
                                   deadline limit) {
  intercept(error_kind::outcome_unknown, [&] { real().limit_rate(queue, rate, limit); });
}

std::optional<task_rate> intercepted_store::rate_limit(std::string_view queue, deadline limit) {
  return around(error_kind::connection_lost, [&] { return real().rate_limit(queue, limit); });
}

std::vector<listed_task> intercepted_store::list_tasks(const task_list& which, deadline limit) {
  return around(error_kind::connection_lost, [&] { return real().list_tasks(which, limit); });
}

earlier_events intercepted_store::claim_earlier(const schema::workflow_inbox& than,
                                                const inbox_claim& request, deadline limit) {
  return around(error_kind::outcome_unknown,
                [&] { return real().claim_earlier(than, request, limit); });
}

std::vector<schema::workflow_inbox> intercepted_store::list_events(const inbox_list& request,
                                                                   deadline limit) {
  return around(error_kind::connection_lost, [&] { return real().list_events(request, limit); });
}

std::size_t intercepted_store::retry_events(std::span<const std::int64_t> seqs, deadline limit) {
  return around(error_kind::outcome_unknown, [&] { return real().retry_events(seqs, limit); });
}

std::size_t intercepted_store::discard_events(std::span<const std::int64_t> seqs, deadline limit) {
  return around(error_kind::outcome_unknown, [&] { return real().discard_events(seqs, limit); });
}

}  // namespace nava::test
