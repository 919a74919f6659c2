// SPDX-License-Identifier: Apache-2.0
#include "support/units.hpp"

#include <algorithm>
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_tables.hpp>

namespace nava::test {
namespace {

// More than a workflow has rows of one kind.
constexpr std::uint64_t ids_per_workflow = 1000;

std::uint64_t number_in(const uuid& id) {
  std::uint64_t number = 0;
  for (std::size_t i = 8; i < 16; ++i) number = number << 8 | id.data[i];
  return number;
}

// Adds the rows of one decision to a unit, for the workflow and revision it is on.
class unit_writer {
 public:
  explicit unit_writer(unit_of_work& unit)
      : unit_(unit), number_(number_in(unit.workflow.id)), revision_(unit.workflow.revision) {
    unit.transaction_id = id_of(id_kind::transaction, row_number(0));
  }

  [[nodiscard]] std::string named(std::string_view what) const {
    return std::string{what} + "-" + std::to_string(revision_);
  }

  schema::workflow_step step(int ordinal) {
    schema::workflow_step row;
    row.workflow_id = unit_.workflow.id;
    row.id = id_of(id_kind::step, row_number(ordinal));
    row.index = revision_ * 2 + ordinal;
    row.step_key = named("approval");
    row.stage_key = named("review");
    row.title = "Approval";
    row.selector = id_of(id_kind::selector, row_number(ordinal));
    row.stm_state = "_CREATED";
    row.memory = {{"asked", "twice"}, {"depth", {{"more", {1, 2, 3}}}}};
    row.ts_start = now();
    return row;
  }

  schema::workflow_stage stage(int ordinal) {
    schema::workflow_stage row;
    row.workflow_id = unit_.workflow.id;
    row.key = named(ordinal == 0 ? "review" : "payment");
    row.stage_name = "A stage";
    row.order = revision_ * 2 + ordinal;
    return row;
  }

  schema::workflow_participant participant(std::string_view user) {
    return {unit_.workflow.id, "manager", named(user)};
  }

  schema::workflow_task task(int ordinal) {
    schema::workflow_task row;
    row.workflow_id = unit_.workflow.id;
    row.id = id_of(id_kind::task, row_number(ordinal));
    row.step_id = id_of(id_kind::step, row_number(ordinal));
    row.name = "mail-manager";
    row.input = {{"amount", 120.5}, {"to", "m@example.org"}};
    row.attempts_max = 3;
    // What is due already would be due when it is stored: at another time in each run.
    row.ts_due = now() + std::chrono::hours{24 * 366 * 100};
    return row;
  }

  void add_mutation(std::string name, std::string action) {
    unit_.mutations.push_back({unit_.workflow.id,
                               ++unit_.workflow.last_seq,
                               unit_.transaction_id,
                               std::move(name),
                               std::move(action),
                               std::nullopt,
                               {{"revision", revision_}},
                               now()});
  }

  void add_message() {
    unit_.messages.push_back(
        {unit_.workflow.id, ++unit_.workflow.last_seq, now(), "handler", named("a message")});
  }

  void add_event(std::string name) {
    schema::workflow_event row;
    row.workflow_id = unit_.workflow.id;
    row.seq = ++unit_.workflow.last_seq;
    row.transaction_id = unit_.transaction_id;
    row.event_key = named("event");
    row.event_name = std::move(name);
    row.event_args = {{"yes", true}};
    row.event_data = {{"note", "fine"}};
    row.at = now();
    unit_.events.push_back(std::move(row));
  }

  [[nodiscard]] timestamp now() const { return instant(static_cast<int>(revision_)); }

 private:
  [[nodiscard]] std::uint64_t row_number(int ordinal) const {
    return number_ * ids_per_workflow + static_cast<std::uint64_t>(revision_ * 2 + ordinal);
  }

