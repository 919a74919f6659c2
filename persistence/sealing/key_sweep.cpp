// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nava/persistence/key_ring.hpp>
#include <nava/persistence/store.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "persistence/commit/unit_parts.hpp"

namespace nava::persistence {
namespace {

std::vector<uuid> gone_of(const std::vector<uuid>& ids, store& workflows) {
  static constexpr std::array<std::string_view, 1> key{"_id"};
  json::array asked;
  for (const uuid& id : ids) asked.push_back(json::array{schema::to_text(id)});
  std::vector<uuid> there;
  for (const json::object& row :
       workflows.related_rows({&table_named("workflow"), key, {}, 0}, std::move(asked)))
    there.push_back(schema::parse_uuid(row.at("_id").as_string()).value());
  std::ranges::sort(there);
  std::vector<uuid> gone;
  std::ranges::set_difference(ids, there, std::back_inserter(gone));
  return gone;
}

// A copy of the database, or one that was restored, lacks the newest workflows: their keys stay.
std::optional<uuid> newest_of(store& workflows) {
  const auto page = workflows.list({.newest_first = true, .limit = 1});
  if (page.workflows.empty()) return std::nullopt;
  return page.workflows.front().id;
}

// Calls `visit(gone)` for the workflows of each page of keys that are not there.
template <class Visitor>
key_sweep_report sweep(store& workflows, key_ring& keys, const key_sweep& which, Visitor visit) {
  key_sweep_report report;
  const std::optional<uuid> newest = which.even_all ? std::nullopt : newest_of(workflows);
  std::optional<uuid> after;
  while (true) {
    std::vector<uuid> ids = keys.list(which.age, after, {});
    if (ids.empty()) return report;
    after = ids.back();
    report.keys += ids.size();
    std::ranges::sort(ids);
    if (newest) std::erase_if(ids, [&](const uuid& id) { return id > *newest; });
    const std::vector<uuid> gone = gone_of(ids, workflows);
    report.orphaned += gone.size();
    if (!gone.empty()) visit(gone);
  }
}

}  // namespace

key_sweep_report destroy_orphaned_keys(store& workflows, key_ring& keys, const key_sweep& which) {
  if (which.age < std::chrono::seconds{0} || which.age > purge_age_max)
    throw error{error_kind::invalid_input, "the age of keys is 0 to 1,000 years"};
  const key_sweep_report counted = sweep(workflows, keys, which, [](const auto&) {});
  if (which.dry_run || counted.orphaned == 0) return counted;
  if (counted.orphaned == counted.keys && !which.even_all)
    throw error{error_kind::invalid_input,
                fmt::format("the database has no workflow of any of the {} keys: it is not that of "
                            "this key ring, or all of them were deleted; nothing was destroyed",
                            counted.keys)};
  return sweep(workflows, keys, which,
               [&](const std::vector<uuid>& gone) { keys.destroy(gone, which.age, {}); });
}

}  // namespace nava::persistence
