// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nava/engine/verification.hpp>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>
#include <set>
#include <tuple>

#include "engine/hash_chain.hpp"
#include "engine/step_counts.hpp"
#include "engine/worklist.hpp"

namespace nava::engine {
namespace {

using namespace schema;
using lines = std::vector<std::string>;

constexpr std::size_t seqs_named_max = 5;

// One counter numbers mutations, messages and events, without a gap.
void check_seqs(const workflow_history& history, lines& findings) {
  std::map<std::int64_t, std::size_t> rows;
  const auto count = [&](const auto& table) {
    for (const auto& row : table) ++rows[row.seq];
  };
  count(history.mutations);
  count(history.messages);
  count(history.events);
  std::size_t named = 0;
  std::int64_t expected = 1;
  const auto missing_until = [&](std::int64_t seq) {
    if (seq <= expected || ++named > seqs_named_max) return;
    findings.push_back(seq == expected + 1
                           ? fmt::format("no row has seq {}", expected)
                           : fmt::format("no row has the seqs {} to {}", expected, seq - 1));
  };
  for (const auto& [seq, times] : rows) {
    missing_until(seq);
    if (times > 1 && ++named <= seqs_named_max)
      findings.push_back(fmt::format("{} rows have seq {}", times, seq));
    expected = std::max(expected, seq + 1);
  }
  const std::int64_t last = history.state.workflow.last_seq;
  missing_until(last + 1);
  if (last < expected - 1)
    findings.push_back(
        fmt::format("workflow: last_seq is {}, and a row has seq {}", last, expected - 1));
  if (named > seqs_named_max)
    findings.push_back(fmt::format("and {} more faults of seq", named - seqs_named_max));
}

// A decision moves the revision by one, and stores one event: its cause.
void check_decisions(const workflow_history& history, lines& findings) {
  std::map<uuid, std::size_t> decisions;
  for (const auto& event : history.events)
    if (++decisions[event.transaction_id] == 2)
      findings.push_back(
          fmt::format("workflow_event {}: the decision has another event", event.seq));
  const auto belongs = [&](std::string_view table, std::int64_t seq, const uuid& transaction) {
    if (!decisions.contains(transaction))
      findings.push_back(fmt::format("{} {}: no event has its transaction", table, seq));
  };
  for (const auto& row : history.mutations)
    belongs("workflow_mutation", row.seq, row.transaction_id);
  if (history.mutations.empty()) return;
  const json::value* first = history.mutations.front().mutation.if_contains("revision");
  if (first == nullptr || !first->is_int64()) return;
  const std::int64_t moved = history.state.workflow.revision - first->get_int64() + 1;
  if (moved != static_cast<std::int64_t>(history.events.size()))
    findings.push_back(fmt::format("workflow: the revision tells of {} decisions, {} are stored",
                                   moved, history.events.size()));
}

// Some row was changed, added or removed since it was written, or the end of the chain.
void check_chain(const workflow_history& history, lines& findings) try {
  const auto& row = history.state.workflow;
  if (!row.chain) return;
  const auto stored = parse_chain_end(*row.chain);
  if (!stored) {
    findings.emplace_back("workflow: column chain is no end of a hash chain");
    return;
  }
  if (*stored != chained({}, {history.mutations, history.messages, history.events}, stored->seq))
    findings.emplace_back(
        "workflow: column chain differs from the hash chain over mutations, messages and events");
  else if (stored->seq < row.last_seq)
    findings.push_back(
        fmt::format("workflow: the hash chain ends at seq {}, before {}: a program without hash "
                    "chains has decided, or rows were added",
                    stored->seq, row.last_seq));
} catch (const error& failure) {
  findings.push_back(fmt::format("workflow: column chain: {}", failure.what()));
}

// What the decisions derive from steps.
void check_statuses(const workflow_state& state, lines& findings) {
  step_counts all;
  std::map<std::string_view, step_counts> of_stage;
  for (const auto& step : state.steps) {
    all.add(step.status);
    of_stage[step.stage_key].add(step.status);
  }
  for (const auto& stage : state.stages)
    if (stage.status != of_stage[stage.key].stage_status())
      findings.push_back(fmt::format(
          "workflow_stage {}: column status does not follow from the steps", stage.key));
  const auto status = state.workflow.status;
  const bool disagrees = (status == workflow_status::active && all.in_error > 0) ||
                         (status == workflow_status::degraded && all.in_error == 0) ||
                         (status == workflow_status::completed && all.finished < all.steps);
  if (disagrees) findings.emplace_back("workflow: column status does not follow from the steps");
  if (state.workflow.progress != all.progress())
    findings.emplace_back("workflow: column progress does not follow from the steps");
}

// A task is on the agenda exactly as long as it is open.
void check_agenda(const workflow_history& history, lines& findings) {
  std::map<uuid, const workflow_task*> open;
  for (const auto& task : history.tasks)
    if (!is_finished(task.status)) open.emplace(task.id, &task);
  for (const auto& row : history.agenda) {
    const std::string name = "workflow_agenda " + to_text(row.id);
    const auto found = open.find(row.id);
    if (found == open.end()) {
      findings.push_back(name + ": no task of this id is open");
      continue;
    }
    const workflow_task& task = *found->second;
    if (row.queue != task.queue.value_or(task.name) || row.priority != task.priority.value_or(0))
      findings.push_back(name + ": queue or priority differs from that of the task");
    if (row.lease_until.has_value() != row.lease_owner.has_value())
      findings.push_back(name + ": a lease has an owner and an end, or neither");
    if (task.lease_fence > row.lease_fence)
      findings.push_back(name + ": column lease_fence is below that of the task");
    open.erase(found);
  }
  for (const auto& [id, task] : open)
    findings.push_back(
        fmt::format("workflow_task {}: is open, and not on the agenda", to_text(id)));
}

void check_worklist(const workflow_history& history, lines& findings) {
  const auto as_key = [](const workflow_worklist& row) {
    return std::tuple{row.step_id, row.place,        row.principal,
                      row.ts_due,  row.ts_follow_up, row.priority};
  };
  using key = decltype(as_key(std::declval<const workflow_worklist&>()));
  std::set<key> expected, stored;
  for (const auto& row : worklist_of(history.state)) expected.insert(as_key(row));
  for (const auto& row : history.worklist) stored.insert(as_key(row));
  const auto name = [](const key& row) {
    return fmt::format("workflow_worklist {} {} {}", to_text(std::get<0>(row)),
                       to_text(std::get<1>(row)), std::get<2>(row));
  };
  for (const key& row : stored)
    if (!expected.contains(row)) findings.push_back(name(row) + ": does not follow from the steps");
  for (const key& row : expected)
    if (!stored.contains(row))
      findings.push_back(name(row) + ": follows from the steps, and is not stored");
}

}  // namespace

std::vector<std::string> verify_workflow(const workflow_history& history) {
  lines findings = verify(history);
  check_seqs(history, findings);
  check_decisions(history, findings);
  check_chain(history, findings);
  check_statuses(history.state, findings);
  check_agenda(history, findings);
  check_worklist(history, findings);
  return findings;
}

std::vector<std::string> verify_event(const workflow_inbox& event) {
  if (event.unreadable) return {*event.unreadable};
  lines findings;
  if (event.lease_until.has_value() != event.lease_owner.has_value())
    findings.emplace_back("a lease has an owner and an end, or neither");
  if (event.lease_until && event.lease_fence < 1)
    findings.emplace_back("column lease_fence is below 1 under a lease");
  if (event.lease_until && event.status == inbox_status::failed)
    findings.emplace_back("is FAILED, and leased");
  if (event.status == inbox_status::early && !event.ts_due)
    findings.emplace_back("is EARLY, and has no ts_due: no drainer looks for it");
  return findings;
}

}  // namespace nava::engine
