// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/workloads/cascade_delete.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <random>
#include <stdexcept>

#include "benchmarks/baseline/plain_delete.hpp"
#include "benchmarks/measure.hpp"
#include "benchmarks/rows.hpp"

namespace nava::benchmarks {
namespace {

struct round_result {
  samples nava, floor;
  [[nodiscard]] double ratio() const { return nava.percentile_ms(0.5) / floor.percentile_ms(0.5); }
};

std::vector<uuid> fill(persistence::store& store, std::int64_t workflows) {
  std::vector<uuid> ids;
  for (std::int64_t i = 0; i < workflows; ++i) {
    const auto unit = workflow_with({}, i);
    if (store.create(unit) != persistence::commit_result::applied)
      throw std::runtime_error{"a workflow of the benchmark was there already"};
    ids.push_back(unit.workflow.id);
  }
  return ids;
}

round_result run_round(persistence::store& store, plain_delete& floor,
                       const cascade_delete_options& options, std::mt19937_64& random) {
  auto ids = fill(store, options.workflows);
  std::shuffle(ids.begin(), ids.end(), random);
  round_result result;
  for (std::size_t i = 0; i + 1 < ids.size(); i += 2) {
    result.nava.time([&] { store.erase(ids[i]); });
    result.floor.time([&] { floor.erase(ids[i + 1]); });
  }
  return result;
}

std::string line(std::string_view name, const samples& of, std::int64_t rows) {
  return fmt::format("{:<8} p50 {:.3f} ms   p99 {:.3f} ms   {:.0f} rows/s\n", name,
                     of.percentile_ms(0.5), of.percentile_ms(0.99),
                     static_cast<double>(of.count()) * static_cast<double>(rows) / of.total_s());
}

}  // namespace

void cascade_delete(const cascade_delete_options& options, std::ostream& out) {
  if (options.url.in_memory())
    throw std::runtime_error{"the floor needs a connection of its own; name a file or a server"};
  const auto store = persistence::open_store(options.url, {.schema = options.schema});
  if (!store->list({.limit = 1}).empty())
    throw std::runtime_error{
        "the database holds workflows; name an empty one, or another --schema"};
  const auto floor = open_plain_delete(options.url, options.schema);
  std::mt19937_64 random{options.seed};
  const std::int64_t rows = row_counts{}.children() + 1;

  std::vector<double> ratios;
  json::array rounds;
  for (int i = 0; i < options.rounds; ++i) {
    const auto result = run_round(*store, *floor, options, random);
    ratios.push_back(result.ratio());
    if (options.json)
      rounds.push_back({{"nava_p50_ms", result.nava.percentile_ms(0.5)},
                        {"nava_p99_ms", result.nava.percentile_ms(0.99)},
                        {"floor_p50_ms", result.floor.percentile_ms(0.5)},
                        {"floor_p99_ms", result.floor.percentile_ms(0.99)},
                        {"ratio_p50", result.ratio()}});
    else
      out << line("nava", result.nava, rows) << line("floor", result.floor, rows) << std::flush;
  }
  if (options.json)
    out << json::object{{"workload", "cascade_delete"},
                        {"database", options.url.printable()},
                        {"workflows", options.workflows},
                        {"rows_per_workflow", rows},
                        {"seed", options.seed},
                        {"rounds", std::move(rounds)},
                        {"median_ratio_p50", median(ratios)}}
        << '\n';
  else
    out << fmt::format("nava / floor at p50, median of {} rounds: {:.2f}\n", options.rounds,
                       median(ratios));
}

}  // namespace nava::benchmarks
