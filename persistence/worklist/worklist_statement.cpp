// SPDX-License-Identifier: Apache-2.0
#include "persistence/worklist/worklist_statement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>

#include "persistence/commit/unit_parts.hpp"

namespace nava::persistence {
namespace {

using namespace fmt::literals;

// Along the index: what one name has, or may claim. SQLite takes an index with a condition only
// where that condition stands in the query.
constexpr std::string_view walk_sql = R"(
      SELECT *
      FROM (
        SELECT e.workflow_id, e.step_id, e.place, e.principal, e.ts_due, e.ts_follow_up,
          e.priority, {rank} AS rank
        FROM {worklist} AS e{joins}
        WHERE e.principal = :{principal}
          AND e.place = '{place}'
          AND e.place IS NOT NULL{conditions}{limit}
      ) AS walk{number})";

constexpr std::string_view after_place_sql = R"(
          AND (e.ts_due, e.workflow_id, e.step_id) > ({due}, {workflow}, {step}))";

constexpr std::string_view walk_limit_sql = R"(
        ORDER BY e.ts_due, e.workflow_id, e.step_id
        LIMIT cast(:limit AS {integer}))";

// The rows of steps and workflows are looked up for the entries of the page alone.
constexpr std::string_view page_sql = R"(
SELECT {row}
FROM (
  SELECT e.workflow_id, e.step_id, s.selector, w.wfdef_key, w.resource_name, w.resource_id,
    w.title AS workflow_title, w.status AS workflow_status, s.step_key, s.stage_key, s.title,
    s.stm_state, s.stm_label, s.status, s.owner_id, s.delegate_id, e.priority,
    nullif(e.ts_due, {never}) AS ts_due, e.ts_follow_up, s.ts_start, e.place,
    e.principal
  FROM (
    SELECT *
    FROM ({entries}
    ) AS e
    WHERE {conditions}
    ORDER BY {order}
    LIMIT cast(:limit AS {integer})
  ) AS e
  {step_join}
  {workflow_join}
  ORDER BY {order}
) AS c)";

constexpr std::string_view count_sql = R"(
SELECT count(*)
FROM (
  SELECT e.step_id
  FROM ({entries}
  ) AS e
  WHERE {conditions}
  LIMIT cast(:limit AS {integer})
) AS c)";

[[noreturn]] void refuse_list(const std::string& why) {
  throw error{error_kind::invalid_input, why};
}

// FNV-1a: it tells requests of one application apart, and need not withstand an attack.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char each : text) hash = (hash ^ static_cast<unsigned char>(each)) * 1099511628211ULL;
  return hash;
}

std::vector<std::string> each_once(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::erase(names, "");
  return names;
}

// There are few statements if only powers of two are walked. The rest are walks for nobody: no row
// has an empty name.
std::size_t padded(std::size_t names) {
  constexpr std::size_t padded_max = 64;
  return names == 0 || names > padded_max ? names : std::bit_ceil(names);
}

std::string in_lower_case(std::string_view text) {
  std::string lower{text};
  for (char& each : lower)
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  return lower;
}

// When a step without ts_start has started.
constexpr timestamp always = timestamp{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}};

// What entries are sorted by before ts_due.
std::string rank_of(worklist_order order, const worklist_dialect& dialect) {
  switch (order) {
    case worklist_order::due:
      return "0";
    case worklist_order::priority:
      return "-e.priority";
    case worklist_order::oldest:
      return fmt::format("coalesce(s.ts_start, {})",
                         cast_to(fmt::format("'{}'", schema::to_text(always)), dialect.time));
  }
  return {};
}

constexpr std::array<std::string_view, 3> order_names{"due", "priority", "oldest"};

std::string_view name_of(worklist_order order) {
  return order_names[static_cast<std::size_t>(order)];
}

// The next part of a text up to a slash, which is taken off.
std::string take_part(std::string_view& text) {
  const std::size_t end = text.find('/');
  std::string part{text.substr(0, end)};
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

}  // namespace

