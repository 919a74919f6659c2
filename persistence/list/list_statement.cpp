// SPDX-License-Identifier: Apache-2.0
#include "persistence/list/list_statement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <nava/workflow/error.hpp>

#include "persistence/commit/unit_parts.hpp"

namespace nava::persistence {
namespace {

using namespace fmt::literals;

// A planner does not see into CASE. Filters in sight would leave few rows, which it would rather
// sort than walk to in order.
constexpr std::string_view list_sql = R"(
SELECT {row}
FROM {workflow} AS w
WHERE {walk}
  AND CASE
    WHEN {filters}
    THEN true
  END
ORDER BY {order}
LIMIT cast(:limit AS {integer}))";

constexpr std::string_view takes_part_sql = R"(EXISTS (
    SELECT 1
    FROM {participant} AS r
    WHERE r.user_id = {user}
      AND r.workflow_id = w._id{for_each}
  ))";

constexpr std::string_view has_prefix_sql = "substr(w.resource_id, 1, length({prefix})) = {prefix}";

struct range {
  std::string_view name, column;
  time_range list_request::*of;
};

constexpr std::array ranges{range{"created", "_created", &list_request::created},
                            range{"updated", "_updated", &list_request::updated},
                            range{"finished", "ts_finish", &list_request::finished}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> range_ends{
    {{"from", ">="}, {"before", "<"}}};

std::string value_of(std::string_view parameter, std::string_view type) {
  return cast_to(fmt::format(":{}", parameter), type);
}

[[noreturn]] void refuse_list(const std::string& why) {
  throw error{error_kind::invalid_input, why};
}

}  // namespace

std::string place_of(const schema::workflow& row, list_order order) {
  const std::string id = schema::to_text(row.id);
  if (order == list_order::created) return id;
  if (!row.ts_finish)
    refuse_list(fmt::format("workflow {} is not finished, and has no place in that order", id));
  return fmt::format("{}/{}", schema::to_text(*row.ts_finish), id);
}

list_query::list_query(const list_request& request)
    : asked_(request),
      limit_(std::clamp<std::size_t>(request.limit, 1, list_rows_max)),
      goes_back_(!request.before.empty()),
      walk_(chosen_walk()) {
  if (goes_back_ && !request.after.empty())
    refuse_list("a list is asked for after one place and before another; give one of them");
  const auto add = [&](const char* name, std::string_view what, const std::string& text) {
    check_argument(text, what);
    values_.emplace_back(name, text.empty() ? std::nullopt : std::optional{text});
  };
  add("wfdef_key", "definition key", request.wfdef_key);
  add("resource_name", "resource name", request.resource_name);
  add("resource_id_prefix", "resource id", request.resource_id_prefix);
  add("owner_id", "owner", request.owner_id);
  add("company_id", "company", request.company_id);
  add("tag", "tag", request.tag);
  add("participant", "participant", request.participant);
  values_.emplace_back("legal_hold",
                       request.under_legal_hold ? std::optional{"any"} : std::nullopt);
  json::array statuses;
  for (const auto status : request.statuses) statuses.emplace_back(schema::to_text(status));
  add("statuses", "status", statuses.empty() ? std::string{} : json::serialize(statuses));
  for (const range& each : ranges) {
    const auto& [from, before] = request.*each.of;
    add_time(fmt::format("{}_from", each.name), from);
    add_time(fmt::format("{}_before", each.name), before);
    if (from && before && *from > *before)
      refuse_list(
          fmt::format("no workflow was {} from {} on and before {}; give the earlier time "
                      "first",
                      each.name, schema::to_text(*from), schema::to_text(*before)));
  }
  const std::string& place = goes_back_ ? request.before : request.after;
  if (!place.empty()) {
    place_ = keys_at(place);
    if (walk_ == walk::finished) values_.emplace_back("place_finished", place_->finished);
    values_.emplace_back("place_id", place_->id);
  }
  // One more tells whether there are more.
  values_.emplace_back("limit", std::to_string(limit_ + 1));
}

void list_query::add_time(std::string name, const std::optional<timestamp>& bound) {
  if (bound && !schema::has_text(*bound))
    refuse_list(fmt::format(
        "{} is outside of the years 1 to 9999; leave it out where there is none", name));
  values_.emplace_back(std::move(name),
                       bound ? std::optional{schema::to_text(*bound)} : std::nullopt);
}

list_query::walk list_query::chosen_walk() const {
  if (asked_.order == list_order::finished) return walk::finished;
  if (!asked_.owner_id.empty()) return walk::owner;
  if (!asked_.company_id.empty()) return walk::company;
  if (!asked_.statuses.empty() &&
      std::none_of(asked_.statuses.begin(), asked_.statuses.end(),
                   [](const auto status) { return schema::is_finished(status); }))
    return walk::open;
  return walk::id;
}

// Parsed and written again, so that no other text than our own reaches the database.
list_query::sort_keys list_query::keys_at(std::string_view place) const {
  sort_keys keys;
  bool is_ours = true;
  if (asked_.order == list_order::finished) {
    const auto end = std::min(place.find('/'), place.size());
    const auto finished = schema::parse_timestamp(place.substr(0, end));
    is_ours = finished.has_value();
    if (finished) keys.finished = schema::to_text(*finished);
    place.remove_prefix(std::min(end + 1, place.size()));
  }
  const auto id = schema::parse_uuid(place);
  if (!is_ours || !id)
    refuse_list(
        "the place in a list of workflows is none of a page in this order; begin at the first "
        "page");
  keys.id = schema::to_text(*id);
  return keys;
}

