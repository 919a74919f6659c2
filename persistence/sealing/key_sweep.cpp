// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/persistence/key_ring.hpp>
#include <nava/persistence/purge.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>

#include "persistence/connection/schema_name.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"
#include "persistence/sqlite/connection/file_connection.hpp"
#include "persistence/sqlite/file_store.hpp"

namespace nava::persistence {
namespace {

// The workflows that are there, all of them.
class live_workflows {
 public:
  explicit live_workflows(const database_url& url) : on_(connected(url)) {
    const bool is_server = url.backend() == backend::postgresql;
    const std::string table = is_server ? schema::quoted(url.schema()) + ".workflow" : "workflow";
    // A role that sees the workflows of one company would find those of others gone.
    if (is_server) on_->run_script("SET row_security = off");
    newest_ = {fmt::format("SELECT _id FROM {} ORDER BY _id DESC LIMIT 1", table), {}, 1};
    there_ = {
        fmt::format(
            fmt::runtime(is_server ? "SELECT _id FROM {} WHERE _id = ANY (ARRAY(SELECT cast(i.id "
                                     "AS uuid) FROM jsonb_array_elements_text(cast(:ids AS "
                                     "jsonb)) AS i(id)))"
                                   : "SELECT _id FROM {} WHERE _id IN (SELECT value FROM "
                                     "json_each(:ids))"),
            table),
        {"ids"},
        1};
  }

  [[nodiscard]] std::optional<uuid> newest() {
    const auto rows = on_->execute(newest_);
    return rows.empty() ? std::nullopt : schema::parse_uuid(rows.front().front().value());
  }

  /// Those of `ids`, which are sorted, that are gone.
  [[nodiscard]] std::vector<uuid> gone_of(const std::vector<uuid>& ids) {
    json::array asked;
    for (const uuid& id : ids) asked.emplace_back(schema::to_text(id));
    std::vector<uuid> there;
    for (const auto& row : on_->execute(there_, {json::serialize(asked)}))
      there.push_back(schema::parse_uuid(row.front().value()).value());
    std::ranges::sort(there);
    std::vector<uuid> gone;
    std::ranges::set_difference(ids, there, std::back_inserter(gone));
    return gone;
  }

 private:
  static std::unique_ptr<connection> connected(const database_url& url) {
    check_schema_name(url);
    if (url.backend() == backend::postgresql)
      return std::make_unique<postgresql::server_connection>(url);
    constexpr std::chrono::seconds busy{10};
    sqlite::expect_file(url);
    return std::make_unique<sqlite::file_connection>(url, sqlite::access::plain, busy);
  }

  std::unique_ptr<connection> on_;
  statement newest_, there_;
};

// Calls `visit(gone)` for the workflows of each page of keys that are not there.
template <class Visitor>
key_sweep_report sweep(live_workflows& workflows, key_ring& keys, const key_sweep& which,
                       Visitor visit) {
  key_sweep_report report;
  const std::optional<uuid> newest = which.even_all ? std::nullopt : workflows.newest();
  std::optional<uuid> after;
  while (true) {
    std::vector<uuid> ids = keys.list(which.age, after, {});
    if (ids.empty()) return report;
    after = ids.back();
    report.keys += ids.size();
    std::ranges::sort(ids);
    // A copy of the database, or one that was restored, lacks the newest workflows.
    if (newest) report.newer += std::erase_if(ids, [&](const uuid& id) { return id > *newest; });
    const std::vector<uuid> gone = workflows.gone_of(ids);
    report.orphaned += gone.size();
    if (!gone.empty()) report.destroyed += visit(gone);
  }
}

}  // namespace

key_sweep_report destroy_orphaned_keys(const database_url& workflows, key_ring& keys,
                                       const key_sweep& which) {
  if (which.age < std::chrono::seconds{0} || which.age > purge_age_max)
    throw error{error_kind::invalid_input, "the age of keys is 0 to 1,000 years"};
  live_workflows live{workflows};
  const key_sweep_report counted =
      sweep(live, keys, which, [](const auto&) { return std::size_t{0}; });
  if (which.dry_run) return counted;
  const bool has_any = counted.orphaned + counted.newer < counted.keys;
  if (counted.keys > 0 && !has_any && !which.even_all)
    throw error{error_kind::invalid_input,
                fmt::format("the database has no workflow of any of the {} keys: it is not that of "
                            "this key ring, or all of them were deleted; nothing was destroyed",
                            counted.keys)};
  const auto report = sweep(live, keys, which, [&](const std::vector<uuid>& gone) {
    return keys.destroy(gone, which.age, {});
  });
  // What an earlier call has destroyed, and could not overwrite.
  if (report.destroyed == 0) keys.destroy({}, which.age, {});
  return report;
}

}  // namespace nava::persistence