worklist_query::worklist_query(const worklist_request& request, bool counts)
    : asked_(request),
      users_(each_once(request.stands_in_for)),
      groups_(each_once(request.groups)),
      counts_(counts),
      limit_(counts ? worklist_count_max
                    : std::clamp<std::size_t>(request.limit, 1, worklist_rows_max)) {
  if (request.user.empty()) refuse_list("a worklist is asked for without a user; say whose it is");
  std::erase(users_, request.user);
  users_.insert(users_.begin(), request.user);
  if (users_.size() + groups_.size() > worklist_names_max)
    refuse_list(
        fmt::format("a worklist is asked for {} groups and users, {} are allowed; ask in "
                    "parts",
                    users_.size() + groups_.size(), worklist_names_max));
  // SQLite joins no more than 500 walks, of which each user takes two.
  constexpr std::size_t walks_max = 480;
  if (2 * walked_users() + walked_groups() > walks_max)
    refuse_list(
        fmt::format("a worklist is asked for {} users, for whom it would take too long; "
                    "ask in parts",
                    users_.size()));
  if (request.due_before && !schema::has_text(*request.due_before))
    refuse_list("due_before is outside of the years 1 to 9999; leave it out where there is none");
  for (const std::string& user : users_) check_argument(user, "user of a worklist");
  for (const std::string& group : groups_) check_argument(group, "group of a worklist");
  check_argument(request.wfdef_key, "definition key");
  check_argument(request.stage_key, "stage key");
  check_argument(request.text, "text to look for");
  asked_.text = in_lower_case(request.text);
  if (!counts && !request.after.empty()) expect_own_place(request.after);
}

// Parsed and written again, so that no other text than our own reaches the database.
void worklist_query::expect_own_place(std::string_view text) {
  const bool is_ours = take_part(text) == name_of(asked_.order) && take_part(text) == fingerprint();
  place at{take_part(text), take_part(text), take_part(text), take_part(text)};
  const auto due = schema::parse_timestamp(at.due);
  const auto workflow_id = schema::parse_uuid(at.workflow_id);
  const auto step_id = schema::parse_uuid(at.step_id);
  bool has_rank = at.rank.empty();
  if (asked_.order == worklist_order::oldest) {
    const auto started = schema::parse_timestamp(at.rank);
    has_rank = started.has_value();
    if (started) at.rank = schema::to_text(*started);
  } else if (asked_.order == worklist_order::priority) {
    std::int64_t rank = 0;
    const char* end = at.rank.data() + at.rank.size();
    has_rank = std::from_chars(at.rank.data(), end, rank) == std::from_chars_result{end, {}};
    at.rank = std::to_string(rank);
  }
  if (!is_ours || !text.empty() || !due || !workflow_id || !step_id || !has_rank)
    refuse_list(
        "the place in a worklist is none that a page of this request has given; begin at "
        "the first page");
  at.due = schema::to_text(*due);
  at.workflow_id = schema::to_text(*workflow_id);
  at.step_id = schema::to_text(*step_id);
  after_ = std::move(at);
}

// Pages of one list differ in limit and place.
std::string worklist_query::fingerprint() const {
  const json::value due =
      asked_.due_before ? json::value(schema::to_text(*asked_.due_before)) : json::value{};
  const json::array parts{static_cast<std::int64_t>(asked_.scope),
                          asked_.wfdef_key,
                          asked_.stage_key,
                          asked_.text,
                          asked_.overdue,
                          asked_.postponed,
                          due,
                          json::array(users_.begin(), users_.end()),
                          json::array(groups_.begin(), groups_.end())};
  return fmt::format("{:016x}", hash_of(json::serialize(parts)));
}

std::string worklist_query::next_after(const worklist_item& last) const {
  std::string rank;
  if (asked_.order == worklist_order::priority) rank = std::to_string(-last.priority);
  if (asked_.order == worklist_order::oldest)
    rank = schema::to_text(last.ts_start.value_or(always));
  return fmt::format("{}/{}/{}/{}/{}/{}", name_of(asked_.order), fingerprint(), rank,
                     schema::to_text(last.ts_due.value_or(schema::worklist_never)),
                     schema::to_text(last.workflow_id), schema::to_text(last.step_id));
}

