// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <nava/persistence/store.hpp>
#include <random>
#include <stdexcept>

#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/bulk_load.hpp"
#include "benchmarks/measured_rows.hpp"
#include "benchmarks/page_counts.hpp"
#include "benchmarks/scratch.hpp"
#include "benchmarks/summary.hpp"

namespace nava::benchmarks {
namespace {

// As many deletes are counted at every size. From 2,000 workflows on they lie 181 or more apart in
// the order of loading, and a page has at most some 140 rows, so that no two of them share a page
// of a table.
constexpr std::int64_t count_portions = 5, counts_per_portion = 2;
constexpr std::int64_t deletes_counted = count_portions * counts_per_portion;

// The workflows that are deleted to count pages: the first of each session side by side, the
// counted ones evenly spread over the rest.
struct counted {
  std::vector<uuid> first, spread;
};

// Takes them out of `ids`.
counted take_counted(std::vector<uuid>& ids) {
  counted taken;
  const std::size_t apart = ids.size() / (deletes_counted + 1);
  for (std::size_t i = deletes_counted; i > 0; --i) {
    const auto at = ids.begin() + static_cast<std::ptrdiff_t>(i * apart);
    taken.spread.push_back(*at);
    ids.erase(at);
  }
  taken.first.assign(ids.begin(), ids.begin() + count_portions);
  ids.erase(ids.begin(), ids.begin() + count_portions);
  return taken;
}

void count_pages(const options& given, const counted& deleted, report& out) {
  const autovacuum_off only_deletes{given};
  result pages{std::string{pages_of_a_delete}, "pages", {}};
  for (std::int64_t i = 0; i < count_portions; ++i) {
    const auto begin = deleted.spread.begin() + i * counts_per_portion;
    const auto found = pages_of_deletes(given, deleted.first[static_cast<std::size_t>(i)],
                                        {begin, begin + counts_per_portion});
    if (!found) return out.note("pages touched are counted from PostgreSQL 15 on");
    pages.rounds.push_back(*found);
  }
  out.add(std::move(pages));
}

// The workflows of one schema in random order, each handed out once.
struct pool {
  explicit pool(std::vector<uuid> of) : ids(std::move(of)) {
    std::mt19937_64 random{seed};
    std::shuffle(ids.begin(), ids.end(), random);
  }
  uuid take() { return ids.at(next++); }

  std::vector<uuid> ids;
  std::size_t next = 0;
};

void run(const options& given, report& out) {
  std::int64_t on_own = 0;
  for (const auto* name : {"nava", "floor", "row_by_row"}) on_own += given.wants(name) ? 1 : 0;
  given.expect_workflows(on_own * given.rounds * (given.operations + given.warm_up) +
                         (given.on_postgresql() ? deletes_counted + count_portions : 0));
  const auto store = persistence::open_store(given.url);
  auto ids = load(given, given.schema, out).ids;
  counted deleted;
  if (given.on_postgresql()) deleted = take_counted(ids);
  const auto own = std::make_shared<pool>(std::move(ids));

  std::vector<std::unique_ptr<other_layout>> layouts;
  // After the layouts: their connections end before the schemas are dropped.
  std::vector<contender> contenders;
  const auto add = [&](std::string_view name, const std::shared_ptr<pool>& from,
                       const delete_workflows& erase) {
    contenders.push_back({std::string{name},
                          [from, erase] {
                            const auto id = from->take();
                            erase({&id, 1});
                          },
                          rows_of_workflow, given.seconds});
  };
  const auto add_layout = [&](std::string_view name, layout which, auto deletes) {
    if (!given.on_postgresql() || !given.wants(name)) return;
    const auto& schema =
        layouts.emplace_back(std::make_unique<other_layout>(given, which))->schema();
    add(name, std::make_shared<pool>(load(given, schema, out).ids), deletes(given, schema));
  };
  if (given.wants("nava"))
    add("nava", own, [&](std::span<const uuid> one) { store->erase(one.front()); });
  if (given.wants("floor")) add("floor", own, plain_deletes(given, given.schema));
  add_layout("original", layout::original, plain_deletes);
  add_layout("original_indexed", layout::original_indexed, plain_deletes);
  add_layout("by_hand", layout::no_keys, deletes_by_hand);
  if (given.wants("row_by_row")) add("row_by_row", own, row_by_row_deletes(given, given.schema));

  if (given.on_postgresql()) count_pages(given, deleted, out);
  out.interleave_rounds(contenders);
  out.compare("delete: nava / floor, p50", metric::p50_ms, "nava", "floor");
  out.compare("delete: original layout / nava, p50", metric::p50_ms, "original", "nava");
  out.compare("delete: original layout with indexes / nava, p50", metric::p50_ms,
              "original_indexed", "nava");
  out.compare("delete: no foreign keys, by hand / nava, p50", metric::p50_ms, "by_hand", "nava");
  out.compare("delete: row by row / nava, p50", metric::p50_ms, "row_by_row", "nava");
}

}  // namespace

workload cascade_delete() {
  return {
      "cascade_delete",
      "delete one workflow at a time",
      {"nava", "floor", "original", "original_indexed", "by_hand", "row_by_row"},
      {option::workflows, option::operations, option::warm_up, option::seconds, option::contenders},
      {.workflows = 5000, .operations = 200, .warm_up = 20, .seconds = 2},
      &run};
}

}  // namespace nava::benchmarks