  unit_of_work& unit_;
  std::uint64_t number_;
  std::int64_t revision_;
};

template <class Table>
bool same_key(const typename Table::row_type& left, const typename Table::row_type& right) {
  const auto a = schema::to_json<Table>(left);
  const auto b = schema::to_json<Table>(right);
  const auto key = Table::index_descriptions.front().columns;
  return std::all_of(key.begin(), key.end(),
                     [&](std::string_view column) { return a.at(column) == b.at(column); });
}

// What of a row an update writes.
template <class Table, class Row>
void write(Row& row, const Row& updated, schema::column_set columns) {
  std::size_t position = 0;
  schema::for_each_column<Table>([&](auto column) {
    if (schema::has_column(columns, position++)) row.*column.member = updated.*column.member;
  });
}

template <class Table, class Row>
void apply_to(std::vector<Row>& rows, const row_changes<Row>& changes) {
  for (const auto& updated : changes.updated)
    for (auto& row : rows)
      if (same_key<Table>(row, updated)) write<Table, Row>(row, updated, updated.columns);
  rows.insert(rows.end(), changes.inserted.begin(), changes.inserted.end());
}

template <class Table, class Row>
void apply_to(std::vector<Row>& rows, const member_changes<Row>& changes) {
  for (const auto& removed : changes.removed)
    std::erase_if(rows, [&](const Row& row) { return same_key<Table>(row, removed); });
  rows.insert(rows.end(), changes.inserted.begin(), changes.inserted.end());
}

template <class Row>
void append(std::vector<Row>& rows, const std::vector<Row>& more) {
  rows.insert(rows.end(), more.begin(), more.end());
}

bool is_open(const schema::workflow_task& task) {
  return task.status == schema::task_status::scheduled ||
         task.status == schema::task_status::running;
}

}  // namespace

uuid id_of(id_kind kind, std::uint64_t number) {
  uuid id{{0x01, 0x90, 0, 0, 0, 0, 0x70}};
  id.data[7] = static_cast<std::uint8_t>(kind);
  for (std::size_t i = 0; i < 8; ++i)
    id.data[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return id;
}

timestamp instant(int seconds) {
  return timestamp{std::chrono::seconds{1'700'000'000 + seconds} + std::chrono::microseconds{1}};
}

unit_of_work first_unit(std::uint64_t number) {
  unit_of_work unit;
  unit.workflow.id = id_of(id_kind::workflow, number);
  unit.workflow.revision = 1;
  unit_writer write{unit};
  unit.workflow.wfdef_key = "expense-claim";
  unit.workflow.wf_namespace = "tests";
  unit.workflow.resource_name = "claim";
  unit.workflow.resource_id = "claim-" + std::to_string(number);
  unit.workflow.title = "Expense claim";
  unit.workflow.status = schema::workflow_status::active;
  unit.workflow.ts_start = unit.workflow.created = unit.workflow.updated = write.now();
  unit.steps.inserted = {write.step(0), write.step(1)};
  unit.stages.inserted = {write.stage(0), write.stage(1)};
  unit.participants.inserted = {write.participant("ada"), write.participant("bob")};
  unit.memory.inserted = {{unit.workflow.id, {{"amount", 120}}, {{"step", "first"}}, {}}};
  unit.tasks.inserted = {write.task(0), write.task(1)};
  unit.worklist.inserted = {{.workflow_id = unit.workflow.id,
                             .step_id = unit.steps.inserted.front().id,
                             .place = schema::worklist_place::group,
                             .principal = "managers",
                             .ts_due = write.now(),
                             .ts_follow_up = {},
                             .priority = 0}};
  write.add_mutation("initialize-workflow", "start");
  write.add_mutation("add-step", "add_step");
  write.add_mutation("set-params", "start");
  write.add_message();
  write.add_event("nava.start");
  return unit;
}

unit_of_work next_unit(const unit_of_work& before) {
  unit_of_work unit;
  unit.read_revision = before.workflow.revision;
  unit.workflow = before.workflow;
  ++unit.workflow.revision;
  unit_writer write{unit};
  unit.workflow.note = write.named("note");
  unit.workflow.progress = 0.5;
  unit.workflow.updated = write.now();

  unit.steps.updated = {before.steps.inserted.front()};
  unit.steps.updated.front().status = schema::step_status::completed;
  unit.steps.updated.front().stm_state = "_FINISHED";
  unit.steps.updated.front().stm_from = "_CREATED";
  unit.steps.updated.front().memory = {{"answer", write.named("yes")}};
  unit.steps.updated.front().ts_finish = write.now();
  unit.steps.inserted = {write.step(0)};
  unit.stages.updated = {before.stages.inserted.front()};
  unit.stages.updated.front().status = schema::stage_status::completed;
  unit.stages.inserted = {write.stage(0)};
  unit.participants.removed = {before.participants.inserted.front()};
  unit.participants.inserted = {write.participant("ada")};
  unit.memory.updated = {schema::workflow_memory{
      unit.workflow.id, {{"amount", 120}}, {{"step", write.named("next")}}, {{"paid", false}}}};
  // As a decision cancels: a task that ends under a lease has to have one.
  constexpr auto ended =
      schema::columns_where<schema::workflow_task_table>([](std::string_view name) {
        return name == "status" || name == "result" || name == "ts_end";
      });
  unit.tasks.updated = {{before.tasks.inserted.front(), ended}};
  unit.tasks.updated.front().status = schema::task_status::completed;
  unit.tasks.updated.front().result = json::object{{"sent", true}};
  unit.tasks.updated.front().ts_end = write.now();
  unit.tasks.inserted = {write.task(0)};
  write.add_mutation("update-step", "transit");
  write.add_mutation("set-memory", "memorize");
  write.add_message();
  write.add_event("manager-answered");
  return unit;
}

expected_workflow& expected_workflow::apply(const unit_of_work& unit) {
  using namespace schema;
  write<workflow_table>(state_.workflow, unit.workflow,
                        unit.read_revision == 0 ? all_columns : unit.workflow_columns);
  apply_to<workflow_step_table>(state_.steps, unit.steps);
  apply_to<workflow_stage_table>(state_.stages, unit.stages);
  apply_to<workflow_participant_table>(state_.participants, unit.participants);
  if (!unit.memory.inserted.empty()) state_.memory = unit.memory.inserted.front();
  for (const auto& updated : unit.memory.updated)
    write<workflow_memory_table, workflow_memory>(state_.memory, updated, updated.columns);
  apply_to<workflow_task_table>(history_.tasks, unit.tasks);
  append(history_.mutations, unit.mutations);
  append(history_.messages, unit.messages);
  append(history_.events, unit.events);
  return *this;
}

workflow_state expected_workflow::state() const {
  workflow_state state = state_;
  std::copy_if(history_.tasks.begin(), history_.tasks.end(), std::back_inserter(state.tasks),
               is_open);
  std::sort(state.participants.begin(), state.participants.end(), [](auto& left, auto& right) {
    return std::tie(left.role, left.user_id) < std::tie(right.role, right.user_id);
  });
  return state;
}

}  // namespace nava::test