bool worklist_query::walks_in_order() const {
  return counts_ || asked_.order == worklist_order::due;
}

std::size_t worklist_query::walked_users() const { return padded(users_.size()); }

std::size_t worklist_query::walked_groups() const {
  return asked_.scope == worklist_scope::mine ? 0 : padded(groups_.size());
}

std::string worklist_query::shape() const {
  return fmt::format("worklist {} {} {} {} {}{}{}{}{}{}{}",
                     counts_ ? "count" : name_of(asked_.order), static_cast<int>(asked_.scope),
                     walked_users(), walked_groups(), after_ ? "a" : "",
                     asked_.wfdef_key.empty() ? "" : "d", asked_.stage_key.empty() ? "" : "s",
                     asked_.text.empty() ? "" : "t", asked_.due_before ? "b" : "",
                     asked_.overdue ? "o" : "", asked_.postponed ? "p" : "");
}

std::string worklist_query::conditions_of_walk(const worklist_dialect& dialect) const {
  std::string all;
  const auto add = [&](std::string_view condition) {
    fmt::format_to(std::back_inserter(all), "\n          AND {}", condition);
  };
  if (asked_.due_before) add("e.ts_due < " + cast_to(":due_before", dialect.time));
  if (asked_.overdue) add(fmt::format("e.ts_due < {}", dialect.now));
  if (!asked_.postponed)
    add(fmt::format("(e.ts_follow_up IS NULL OR e.ts_follow_up <= {})", dialect.now));
  if (!asked_.wfdef_key.empty()) add("w.wfdef_key = :wfdef_key");
  if (!asked_.stage_key.empty()) add("s.stage_key = :stage_key");
  if (!asked_.text.empty()) {
    const auto has_text = [&](std::string_view column) {
      return fmt::format(fmt::runtime(dialect.place_of_text), column) + " > 0";
    };
    add(fmt::format("({} OR {} OR {})", has_text("s.title"), has_text("w.title"),
                    has_text("w.resource_id")));
  }
  if (after_ && walks_in_order())
    all += fmt::format(after_place_sql, "due"_a = cast_to(":after_due", dialect.time),
                       "workflow"_a = cast_to(":after_workflow", dialect.uuid),
                       "step"_a = cast_to(":after_step", dialect.uuid));
  return all;
}

std::string worklist_query::walks(const worklist_dialect& dialect) const {
  const std::string conditions = conditions_of_walk(dialect);
  std::string joins, limit, all;
  if (!asked_.stage_key.empty() || !asked_.text.empty() ||
      (!counts_ && asked_.order == worklist_order::oldest))
    joins += "\n        " + dialect.step_join;
  if (!asked_.wfdef_key.empty() || !asked_.text.empty())
    joins += "\n        " + dialect.workflow_join;
  // No step of the page comes later in any walk. With it, the walks are read and merged only as far
  // as the page goes, whatever the planner expects.
  if (walks_in_order()) limit = fmt::format(walk_limit_sql, "integer"_a = dialect.integer);
  int number = 0;
  const auto add = [&](std::string_view kind, std::size_t which, schema::worklist_place place) {
    if (!all.empty()) all += "\n      UNION ALL";
    all += fmt::format(walk_sql, "worklist"_a = dialect.worklist, "joins"_a = joins,
                       "rank"_a = counts_ ? "0" : rank_of(asked_.order, dialect),
                       "principal"_a = fmt::format("{}{}", kind, which),
                       "place"_a = schema::to_text(place), "conditions"_a = conditions,
                       "limit"_a = limit, "number"_a = ++number);
  };
  using enum schema::worklist_place;
  for (std::size_t i = 0; i < walked_users(); ++i) {
    if (asked_.scope != worklist_scope::claimable) add("user", i, owner);
    if (asked_.scope != worklist_scope::mine) add("user", i, user);
  }
  for (std::size_t i = 0; i < walked_groups(); ++i) add("group", i, group);
  return all;
}

