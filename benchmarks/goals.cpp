// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/goals.hpp"

#include <algorithm>
#include <array>

namespace nava::benchmarks {
namespace {

constexpr auto server = persistence::backend::postgresql, file = persistence::backend::sqlite;
using enum target::side;

// A p99 of fewer samples is the time of one or two of them.
constexpr std::size_t samples_of_a_p99 = 1000;

constexpr std::array all{
    goal{"cascade_delete", server, "delete: nava / floor, p50", {at_most, 1.10}},
    goal{"cascade_delete",
         server,
         "delete: original layout / nava, p50",
         {at_least, 200},
         {.workflows = 20'000}},
    goal{"cascade_delete",
         server,
         "delete: original layout with indexes / nava, p50",
         {at_least, 1},
         {.workflows = 20'000}},
    goal{"cascade_delete",
         server,
         "delete: nava / floor, p50",
         {at_most, 1.10},
         {.workflows = growth_to}},
    goal{"cascade_delete", server, growth_of_pages, {at_most, 1.2}, {.workflows = growth_to}},
    goal{"purge", server, "purge: nava / floor, rows/s", {at_least, 0.95}},
    goal{"purge", server, "purge: nava / no foreign keys, by hand, rows/s", {at_least, 0.9}},
    goal{"purge",
         server,
         "purge: a partition dropped / nava on plain tables, rows/s",
         {at_least, 5},
         {.workflows = 50'000}},
    goal{"mixed",
         server,
         "commit: p99 beside a purge / alone",
         {at_most, 2},
         {.samples = samples_of_a_p99}},
    goal{"commit", server, "commit: nava / floor, p50", {at_most, 1.15}},
    goal{"commit", server, "commit: row by row / nava, p50", {at_least, 2}},
    goal{"coalesce",
         server,
         "commits of 8 threads: joined / one by one, per second",
         {at_least, 2.5}},
    goal{"event", server, "event on a warm workflow: nava / commit floor, p50", {at_most, 1.25}},
    goal{"load", server, "load: nava / floor, p50", {at_most, 1.3}},
    goal{microbench, file, "deliver_warm/10", {at_most, 10}},
    goal{"commit", file, "commit: nava / floor, p50", {at_most, 1.25}},
    goal{"cascade_delete", file, "delete: nava / floor, p50", {at_most, 1.25}},
    goal{"replay", server, "resident memory, peak", {at_most, 200}, {.events = 100'000}},
    goal{"replay", file, "resident memory, peak", {at_most, 200}, {.events = 100'000}}};

std::size_t fewest_samples(const report& run, std::initializer_list<std::string_view> of) {
  std::size_t fewest = SIZE_MAX;
  for (const auto& round : run.rounds())
    for (const auto& one : round)
      if (of.size() == 0 || std::find(of.begin(), of.end(), one.contender) != of.end())
        fewest = std::min(fewest, one.operations);
  return fewest;
}

}  // namespace

std::span<const goal> goals() { return all; }

std::optional<target> target_of(const report& run, std::string_view figure,
                                std::initializer_list<std::string_view> of) {
  for (const auto& one : all)
    if (one.workload == run.workload() && one.figure == figure &&
        one.database == run.given().url.backend() && run.given().workflows >= one.least.workflows &&
        run.given().events >= one.least.events && fewest_samples(run, of) >= one.least.samples)
      return one.wanted;
  return std::nullopt;
}

}  // namespace nava::benchmarks
