// SPDX-License-Identifier: Apache-2.0
#include "persistence/sealing/payload_seal.hpp"

#include <fmt/format.h>

#include <nava/schema/workflow_tables.hpp>

#include "persistence/log.hpp"
#include "persistence/rows/json_text.hpp"
#include "persistence/sealing/json_payloads.hpp"
#include "persistence/sealing/sealed_value.hpp"

namespace nava::persistence {
namespace {

using namespace schema;

// What list_children() compares stays beside the sealed input.
constexpr std::string_view child_task = "nava.child";
constexpr std::array<std::string_view, 3> child_keys{"definition", "resource_name", "resource_id"};

template <class Table>
void seal_row(typename Table::row_type& row, const workflow_key& key,
              column_set columns = all_columns) {
  for_each_payload<Table>(row, columns, [&](const payload_column& column, auto& value) {
    seal_value(value, key, {column, row_name<Table>(row)});
  });
}

void seal_task(workflow_task& task, const workflow_key& key, column_set columns = all_columns) {
  json::object beside;
  if (task.name == child_task)
    for (const std::string_view each : child_keys)
      if (const json::value* const found = task.input.if_contains(each)) beside[each] = *found;
  seal_row<workflow_task_table>(task, key, columns);
  for (auto& [name, value] : beside) task.input[name] = std::move(value);
}

template <class Table, class Rows>
void expect_plain_rows(const Rows& rows) {
  for (const auto& row : rows)
    for_each_payload<Table>(row, all_columns, [](const payload_column& column, const auto& value) {
      expect_plain_value(value, column);
    });
}

// An application may have written the ring. Nothing of the workflow was written, whatever became of
// its key.
template <class Call>
auto on_ring(std::size_t wanted, Call call) {
  try {
    auto keys = call();
    if (keys.size() != wanted)
      throw error{error_kind::other,
                  fmt::format("it returned {} keys instead of {}", keys.size(), wanted)};
    return keys;
  } catch (const unreadable_value&) {
    throw;
  } catch (const error& failure) {
    throw error{failure.kind() == error_kind::outcome_unknown ? error_kind::connection_lost
                                                              : failure.kind(),
                fmt::format("the key ring: {}", failure.what()), failure.sqlstate()};
  } catch (const std::exception& failure) {
    throw error{error_kind::other, fmt::format("the key ring: {}", failure.what())};
  }
}

unreadable_value without_key(const uuid& workflow_id) {
  return unreadable_value{
      fmt::format("the payloads of workflow {} are sealed, and the key ring has no key of it",
                  schema::to_text(workflow_id))};
}

template <class Table, class Rows>
bool has_sealed_row(const Rows& rows) {
  bool is_found = false;
  for (const auto& row : rows)
    for_each_payload<Table>(row, all_columns, [&](const payload_column&, const auto& value) {
      is_found = is_found || sealed_part(value).has_value();
    });
  return is_found;
}

}  // namespace

payload_seal::payload_seal(std::shared_ptr<key_ring> keys, sealed_function has_sealed_rows,
                           std::shared_ptr<spdlog::logger> log)
    : keys_(std::move(keys)), has_sealed_rows_(std::move(has_sealed_rows)), log_(std::move(log)) {}

bool payload_seal::is_sealed(const workflow_history& stored) {
  return has_sealed_row<workflow_mutation_table>(stored.mutations) ||
         has_sealed_row<workflow_message_table>(stored.messages) ||
         has_sealed_row<workflow_event_table>(stored.events) ||
         has_sealed_row<workflow_task_table>(stored.tasks) ||
         has_sealed_row<workflow_agenda_table>(stored.agenda) ||
         has_sealed_row<workflow_step_table>(stored.state.steps) ||
         has_sealed_row<workflow_memory_table>(std::span{&stored.state.memory, 1}) ||
         has_sealed_row<workflow_table>(std::span{&stored.state.workflow, 1});
}

unit_of_work payload_seal::sealed(const unit_of_work& unit, deadline limit) {
  unit_of_work copy = unit;
  const uuid& id = unit.workflow.id;
  // A key in memory may be that of a workflow that was deleted, and had the same id.
  const workflow_key key = unit.read_revision == 0 ? made_key(id, limit) : key_to_write(id, limit);
  seal_row<workflow_table>(copy.workflow, key,
                           unit.read_revision == 0 ? all_columns : unit.workflow_columns);
  for (auto& row : copy.steps.inserted) seal_row<workflow_step_table>(row, key);
  for (auto& row : copy.steps.updated) seal_row<workflow_step_table>(row, key, row.columns);
  for (auto& row : copy.memory.inserted) seal_row<workflow_memory_table>(row, key);
  for (auto& row : copy.memory.updated) seal_row<workflow_memory_table>(row, key, row.columns);
  for (auto& row : copy.tasks.inserted) seal_task(row, key);
  for (auto& row : copy.tasks.updated) seal_task(row, key, row.columns);
  for (auto& row : copy.mutations) seal_row<workflow_mutation_table>(row, key);
  for (auto& row : copy.messages) seal_row<workflow_message_table>(row, key);
  for (auto& row : copy.events) seal_row<workflow_event_table>(row, key);
  return copy;
}

void payload_seal::expect_plain(const unit_of_work& unit) const {
  expect_plain_rows<workflow_step_table>(unit.steps.inserted);
  expect_plain_rows<workflow_step_table>(unit.steps.updated);
  expect_plain_rows<workflow_memory_table>(unit.memory.inserted);
  expect_plain_rows<workflow_memory_table>(unit.memory.updated);
  expect_plain_rows<workflow_task_table>(unit.tasks.inserted);
  expect_plain_rows<workflow_task_table>(unit.tasks.updated);
  expect_plain_rows<workflow_mutation_table>(unit.mutations);
  expect_plain_rows<workflow_message_table>(unit.messages);
  expect_plain_rows<workflow_event_table>(unit.events);
}

void payload_seal::seal(const table_description& table, json::array& rows, deadline limit) {
  if (!has_payloads(table)) return;
  std::vector<uuid> ids;
  for (const json::value& row : rows)
    if (const auto* const object = row.if_object())
      if (const auto id = uuid_in(*object, "workflow_id")) ids.push_back(*id);
  if (is_on()) fetch(std::move(ids), limit);
  for_each_payload_in(
      table, rows, [&](const json::object& row, const payload_column& column, json::value& value) {
        if (!is_on()) return expect_plain_value(value, column);
        const auto [id, place] = place_in(table, row, column, [&] {
          throw error{error_kind::invalid_input,
                      fmt::format("a row of {} does not say its workflow and its key, by which {} "
                                  "is sealed",
                                  table.name, column.column)};
        });
        if (auto* const object = value.if_object()) {
          seal_value(*object, key_to_write(id, limit), place);
        } else if (const auto* const text = value.if_string()) {
          std::string content{*text};
          seal_value(content, key_to_write(id, limit), place);
          value = content;
        }
      });
}

std::string payload_seal::opened(std::string_view sealed, const uuid& workflow_id,
                                 const payload_place& place, deadline limit) {
  if (!is_on())
    throw unreadable_value{fmt::format(
        "the payloads of workflow {} are sealed; open the database with their key ring: "
        "store_options::keys, or --keys URL",
        schema::to_text(workflow_id))};
  if (const auto kept = kept_.find(workflow_id))
    if (auto plain = unsealed_at(*kept, sealed, place)) return *std::move(plain);
  // A workflow that was deleted and started again under its id may have another key.
  const auto key = found_key(workflow_id, limit);
  if (!key) throw without_key(workflow_id);
  auto plain = unsealed_at(*key, sealed, place);
  if (!plain)
    throw unreadable_value{fmt::format(
        "{}.{} of workflow {} was changed, or sealed by another key than that in the key ring",
        place.column.table, place.column.column, schema::to_text(workflow_id))};
  return *std::move(plain);
}

template <class Value>
void payload_seal::open_value(Value& value, const uuid& workflow_id, const payload_place& place,
                              deadline limit) {
  const auto sealed = sealed_part(value);
  if (!sealed) return;
  std::string plain = opened(*sealed, workflow_id, place, limit);
  if constexpr (std::is_same_v<Value, std::string>) {
    value = std::move(plain);
  } else {
    json::value read = parse_stored_json(plain);
    value = std::move(read.as_object());
  }
}

template void payload_seal::open_value(json::object&, const uuid&, const payload_place&, deadline);
template void payload_seal::open_value(std::string&, const uuid&, const payload_place&, deadline);

template <class Table, class Rows>
void payload_seal::open_rows(Rows&& rows, deadline limit) {
  for (typename Table::row_type& row : rows)
    for_each_payload<Table>(row, all_columns, [&](const payload_column& column, auto& value) {
      if (sealed_part(value))
        open_value(value, row.workflow_id, {column, row_name<Table>(row)}, limit);
    });
}

void payload_seal::open_state(workflow_state& state, deadline limit) {
  for_each_payload<workflow_table>(state.workflow, all_columns,
                                   [&](const payload_column& column, std::string& value) {
                                     if (sealed_part(value))
                                       open_value(value, state.workflow.id, {column, {}}, limit);
                                   });
  open_rows<workflow_step_table>(state.steps, limit);
  open_rows<workflow_memory_table>(std::span{&state.memory, 1}, limit);
  open_rows<workflow_task_table>(state.tasks, limit);
}

void payload_seal::open(loaded_workflow& loaded, deadline limit) {
  open_state(loaded.state, limit);
}

void payload_seal::open(workflow_history& past, deadline limit) {
  open_rows<workflow_mutation_table>(past.mutations, limit);
  open_rows<workflow_message_table>(past.messages, limit);
  open_rows<workflow_event_table>(past.events, limit);
  open_rows<workflow_task_table>(past.tasks, limit);
  open_rows<workflow_agenda_table>(past.agenda, limit);
  open_state(past.state, limit);
}

void payload_seal::open(const table_description& table, std::vector<json::object>& rows,
                        deadline limit) {
  if (!has_payloads(table)) return;
  std::vector<uuid> ids;
  for (json::object& row : rows)
    if (has_sealed_payload(table, row))
      if (const auto id = uuid_in(row, "workflow_id")) ids.push_back(*id);
  if (is_on()) fetch(std::move(ids), limit);
  for_each_payload_in(
      table, rows, [&](const json::object& row, const payload_column& column, json::value& value) {
        const auto sealed = sealed_part(value);
        if (!sealed) return;
        const auto [id, place] = place_in(table, row, column, [&] {
          throw unreadable_value{
              fmt::format("{}.{} is sealed, and its row does not say its workflow and its key",
                          table.name, column.column)};
        });
        std::string plain = opened(*sealed, id, place, limit);
        if (value.is_object())
          value = parse_stored_json(plain);
        else
          value = std::move(plain);
      });
}

void payload_seal::fetch(std::vector<uuid> ids, deadline limit) {
  std::erase_if(ids, [&](const uuid& id) { return kept_.find(id).has_value(); });
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (std::size_t begin = 0; begin < ids.size(); begin += keys_at_once_max) {
    const auto part = std::span{ids}.subspan(begin, std::min(keys_at_once_max, ids.size() - begin));
    const auto found = on_ring(part.size(), [&] { return keys_->find(part, limit); });
    for (std::size_t i = 0; i < part.size(); ++i)
      if (found.at(i)) kept_.put(part[i], *found[i]);
  }
}

std::optional<workflow_key> payload_seal::found_key(const uuid& workflow_id, deadline limit) {
  kept_.forget(workflow_id);
  auto found = on_ring(1, [&] { return keys_->find(std::span{&workflow_id, 1}, limit); }).at(0);
  if (found) kept_.put(workflow_id, *found);
  return found;
}

workflow_key payload_seal::made_key(const uuid& workflow_id, deadline limit) {
  const workflow_key made = on_ring(1, [&] {
                              return keys_->make(std::span{&workflow_id, 1}, limit);
                            }).at(0);
  kept_.put(workflow_id, made);
  return made;
}

workflow_key payload_seal::key_to_write(const uuid& workflow_id, deadline limit) {
  if (auto kept = kept_.find(workflow_id)) return *std::move(kept);
  if (auto found = found_key(workflow_id, limit)) return *std::move(found);
  // One that was started without a key ring gets its key now. One whose key is gone must not get
  // another: its rows would need two.
  if (has_sealed_rows_(workflow_id, limit)) throw without_key(workflow_id);
  return made_key(workflow_id, limit);
}

}  // namespace nava::persistence