std::string worklist_query::conditions(const worklist_dialect& dialect) const {
  if (!after_ || walks_in_order()) return std::string{dialect.is_first};
  const auto type = asked_.order == worklist_order::oldest ? dialect.time : dialect.integer;
  return fmt::format(
      "{}\n      AND (e.rank, e.ts_due, e.workflow_id, e.step_id) > ({}, {}, {}, {})",
      dialect.is_first, cast_to(":after_rank", type), cast_to(":after_due", dialect.time),
      cast_to(":after_workflow", dialect.uuid), cast_to(":after_step", dialect.uuid));
}

statement worklist_query::made_for(const worklist_dialect& dialect) const {
  const std::string entries =
      fmt::format(fmt::runtime(dialect.entries), "walks"_a = walks(dialect));
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < walked_users(); ++i) parameters.push_back(fmt::format("user{}", i));
  for (std::size_t i = 0; i < walked_groups(); ++i) parameters.push_back(fmt::format("group{}", i));
  const auto add = [&](bool is_there, std::initializer_list<const char*> names) {
    if (is_there) parameters.insert(parameters.end(), names.begin(), names.end());
  };
  add(!asked_.wfdef_key.empty(), {"wfdef_key"});
  add(!asked_.stage_key.empty(), {"stage_key"});
  add(asked_.due_before.has_value(), {"due_before"});
  add(asks_now() && dialect.now == ":now", {"now"});
  add(!asked_.text.empty(), {"text"});
  add(after_ && !walks_in_order(), {"after_rank"});
  add(after_.has_value(), {"after_due", "after_workflow", "after_step"});
  add(true, {"limit"});
  return {
      fmt::format(fmt::runtime(counts_ ? count_sql : page_sql), "row"_a = dialect.row,
                  "entries"_a = entries, "step_join"_a = dialect.step_join,
                  "workflow_join"_a = dialect.workflow_join, "conditions"_a = conditions(dialect),
                  "order"_a = walks_in_order() ? "e.ts_due, e.workflow_id, e.step_id"
                                               : "e.rank, e.ts_due, e.workflow_id, e.step_id",
                  "never"_a = cast_to(fmt::format("'{}'", schema::to_text(schema::worklist_never)),
                                      dialect.time),
                  "integer"_a = dialect.integer),
      std::move(parameters), 1};
}

std::vector<std::string> worklist_query::arguments(const std::optional<timestamp>& now) const {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < walked_users(); ++i)
    all.push_back(i < users_.size() ? users_[i] : std::string{});
  for (std::size_t i = 0; i < walked_groups(); ++i)
    all.push_back(i < groups_.size() ? groups_[i] : std::string{});
  if (!asked_.wfdef_key.empty()) all.emplace_back(asked_.wfdef_key);
  if (!asked_.stage_key.empty()) all.emplace_back(asked_.stage_key);
  if (asked_.due_before) all.emplace_back(schema::to_text(*asked_.due_before));
  if (asks_now() && now) all.emplace_back(schema::to_text(*now));
  if (!asked_.text.empty()) all.emplace_back(asked_.text);
  if (after_ && !walks_in_order()) all.emplace_back(after_->rank);
  if (after_) {
    all.emplace_back(after_->due);
    all.emplace_back(after_->workflow_id);
    all.emplace_back(after_->step_id);
  }
  // One more tells whether there are more.
  all.emplace_back(std::to_string(limit_ + 1));
  return all;
}

worklist_page worklist_query::page_from(const std::vector<connection::row>& rows) const {
  worklist_page page{.items = items_from(rows), .next = {}};
  if (page.items.size() <= limit_) return page;
  page.items.resize(limit_);
  page.next = next_after(page.items.back());
  return page;
}

}  // namespace nava::persistence
