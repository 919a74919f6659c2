// SPDX-License-Identifier: Apache-2.0
#include "engine/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/workflow_database.hpp>
#include <nava/workflow/error.hpp>
#include <nava/workflow/id.hpp>

#include "engine/child.hpp"
#include "engine/hash_chain.hpp"
#include "engine/timer.hpp"
#include "workflow/storable.hpp"

namespace nava::engine {
namespace {

using namespace schema;

using enum workflow_status;

template <class Status>
std::string listed(const Status& statuses) {
  std::string list;
  for (const auto status : statuses) list.append(list.empty() ? "" : ", ").append(to_text(status));
  return list;
}

constexpr column_set listed_columns =
    columns_of<workflow_step_table, &workflow_step::owner_id, &workflow_step::delegate_id,
               &workflow_step::candidates, &workflow_step::status, &workflow_step::ts_due,
               &workflow_step::ts_follow_up, &workflow_step::priority>;

}  // namespace

// A step that is in error already, that the undone handlers had added, or of a workflow that is
// paused cannot go to ERROR.
bool can_fail(const workflow_state& state, const uuid& step_id) {
  if (state.workflow.status != active && state.workflow.status != degraded) return false;
  return std::any_of(state.steps.begin(), state.steps.end(), [&](const auto& step) {
    return step.id == step_id && step.status == step_status::active;
  });
}

std::string_view key_of(const workflow_state& state, const uuid& step_id) {
  for (const auto& step : state.steps)
    if (step.id == step_id) return step.step_key;
  return {};
}

runner::runner(const definition_data& definition, workflow_state state, timestamp now,
               const uuid& transaction_id)
    : definition_(definition),
      state_(std::move(state)),
      read_revision_(state_.workflow.revision),
      read_last_seq_(state_.workflow.last_seq),
      revision_(read_revision_ == 0 ? first_revision(transaction_id) : read_revision_ + 1),
      now_(now),
      transaction_id_(transaction_id) {
  if (!has_text(now))
    throw error{error_kind::invalid_input,
                "the time of the decision is outside of the years 1 to 9999; correct "
                "the clock that the runtime was given"};
}

std::int64_t runner::next_seq() {
  if (mutations_.size() + messages_.size() >= records_per_decision_max)
    throw action_refused{
        fmt::format("a decision makes at most {} records; look for hooks that trigger each other",
                    records_per_decision_max)};
  return ++state_.workflow.last_seq;
}

void runner::mutate(mutation_kind kind, std::string_view action, json::object values,
                    const std::optional<uuid>& step_id, column_set columns) {
  const std::int64_t seq = next_seq();
  expect_worklist_change(kind, step_id, columns);
  apply(state_, kind, step_id, values);
  changed_.add(kind, step_id, values, columns);
  mutations_.push_back({state_.workflow.id, seq, transaction_id_, std::string{to_text(kind)},
                        std::string{action}, step_id, std::move(values), now_});
}

void runner::expect_worklist_change(mutation_kind kind, const std::optional<uuid>& step_id,
                                    column_set columns) {
  using enum mutation_kind;
  if (kind == add_step || (kind == update_step && (columns & listed_columns) != 0))
    worklist_.expect(state_, step_id.value());
  else if (kind == add_participant || kind == del_participant ||
           (kind == set_state && (columns & columns_of<workflow_table, &workflow::status>) != 0))
    worklist_.expect_all(state_);
}

void runner::set_workflow_status(std::string_view action, workflow_status status,
                                 workflow_patch more) {
  more.set<&workflow::status>(status);
  update(action, std::move(more));
}

void runner::set_step_status(std::string_view action, const uuid& id, step_status status,
                             step_patch more) {
  more.set<&workflow_step::status>(status);
  if (is_finished(status)) more.set<&workflow_step::ts_finish>(now_);
  update(action, std::move(more), id);
  if (is_finished(status)) cancel_timers(*this, id);
}

void runner::message(std::string_view source, std::string_view content,
                     std::optional<std::string_view> author) {
  guard("message", {created, active, degraded, workflow_status::paused});
  check_size(source.size() + content.size(), "a message");
  workflow_message row{state_.workflow.id,  next_seq(),           now_,
                       std::string{source}, std::string{content}, {}};
  if (author) row.author = *author;
  messages_.push_back(std::move(row));
}

void runner::insert_row(const table_description& table, json::object row) {
  guard("insert", unfinished);
  const std::string_view column = distribution_column(table);
  if (column.empty() || table.name == root_table)
    throw action_refused{fmt::format(
        "rows of '{}' do not go with a workflow; give it a workflow_foreign_key", table.name)};
  for (const table_description& ours : workflow_database<>::description.tables)
    if (ours.name == table.name)
      throw action_refused{
          fmt::format("'{}' is a table of Nava's; insert() is for the others", table.name)};
  const std::string id = to_text(state_.workflow.id);
  json::value& owner = row[column];
  if (owner.is_string() && std::string_view{owner.get_string()} != to_text(uuid{}) &&
      std::string_view{owner.get_string()} != id)
    throw action_refused{fmt::format("a row of '{}' is of another workflow", table.name)};
  owner = json::string(id);
  // A loop without end must not take all memory.
  bytes_inserted_ += least_size(row);
  check_size(bytes_inserted_, "what a decision inserts");
  auto of_table = std::find_if(extensions_.begin(), extensions_.end(),
                               [&](const auto& each) { return each.table == &table; });
  if (of_table == extensions_.end()) of_table = extensions_.insert(extensions_.end(), {&table, {}});
  of_table->rows.push_back(std::move(row));
}

uuid runner::next_task_id() { return derived_id(now_, transaction_id_, ++tasks_made_); }

void runner::record_cause(const event& happened, const std::optional<uuid>& step_id) {
  workflow_event row;
  row.seq = next_seq();
  row.transaction_id = transaction_id_;
  if (happened.key.is_given()) row.event_key = happened.key.text();
  row.event_name = happened.name;
  row.event_args = happened.args;
  row.event_data = happened.data;
  row.step_id = step_id;
  row.at = happened.at.value_or(now_);
  row.actor = happened.actor;
  actor_ = happened.actor;
  events_.push_back(std::move(row));
}

void runner::guard(std::string_view action, statuses allowed) const {
  const workflow_status status = state_.workflow.status;
  const auto allows = [&](workflow_status each) {
    return std::find(allowed.begin(), allowed.end(), each) != allowed.end();
  };
  if (allows(status)) return;
  std::string why = fmt::format("{} is refused while the workflow is {}; allowed: {}", action,
                                to_text(status), listed(allowed));
  if (status == workflow_status::paused && allows(active)) throw workflow_paused{std::move(why)};
  throw action_refused{std::move(why)};
}

const workflow_step& runner::step(const uuid& id) const {
  const workflow_step* found = find_row(state_.steps, id);
  if (found == nullptr)
    throw action_refused{fmt::format("the workflow has no step {}", to_text(id))};
  return *found;
}

const workflow_step& runner::guard_step(std::string_view action, const uuid& id,
                                        step_status needed) const {
  guard(action, {active, degraded});
  const workflow_step& row = step(id);
  if (row.status != needed)
    throw action_refused{fmt::format("{} is refused while step '{}' is {}; allowed: {}", action,
                                     row.step_key, to_text(row.status), to_text(needed))};
  return row;
}

const step_definition& runner::definition_of(const workflow_step& row) const {
  const step_definition* found = definition_.step(row.step_key);
  if (found == nullptr)
    throw definition_error{fmt::format("definition '{}' revision {} has no step '{}'",
                                       definition_.key, definition_.revision, row.step_key)};
  return *found;
}

const step_definition& runner::kind_of_step(std::string_view step_key) const {
  const step_definition* found = definition_.step(step_key);
  if (found == nullptr)
    throw action_refused{
        fmt::format("definition '{}' has no step '{}'", definition_.key, step_key)};
  return *found;
}

template <class Hook, class... Arguments>
void runner::run_hook(const Hook& hook, Arguments&&... arguments) {
  struct nesting {
    explicit nesting(int& depth) : depth_(++depth) {}
    ~nesting() { --depth_; }
    int& depth_;
  } const nested{hook_depth_};
  if (hook_depth_ > hook_depth_max)
    throw action_refused{fmt::format("hooks trigger each other more than {} deep", hook_depth_max)};
  hook(std::forward<Arguments>(arguments)...);
}

void runner::run(const std::vector<workflow_hook>& hooks) {
  workflow_context context{*this};
  for (const auto& hook : hooks) run_hook(hook, context);
}

void runner::run(const std::vector<step_hook>& hooks, const uuid& step_id) {
  step_context context{*this, step_id};
  for (const auto& hook : hooks) run_hook(hook, context);
}

void runner::run(const transition_hook& hook, const uuid& step_id, std::string_view from) {
  step_context context{*this, step_id};
  run_hook(hook, context, from);
}

void runner::reconcile() {
  const step_counts all = reconcile_stages();
  reconcile_workflow(all);
}

step_counts runner::reconcile_stages() {
  const auto& stages = state_.stages;
  std::vector<step_counts> of_stage(stages.size());
  step_counts all;
  // Steps that follow each other are often of one stage, so the search begins where it ended.
  std::size_t at = 0;
  for (const auto& row : state_.steps) {
    all.add(row.status);
    for (std::size_t tried = 0; tried < stages.size(); ++tried, at = (at + 1) % stages.size())
      if (stages[at].key == row.stage_key) {
        of_stage[at].add(row.status);
        break;
      }
  }
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const stage_status status = of_stage[i].stage_status();
    if (status != stages[i].status)
      update("reconcile", patch<workflow_stage_table>{}
                              .set<&workflow_stage::key>(stages[i].key)
                              .set<&workflow_stage::status>(status));
  }
  return all;
}

