// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/buffers.hpp"

#include <iostream>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>

#include "benchmarks/baseline/layouts.hpp"
#include "benchmarks/baseline/libpq.hpp"

namespace nava::benchmarks {
namespace {

constexpr int counts_since = 150'000;

constexpr std::string_view counters =
    "SELECT coalesce(sum(heap_blks_read + heap_blks_hit + coalesce(toast_blks_read, 0) + "
    "coalesce(toast_blks_hit, 0)), 0), coalesce(sum(coalesce(idx_blks_read, 0) + "
    "coalesce(idx_blks_hit, 0) + coalesce(tidx_blks_read, 0) + coalesce(tidx_blks_hit, 0)), 0) "
    "FROM pg_statio_all_tables WHERE schemaname = $1";

pages_touched touched(libpq::connection& server, const std::string& schema) {
  // A session hands in what it has counted when it becomes idle after this.
  server.run("SELECT pg_stat_force_next_flush()");
  const auto found = server.run(std::string{counters}, {schema});
  return {static_cast<double>(found.number(0, 0)), static_cast<double>(found.number(0, 1))};
}

void alter_tables(const options& given, std::string_view how) {
  libpq::connection server{given.url.location()};
  std::string all;
  const auto add = [&](std::string_view table) {
    all += "ALTER TABLE " + schema::quoted(given.schema) + "." + schema::quoted(table) + " " +
           std::string{how} + ";";
  };
  add("workflow");
  for (const auto& child : child_tables()) add(child);
  server.run(all);
}

}  // namespace

// Whether the VACUUM after loading could mark pages as visible to all depends on what else ran
// then; a delete takes the mark off again, and that is a page more for each row.
autovacuum_off::autovacuum_off(const options& given) : given_(given) {
  alter_tables(given, "SET (autovacuum_enabled = off)");
  libpq::connection server{given.url.location()};
  const auto vacuum = [&](std::string_view table) {
    server.run("VACUUM " + schema::quoted(given.schema) + "." + schema::quoted(table));
  };
  vacuum("workflow");
  for (const auto& child : child_tables()) vacuum(child);
}

autovacuum_off::~autovacuum_off() {
  try {
    alter_tables(given_, "RESET (autovacuum_enabled)");
  } catch (const std::exception& failure) {
    std::cerr << "nava_bench: autovacuum stays off for the tables in " << given_.schema << ": "
              << failure.what() << '\n';
  }
}

std::optional<pages_touched> pages_of_deletes(const options& given, const uuid& first,
                                              const std::vector<uuid>& ids) {
  libpq::connection server{given.url.location()};
  if (PQserverVersion(server.native()) < counts_since || ids.empty()) return std::nullopt;
  const auto erase = server.prepare("DELETE FROM " + schema::quoted(given.schema) +
                                    ".\"workflow\" WHERE \"_id\" = $1");
  erase.execute({schema::to_text(first)});
  const auto before = touched(server, given.schema);
  for (const auto& id : ids) erase.execute({schema::to_text(id)});
  const auto after = touched(server, given.schema);
  const auto deletes = static_cast<double>(ids.size());
  return pages_touched{(after.heap - before.heap) / deletes,
                       (after.index - before.index) / deletes};
}

}  // namespace nava::benchmarks
