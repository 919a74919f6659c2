// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/buffers.hpp"

#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>

#include "benchmarks/baseline/libpq.hpp"

namespace nava::benchmarks {
namespace {

constexpr int counts_since = 150'000;

std::int64_t touched(libpq::connection& server, const std::string& schema) {
  // A session hands in what it has counted when it becomes idle after this.
  server.run("SELECT pg_stat_force_next_flush()");
  return server
      .run(
          "SELECT coalesce(sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read, 0) + "
          "coalesce(idx_blks_hit, 0) + coalesce(toast_blks_read, 0) + coalesce(toast_blks_hit, 0) "
          "+ coalesce(tidx_blks_read, 0) + coalesce(tidx_blks_hit, 0)), 0) FROM "
          "pg_statio_all_tables WHERE schemaname = $1",
          {schema})
      .number();
}

}  // namespace

std::optional<double> buffers_of_deletes(const options& given, const std::vector<uuid>& ids) {
  libpq::connection server{given.url.location()};
  if (PQserverVersion(server.native()) < counts_since || ids.empty()) return std::nullopt;
  const auto erase = server.prepare("DELETE FROM " + schema::quoted(given.schema) +
                                    ".\"workflow\" WHERE \"_id\" = $1");
  const std::int64_t before = touched(server, given.schema);
  for (const auto& id : ids) erase.execute({schema::to_text(id)});
  return static_cast<double>(touched(server, given.schema) - before) /
         static_cast<double>(ids.size());
}

}  // namespace nava::benchmarks
