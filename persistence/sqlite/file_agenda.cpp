// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/file_agenda.hpp"

#include <algorithm>
#include <charconv>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>

namespace nava::persistence::sqlite {
namespace {

using schema::workflow_task;
using task_table = schema::workflow_task_table;

// The rows of a unit for one verb on tasks.
const std::vector<row_values>& tasks_of(const ready_unit& unit, verb what) {
  static const auto place_of = [](verb wanted) {
    const auto parts = child_parts();
    const auto found = std::find_if(parts.begin(), parts.end(), [&](const child_part& part) {
      return part.table->name == task_table::name.view() && part.what == wanted;
    });
    return static_cast<std::size_t>(found - parts.begin());
  };
  static const std::size_t inserted = place_of(verb::insert), updated = place_of(verb::update);
  return unit.child_values[what == verb::insert ? inserted : updated];
}

template <auto Member>
constexpr std::size_t place = [] {
  std::size_t at = 0;
  for (const auto& column : task_table::column_descriptions) {
    if (column.name == task_table::template column_with<Member>::name.view()) break;
    ++at;
  }
  return at;
}();

// A task as the values of its row, the last of which says what an update writes.
class task_values {
 public:
  explicit task_values(const row_values& row) : row_(row) {}

  template <auto Member>
  [[nodiscard]] connection::argument value() const {
    const auto& found = row_[place<Member>];
    return found ? connection::argument{*found} : std::nullopt;
  }
  template <auto Member>
  [[nodiscard]] bool writes() const {
    const std::string& text = row_.back().value();
    std::uint64_t written = 0;
    std::from_chars(text.data(), text.data() + text.size(), written);
    return (written >> place<Member> & 1U) != 0;
  }
  template <auto Member>
  [[nodiscard]] connection::argument value_if_written() const {
    return writes<Member>() ? value<Member>() : std::nullopt;
  }
  [[nodiscard]] connection::argument workflow_id() const {
    return value<&workflow_task::workflow_id>();
  }
  [[nodiscard]] connection::argument id() const { return value<&workflow_task::id>(); }
  [[nodiscard]] bool is_scheduled() const {
    return value<&workflow_task::status>() == schema::to_text(schema::task_status::scheduled);
  }

 private:
  const row_values& row_;
};

bool is_as_expected(connection& on, const agenda_statements& agenda, const task_values& task) {
  const bool settles = task.writes<&workflow_task::lease_fence>();
  const bool turns = task.writes<&workflow_task::status>();
  if (turns && task.is_scheduled()) return true;
  if (settles)
    return !on.execute(agenda.is_leased,
                       {task.workflow_id(), task.id(), task.value<&workflow_task::lease_fence>()})
                .empty();
  return !on.execute(turns ? agenda.is_open : agenda.is_unclaimed, {task.workflow_id(), task.id()})
              .empty();
}

void follow_update(connection& on, const agenda_statements& agenda, const task_values& task,
                   timestamp now) {
  const std::string time = schema::to_text(now);
  if (!task.writes<&workflow_task::status>()) {
    if (task.writes<&workflow_task::ts_due>())
      on.execute(agenda.postpone,
                 {task.workflow_id(), task.id(), task.value<&workflow_task::ts_due>(), time});
    return;
  }
  if (!task.is_scheduled()) {
    on.execute(agenda.remove, {task.workflow_id(), task.id()});
    return;
  }
  const std::string fence_min = std::to_string(now.time_since_epoch().count());
  on.execute(agenda.give_back,
             {task.workflow_id(), task.id(), task.value_if_written<&workflow_task::ts_due>(),
              task.value_if_written<&workflow_task::attempt>(), fence_min, time});
}

}  // namespace

bool has_expected_tasks(connection& on, const agenda_statements& agenda, const ready_unit& unit) {
  const auto& updated = tasks_of(unit, verb::update);
  return std::all_of(updated.begin(), updated.end(), [&](const row_values& row) {
    return is_as_expected(on, agenda, task_values{row});
  });
}

void follow_tasks(connection& on, const agenda_statements& agenda, const ready_unit& unit,
                  timestamp now) {
  for (const row_values& row : tasks_of(unit, verb::insert)) {
    const task_values task{row};
    if (!task.is_scheduled()) continue;
    on.execute(agenda.insert,
               {task.workflow_id(), task.id(), task.value<&workflow_task::queue>(),
                task.value<&workflow_task::name>(), task.value<&workflow_task::priority>(),
                task.value<&workflow_task::ts_due>(), task.value<&workflow_task::attempt>(),
                task.value<&workflow_task::lease_fence>(), schema::to_text(now)});
  }
  for (const row_values& row : tasks_of(unit, verb::update))
    follow_update(on, agenda, task_values{row}, now);
}

}  // namespace nava::persistence::sqlite