std::string list_query::shape() const {
  const auto& finished = asked_.finished;
  const bool is_by_finish = walk_ == walk::finished;
  return fmt::format("list {}{}{}{}{}", static_cast<int>(walk_), is_backward() ? "b" : "",
                     place_ ? "p" : "", is_by_finish && finished.from ? "f" : "",
                     is_by_finish && finished.before ? "t" : "");
}

// What comes before the id in the index.
std::string_view list_query::walked_column() const {
  switch (walk_) {
    case walk::finished:
      return "ts_finish";
    case walk::owner:
      return "owner_id";
    case walk::company:
      return "company_id";
    case walk::open:
    case walk::id:
      break;
  }
  return {};
}

// The bounds of the walk. A planner would leave the index of an owner with many workflows if it saw
// an equality: sorted by id, they come along the primary key too. SQLite narrows the index by the
// first bound of a side alone, so that the place, where there is one, is the only one.
std::string list_query::walked(const list_dialect& dialect) const {
  std::string all;
  const auto add = [&](std::string_view bound) { append(all, "\n  AND ", bound); };
  const std::string_view beyond = is_backward() ? "<" : ">";
  if (walk_ == walk::open) add(schema::open_workflow.view());
  const std::string_view column = walked_column();
  if (column.empty()) {
    if (place_) add(fmt::format("w._id {} {}", beyond, value_of("place_id", dialect.uuid)));
    if (all.empty()) add("w._id IS NOT NULL");
    return all;
  }
  add(fmt::format("w.{} IS NOT NULL", column));
  const bool is_time = walk_ == walk::finished;
  const std::string_view type = is_time ? dialect.time : dialect.text;
  const auto add_bound = [&](std::string_view relation, std::string_view parameter) {
    add(fmt::format("w.{} {} {}", column, relation, value_of(parameter, type)));
  };
  if (is_backward() || !place_) {
    if (!is_time) add_bound(">=", column);
    if (is_time && asked_.finished.from) add_bound(">=", "finished_from");
  }
  if (!is_backward() || !place_) {
    if (!is_time) add_bound("<=", column);
    if (is_time && asked_.finished.before) add_bound("<", "finished_before");
  }
  if (place_)
    add(fmt::format("(w.{}, w._id) {} ({}, {})", column, beyond,
                    value_of(is_time ? "place_finished" : column, type),
                    value_of("place_id", dialect.uuid)));
  return all;
}

std::string list_query::filters(const list_dialect& dialect) const {
  std::string all;
  const auto add = [&](std::string_view parameter, std::string_view type,
                       std::string_view condition) {
    fmt::format_to(std::back_inserter(all), "{}({} IS NULL OR {})", all.empty() ? "" : "\n    AND ",
                   value_of(parameter, type), condition);
  };
  const auto add_column = [&](std::string_view name) {
    add(name, dialect.text, fmt::format("w.{} = {}", name, value_of(name, dialect.text)));
  };
  add_column("wfdef_key");
  add_column("resource_name");
  if (walk_ != walk::owner) add_column("owner_id");
  if (walk_ != walk::company) add_column("company_id");
  add("statuses", dialect.text, dialect.has_status);
  add("tag", dialect.text, dialect.has_tag);
  add("legal_hold", dialect.text, dialect.is_under_legal_hold);
  add("resource_id_prefix", dialect.text,
      fmt::format(has_prefix_sql, "prefix"_a = value_of("resource_id_prefix", dialect.text)));
  add("participant", dialect.text,
      fmt::format(takes_part_sql, "participant"_a = dialect.participant,
                  "user"_a = value_of("participant", dialect.text),
                  "for_each"_a = dialect.for_each));
  for (const range& each : ranges)
    for (const auto& [end, relation] : range_ends) {
      const auto name = fmt::format("{}_{}", each.name, end);
      add(name, dialect.time,
          fmt::format("w.{} {} {}", each.column, relation, value_of(name, dialect.time)));
    }
  return all;
}

statement list_query::made_for(const list_dialect& dialect) const {
  const std::string_view direction = is_backward() ? " DESC" : "";
  const std::string_view column = walked_column();
  std::vector<std::string> parameters;
  for (const auto& [name, value] : values_) parameters.push_back(name);
  return {
      fmt::format(list_sql, "row"_a = dialect.row, "workflow"_a = dialect.workflow,
                  "walk"_a = walked(dialect), "filters"_a = filters(dialect),
                  "order"_a = fmt::format(
                      "{}w._id{}", column.empty() ? "" : fmt::format("w.{}{}, ", column, direction),
                      direction),
                  "integer"_a = dialect.integer),
      std::move(parameters), 1};
}

std::vector<connection::argument> list_query::arguments() const {
  std::vector<connection::argument> all;
  for (const auto& [name, value] : values_) all.emplace_back(value);
  return all;
}

list_page list_query::page_from(std::vector<schema::workflow> found) const {
  const bool are_more = found.size() > limit_;
  if (are_more) found.resize(limit_);
  if (goes_back_) std::reverse(found.begin(), found.end());
  list_page page{.workflows = std::move(found), .previous = {}, .next = {}};
  if (page.workflows.empty()) {
    page.previous = asked_.after;
    return page;
  }
  if (goes_back_ ? are_more : place_.has_value())
    page.previous = place_of(page.workflows.front(), asked_.order);
  if (goes_back_ || are_more) page.next = place_of(page.workflows.back(), asked_.order);
  return page;
}

}  // namespace nava::persistence
