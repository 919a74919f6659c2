// SPDX-License-Identifier: Apache-2.0
#include "persistence/purge/finished_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>

#include "persistence/commit/unit_parts.hpp"

namespace nava::persistence {
namespace {

// Before any place that a workflow can have.
constexpr purge_cursor beginning{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}, {}};

const finished_request& checked(const finished_request& request) {
  check_argument(request.wfdef_key, "definition key");
  if (!std::all_of(request.statuses.begin(), request.statuses.end(),
                   [](schema::workflow_status status) { return is_finished(status); }))
    throw error{error_kind::invalid_input,
                "only finished workflows are purged: COMPLETED, CANCELLED or FAILED"};
  if (request.workflows == 0 || request.workflows > purge_batch_max)
    throw error{error_kind::invalid_input, fmt::format("a batch has 1 to {} workflows, not {}",
                                                       purge_batch_max, request.workflows)};
  if (!schema::has_text(request.finished_until) ||
      (request.after && !schema::has_text(request.after->ts_finish)))
    throw error{error_kind::invalid_input,
                "a purge takes what has finished in the years 1 to 9999; ask for a shorter age"};
  return request;
}

}  // namespace

std::string to_text(const purge_cursor& cursor) {
  return schema::to_text(cursor.ts_finish) + "/" + schema::to_text(cursor.id);
}

std::optional<purge_cursor> parse_purge_cursor(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto time = schema::parse_timestamp(text.substr(0, slash));
  const auto id = schema::parse_uuid(text.substr(slash + 1));
  if (!time || !id) return std::nullopt;
  return purge_cursor{*time, *id};
}

finished_arguments::finished_arguments(const finished_request& request)
    : until_(schema::to_text(checked(request).finished_until)),
      batch_(std::to_string(request.workflows)) {
  const purge_cursor after = request.after.value_or(beginning);
  after_time_ = schema::to_text(after.ts_finish);
  after_id_ = schema::to_text(after.id);
  json::array statuses;
  for (const auto status : request.statuses)
    statuses.emplace_back(json::string(schema::to_text(status)));
  statuses_ = json::serialize(statuses);
  if (!request.wfdef_key.empty()) wfdef_key_ = request.wfdef_key;
}

finished_batch batch_from(const connection::row& row) {
  finished_batch batch;
  batch.workflows = std::stoul(row.at(0).value());
  if (!row.at(1)) return batch;
  batch.next = parse_purge_cursor(*row.at(1));
  // Taken for the end, it would leave the rest.
  if (!batch.next)
    throw error{error_kind::other, "the database answered where a purge is with something else"};
  return batch;
}

}  // namespace nava::persistence