void runner::reconcile_workflow(const step_counts& counts) {
  const double progress = counts.progress();
  workflow_patch change;
  if (progress != state_.workflow.progress) change.set<&workflow::progress>(progress);
  const bool degrades = state_.workflow.status == active && counts.in_error > 0;
  if (degrades) change.set<&workflow::status>(degraded);
  if (state_.workflow.status == degraded && counts.in_error == 0)
    change.set<&workflow::status>(active);
  if (!change.empty()) update("reconcile", std::move(change));
  if (degrades) run(definition_.on_degraded);
}

// Not after every action: a handler that finishes one step and adds the next would find the
// workflow completed in between.
void runner::complete_if_all_finished() {
  const auto all_finished = [&] {
    return state_.workflow.status == active && !state_.steps.empty() &&
           std::all_of(state_.steps.begin(), state_.steps.end(),
                       [](const auto& row) { return is_finished(row.status); });
  };
  if (!all_finished()) return;
  run(definition_.on_completed);
  if (!all_finished()) return;
  cancel_timers(*this, std::nullopt);
  set_workflow_status("reconcile", completed, workflow_patch{}.set<&workflow::ts_finish>(now_));
  tell_parent(*this);
}

decision runner::finish() {
  complete_if_all_finished();
  return finish_without_hooks();
}

// A program that knows no chains may have decided since: then the chain ends where it did.
void runner::extend_chain() {
  auto& chain = state_.workflow.chain;
  std::optional<chain_end> before;
  if (chain)
    before = parse_chain_end(*chain);
  else if (read_revision_ == 0 && definition_.keeps_hash_chain)
    before.emplace();
  if (before && before->seq == read_last_seq_)
    chain = chained(*before, {mutations_, messages_, events_}, state_.workflow.last_seq).text();
}

decision runner::finish_without_hooks() {
  state_.workflow.revision = revision_;
  state_.workflow.updated = now_;
  for (auto& row : events_) row.workflow_id = state_.workflow.id;
  extend_chain();
  decision made{changed_.unit(state_), {}};
  made.work.transaction_id = transaction_id_;
  made.work.read_revision = read_revision_;
  made.work.mutations = std::move(mutations_);
  made.work.messages = std::move(messages_);
  made.work.events = std::move(events_);
  made.work.worklist = worklist_.until(state_);
  made.work.extensions = std::move(extensions_);
  made.state = std::move(state_);
  std::erase_if(made.state.tasks, [](const auto& task) { return is_finished(task.status); });
  return made;
}

}  // namespace nava::engine
