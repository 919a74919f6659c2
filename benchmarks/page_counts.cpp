// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/page_counts.hpp"

#include <iostream>
#include <nava/schema/text.hpp>

#include "benchmarks/baseline/client.hpp"
#include "benchmarks/scratch.hpp"

namespace nava::benchmarks {
namespace {

constexpr int counts_since = 150'000;

constexpr const char* counters =
    "SELECT coalesce(sum(heap_blks_read + heap_blks_hit + coalesce(toast_blks_read, 0) + "
    "coalesce(toast_blks_hit, 0) + coalesce(idx_blks_read, 0) + coalesce(idx_blks_hit, 0) + "
    "coalesce(tidx_blks_read, 0) + coalesce(tidx_blks_hit, 0)), 0) FROM pg_statio_all_tables "
    "WHERE schemaname = $1";

// Runs `verb table rest` on each of the workflow tables.
void for_each_table(const options& given, const std::string& verb, const std::string& rest) {
  const auto server = connect(given.url);
  auto tables = child_tables();
  tables.emplace_back("workflow");
  for (const auto& table : tables) server->run(verb + given.schema + "." + table + rest);
}

}  // namespace

// Whether the VACUUM after loading could mark pages as visible to all depends on what else ran
// then; a delete takes the mark off again, and that is a page more for each row.
autovacuum_off::autovacuum_off(const options& given) : given_(given) {
  for_each_table(given, "ALTER TABLE ", " SET (autovacuum_enabled = off)");
  for_each_table(given, "VACUUM ", "");
}

autovacuum_off::~autovacuum_off() {
  try {
    for_each_table(given_, "ALTER TABLE ", " RESET (autovacuum_enabled)");
  } catch (const std::exception& failure) {
    std::cerr << "nava_bench: autovacuum stays off for the tables in " << given_.schema << ": "
              << failure.what() << '\n';
  }
}

std::optional<double> pages_of_deletes(const options& given, const uuid& first,
                                       const std::vector<uuid>& ids) {
  const auto server = connect(given.url);
  if (std::stoi(server->first("SHOW server_version_num")) < counts_since) return std::nullopt;
  const auto erase = server->prepare("DELETE FROM " + given.schema + ".workflow WHERE _id = $1");
  const auto count = server->prepare(counters);
  const auto touched = [&] {
    // A session hands in what it has counted when it becomes idle after this.
    server->run("SELECT pg_stat_force_next_flush()");
    return std::stod(server->read(count, {given.schema}).front().front());
  };
  server->execute(erase, {schema::to_text(first)});
  const double before = touched();
  for (const auto& id : ids) server->execute(erase, {schema::to_text(id)});
  return (touched() - before) / static_cast<double>(ids.size());
}

}  // namespace nava::benchmarks
