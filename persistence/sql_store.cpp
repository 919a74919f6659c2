// SPDX-License-Identifier: Apache-2.0
#include "persistence/sql_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/log.hpp"
#include "persistence/purge/tombstones.hpp"
#include "persistence/rows/json_text.hpp"
#include "persistence/rows/state_rows.hpp"
#include "workflow/storable.hpp"

namespace nava::persistence {
namespace {

// What both databases take for a LIMIT.
constexpr std::size_t related_limit_max = std::numeric_limits<std::int64_t>::max();

// Descriptions are told apart by where they are: two may give one table different columns.
std::string cache_key(const related_request& what) {
  std::string key = fmt::format("related {} {}{}", fmt::ptr(what.target),
                                schema::quoted_list(what.key), what.limit > 0 ? " limit" : "");
  for (const sort_term& term : what.sort)
    key += fmt::format(" {}{}", schema::quoted(term.column), term.descending ? " desc" : "");
  return key;
}

}  // namespace

// Calls that wait for other sessions' locks leave three connections of four to the rest.
sql_store::sql_store(query_set made, const store_options& options, std::size_t flights,
                     row_form form)
    : form_(form),
      call_timeout_(options.call_timeout),
      tombstones_(checked(options.tombstones)),
      log_(logger_or_default(options.logger)),
      queries_(std::move(made)),
      seal_(
          options.keys,
          [this](const uuid& id, deadline limit) { return has_sealed_rows(id, limit); }, log_),
      locks_(std::max<std::size_t>(options.connections_max / 4, 1)),
      commits_(
          commit_queue::limits::of(options, flights),
          [this](const ready_unit& unit, deadline limit) {
            return apply(verb::update, unit, limit);
          },
          [this](std::span<const ready_unit* const> units, deadline limit) {
            return apply_all(units, limit);
          },
          options.logger) {}

std::string sql_store::lock_holders(const uuid&) { return {}; }

// Reading waits for those alone who keep a whole table to themselves.
std::vector<connection::row> sql_store::read(const statement& what,
                                             std::initializer_list<connection::argument> arguments,
                                             deadline limit) {
  return read(what, std::span{arguments.begin(), arguments.size()}, limit);
}

std::vector<connection::row> sql_store::read(const statement& what,
                                             std::span<const connection::argument> arguments,
                                             deadline limit) {
  return locks_.run(limit, [&](bool) { return reader(limit)->execute(what, arguments); });
}

// Says who holds a workflow that could not be had until the deadline.
template <class Statement>
auto sql_store::await_workflow(const uuid& id, deadline limit, Statement statement) {
  try {
    return locks_.run(limit, std::move(statement));
  } catch (const error& failure) {
    if (failure.kind() != error_kind::contention) throw;
    const std::string name = schema::to_text(id);
    if (failure.sqlstate() != "55P03")
      throw error{failure.kind(), fmt::format("workflow {}: {}", name, failure.what()),
                  failure.sqlstate()};
    const std::string holders = lock_holders(id);
    throw error{failure.kind(),
                fmt::format("workflow {} is locked by {}; nothing was written; try again when that "
                            "transaction has ended",
                            name, holders.empty() ? "another session" : holders),
                failure.sqlstate()};
  }
}

ready_unit sql_store::ready(const unit_of_work& unit, verb root, deadline limit) {
  if (seal_.is_on()) return {seal_.sealed(unit, limit), root, form_};
  seal_.expect_plain(unit);
  return {unit, root, form_};
}

commit_result sql_store::create(const unit_of_work& unit, deadline limit) {
  limit = of_call(limit);
  const ready_unit made = ready(unit, verb::insert, limit);
  commit_latency::timer timed{latency_};
  return timed.ended(
      await_workflow(made.id, limit, [&](bool) { return apply(verb::insert, made, limit); }));
}

// What was refused once for a lock stays out of the queue, so that it holds up no other commit.
commit_result sql_store::commit(const unit_of_work& unit, deadline limit) {
  limit = of_call(limit);
  const auto made = std::make_shared<const ready_unit>(ready(unit, verb::update, limit));
  commit_latency::timer timed{latency_};
  return timed.ended(await_workflow(made->id, limit, [&](bool is_again) {
    return is_again ? apply(verb::update, *made, limit) : commits_.commit(made, limit);
  }));
}

found<loaded_workflow> sql_store::load(const uuid& id, std::string_view event_key, deadline limit) {
  check_argument(event_key, "event key");
  limit = of_call(limit);
  const statement& how = queries_.load_by_id;
  auto loaded =
      loaded_from(read(how, {looked_for(event_key), schema::to_text(id)}, limit), form_of(how));
  if (loaded.empty()) return std::nullopt;
  seal_.open(loaded.front(), limit);
  return std::move(loaded.front());
}

std::vector<loaded_workflow> sql_store::load(const resource& about, std::string_view event_key,
                                             deadline limit) {
  check_argument(about.name, "resource name");
  check_argument(about.id, "resource id");
  check_argument(event_key, "event key");
  limit = of_call(limit);
  const statement& how = queries_.load_by_resource;
  auto loaded =
      loaded_from(read(how, {looked_for(event_key), about.id, about.name}, limit), form_of(how));
  open_readable(loaded, limit);
  return loaded;
}

found<workflow_history> sql_store::history(const uuid& id, const history_request& part,
                                           deadline limit) {
  if (part.after_seq < 0 || part.limit < 1)
    throw error{error_kind::invalid_input,
                fmt::format("a part of a history begins after seq 0 or more and has at least one "
                            "row, not after {} with {}",
                            part.after_seq, part.limit)};
  constexpr auto seq_max = std::numeric_limits<std::int64_t>::max();
  const auto last = part.after_seq + std::min(part.limit, seq_max - part.after_seq);
  limit = of_call(limit);
  const statement& how = queries_.history;
  auto history = history_from(
      read(how, {schema::to_text(id), std::to_string(part.after_seq), std::to_string(last)}, limit),
      form_of(how));
  if (!history) return {};
  seal_.open(*history, limit);
  return *std::move(history);
}

bool sql_store::erase(const uuid& id, deadline limit) {
  limit = of_call(limit);
  return await_workflow(id, limit, [&](bool) {
    const auto connection = writer(limit);
    if (erase_alone(*connection, schema::to_text(id))) return true;
    expect_not_kept(*connection, id);
    return false;
  });
}

std::vector<table_rows> sql_store::erase_and_count(const uuid& id) {
  const deadline limit = of_call();
  return await_workflow(id, limit, [&](bool) { return erase_counted(id, limit); });
}

std::optional<std::string> sql_store::own_time_text(std::chrono::seconds later) const {
  const auto now = own_time();
  if (!now) return std::nullopt;
  return schema::to_text(*now + later);
}

std::vector<table_rows> sql_store::count_rows(const uuid& id) {
  return counts_from(read(queries_.count_rows, {schema::to_text(id)}, of_call()));
}

list_page sql_store::list(const list_request& request, deadline limit) {
  limit = of_call(limit);
  const auto page_of = [&](const list_query& query) {
    const statement& how =
        statements_.get(query.shape(), [&] { return query.made_for(queries_.list); });
    return query.page_from(workflows_from(read(how, query.arguments(), limit)));
  };
  const list_query query{request};
  list_page page = page_of(query);
  if (!query.goes_back() || !page.workflows.empty()) return page;
  // What came before the place has gone meanwhile: the list begins behind it now.
  list_request first = request;
  first.before.clear();
  return page_of(list_query{first});
}

std::vector<schema::workflow> sql_store::list_children(std::span<const uuid> parents,
                                                       const std::optional<uuid>& after) {
  json::array ids;
  for (const uuid& each : parents) ids.emplace_back(schema::to_text(each));
  std::optional<std::string> place;
  if (after) place = schema::to_text(*after);
  return workflows_from(read(queries_.list_children,
                             {json::serialize(ids), place, std::to_string(list_rows_max)},
                             of_call()));
}

worklist_page sql_store::worklist(const worklist_request& request, deadline limit) {
  const worklist_query query{request, false};
  return query.page_from(rows_of(query, limit));
}

worklist_count sql_store::count_worklist(const worklist_request& request, deadline limit) {
  const std::size_t found =
      std::stoul(rows_of(worklist_query{request, true}, limit).at(0).at(0).value());
  return {std::min(found, worklist_count_max), found > worklist_count_max};
}

std::vector<connection::row> sql_store::rows_of(const worklist_query& query, deadline limit) {
  const statement& how =
      statements_.get(query.shape(), [&] { return query.made_for(queries_.worklist); });
  const auto values = query.arguments(own_time());
  const std::vector<connection::argument> arguments{values.begin(), values.end()};
  return read(how, arguments, of_call(limit));
}

std::int64_t sql_store::store_event(const schema::workflow_inbox& event, deadline limit) {
  const event_arguments given{event};
  limit = of_call(limit);
  const auto created = own_time_text();
  const auto rows = locks_.run(limit, [&](bool) {
    return writer(limit)->execute_write(
        queries_.inbox.store,
        {event.event_key, event.event_name, event.resource_name, event.resource_id, given.data,
         given.args, given.selector, given.at, event.actor, created});
  });
  return std::stoll(rows.at(0).at(0).value());
}

std::vector<schema::workflow_inbox> sql_store::list_events(const inbox_list& request,
                                                           deadline limit) {
  std::optional<std::string> status;
  if (request.status) status = schema::to_text(*request.status);
  return events_from(read(queries_.inbox.list,
                          {status, std::to_string(request.after_seq),
                           std::to_string(std::min(request.limit, inbox_events_max))},
                          of_call(limit)));
}

std::size_t sql_store::retry_events(std::span<const std::int64_t> seqs, deadline limit) {
  return change_events(queries_.inbox.retry, seqs, limit);
}

std::size_t sql_store::discard_events(std::span<const std::int64_t> seqs, deadline limit) {
  return change_events(queries_.inbox.discard, seqs, limit);
}

std::size_t sql_store::change_events(const statement& how, std::span<const std::int64_t> seqs,
                                     deadline limit) {
  const std::string list = seqs_text(seqs);
  limit = of_call(limit);
  const auto now = own_time_text();
  return locks_.run(limit,
                    [&](bool) {
                      return writer(limit)->execute_write(how, {list, now});
                    })
      .size();
}

std::vector<schema::workflow_definition> sql_store::register_definitions(
    std::span<const schema::workflow_definition> definitions) {
  const std::string rows = definition_rows(definitions);
  const deadline limit = of_call();
  locks_.run(limit, [&](bool) {
    return writer(limit)->execute_write(queries_.register_definitions, {rows});
  });
  std::vector<schema::workflow_definition> stored;
  try {
    for (const auto& definition : definitions)
      stored.push_back(
          std::move(definitions_from(
                        read(queries_.definition,
                             {definition.wfdef_key, std::to_string(definition.wfdef_rev)}, limit))
                        .at(0)));
  } catch (const error& failure) {
    if (!failure.may_retry()) throw;
    // Any other kind says that nothing was written.
    throw error{error_kind::outcome_unknown,
                fmt::format("the definitions are stored, and were not read back: {}; make the same "
                            "call again",
                            failure.what()),
                failure.sqlstate()};
  }
  return stored;
}

std::size_t sql_store::write_rows(const schema::table_description& table, verb what,
                                  json::array rows) {
  if (rows.empty()) return 0;
  if (what == verb::update && table.columns.size() == table.primary_key().columns.size())
    throw error{error_kind::invalid_input,
                fmt::format("{} has no columns beside its primary key to update", table.name)};
  const deadline limit = of_call();
  if (what != verb::remove) seal_.seal(table, rows, limit);
  const std::string text = storable_rows(table, what, std::move(rows));
  const statement& how = kept_rows_statement(table, what);
  const auto counts =
      locks_.run(limit, [&](bool) { return writer(limit)->execute_write(how, {text}); });
  std::size_t written = 0;
  for (const auto& row : counts) written += std::stoul(row.front().value());
  return written;
}

const statement& sql_store::kept_rows_statement(const schema::table_description& table, verb what) {
  return statements_.get(fmt::format("{} {}", to_text(what), fmt::ptr(&table)),
                         [&] { return rows_statement(table, what); });
}

std::vector<json::object> sql_store::related_rows(const related_request& what, json::array keys) {
  if (keys.size() > related_parents_max)
    throw error{error_kind::invalid_input,
                fmt::format("rows related to {} rows at once, {} are allowed; ask in parts",
                            keys.size(), related_parents_max)};
  json::value checked(std::move(keys));
  make_storable(checked, what.target->name);
  const std::string text = json::serialize(checked);
  if (text.size() > related_keys_bytes_max)
    throw error{error_kind::invalid_input,
                fmt::format("the keys of the rows are {} bytes long as JSON, {} are allowed; ask "
                            "in parts",
                            text.size(), related_keys_bytes_max)};
  const std::string limit = std::to_string(std::min(what.limit, related_limit_max));
  const statement& how = statements_.get(cache_key(what), [&] { return related_statement(what); });
  const deadline until = of_call();
  const auto found = what.limit > 0 ? read(how, {text, limit}, until) : read(how, {text}, until);
  std::vector<json::object> rows;
  rows.reserve(found.size());
  for (const auto& row : found)
    rows.push_back(std::move(parse_stored_json(row.front().value()).as_object()));
  seal_.open(*what.target, rows, until);
  return rows;
}

commit_result sql_store::tell_apart(connection& on, const ready_unit& unit) const {
  const auto earlier =
      on.execute(queries_.was_applied, {schema::to_text(unit.id), std::to_string(unit.cause_seq),
                                        schema::to_text(unit.transaction_id)});
  return earlier.empty() ? commit_result::conflict : commit_result::already_applied;
}

}  // namespace nava::persistence
