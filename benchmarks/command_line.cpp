// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <list>
#include <nava/workflow/error.hpp>
#include <nava/schema/name_rules.hpp>

namespace nava::benchmarks {
namespace {

// The siblings of a schema, such as _original_indexed, need room in a name of 63 bytes.
constexpr std::size_t schema_bytes_max = 40;

struct subcommand {
  CLI::App* app = nullptr;
  const workload* what = nullptr;
  options given{};
  std::string database{};
  std::string contenders{};
};

void add_option_of(subcommand& to, option which) {
  CLI::App& app = *to.app;
  options& given = to.given;
  constexpr double million = 1e6;
  switch (which) {
    case option::workflows:
      app.add_option("--workflows", given.workflows, "loaded before the first round")
          ->check(CLI::Range(2.0, 100 * million));
      return;
    case option::child_rows:
      app.add_option("--rows", given.child_rows, "child rows of a workflow, over its eight tables")
          ->check(CLI::Range(8, 10'000));
      return;
    case option::operations:
      app.add_option("--operations", given.operations, "per contender and round")
          ->check(CLI::Range(1.0, million));
      return;
    case option::warm_up:
      app.add_option("--warm-up", given.warm_up, "operations thrown away per contender and round")
          ->check(CLI::Range(0.0, million));
      return;
    case option::events:
      app.add_option("--events", given.events, "delivered in all rounds together")
          ->check(CLI::Range(1.0, 100 * million));
      return;
    case option::batch:
      app.add_option("--batch", given.batch, "workflows that one DELETE takes")
          ->check(CLI::Range(1, 100'000));
      return;
    case option::connections:
      app.add_option("--connections", given.connections, "that commit at the same time")
          ->check(CLI::Range(1, 64));
      return;
    case option::seconds:
      app.add_option("--seconds", given.seconds,
                     "of a slice of time, or that a slow contender gets per round")
          ->check(CLI::Range(0.01, 3600.0));
      return;
    case option::contenders:
      app.add_option("--contenders", to.contenders,
                     fmt::format("some of {}", fmt::join(to.what->contenders, ",")));
      return;
  }
}

void add_common(subcommand& to) {
  CLI::App& app = *to.app;
  app.option_defaults()->always_capture_default();
  app.add_option("--schema", to.given.schema, "database schema, on PostgreSQL");
  app.add_option("--rounds", to.given.rounds, "the median of rounds counts")
      ->check(CLI::Range(1, 1000));
  app.add_option("--seed", to.given.seed, "of ids and orders");
  for (const option which : to.what->uses) add_option_of(to, which);
  app.option_defaults()->always_capture_default(false);
  app.add_option("--database", to.database,
                 "sqlite:FILE or postgresql://..., without workflows in it");
  app.add_flag("--keep", to.given.keep, "leave schemas, tables and rows behind");
  app.add_flag("--json", to.given.json, "print JSON");
  app.add_option("--svg", to.given.svg, "a file for a chart");
}

void read_contenders(subcommand& from) {
  const auto& known = from.what->contenders;
  std::size_t begin = 0;
  while (begin < from.contenders.size()) {
    const auto end = std::min(from.contenders.find(',', begin), from.contenders.size());
    const std::string name = from.contenders.substr(begin, end - begin);
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw usage_error{fmt::format("{} has no contender '{}'; its contenders are {}",
                                    from.what->name, name, fmt::join(known, ", "))};
    from.given.contenders.push_back(name);
    begin = end + 1;
  }
}

command checked(subcommand& chosen) {
  if (chosen.database.empty())
    throw usage_error{"name the database: --database sqlite:FILE or --database postgresql:///NAME"};
  try {
    chosen.given.url = persistence::database_url{chosen.database};
  } catch (const nava::error& malformed) {
    throw usage_error{malformed.what()};
  }
  const bool schema_given = chosen.app->count("--schema") > 0;
  if (!chosen.given.on_postgresql() && schema_given)
    throw usage_error{"a SQLite database has one schema; leave out --schema"};
  if (!schema::rules::is_legal_identifier(chosen.given.schema) ||
      chosen.given.schema.size() > schema_bytes_max)
    throw usage_error{fmt::format(
        "a schema name is [a-z_][a-z0-9_]* and here at most {} bytes long", schema_bytes_max)};
  read_contenders(chosen);
  return {chosen.what, chosen.given};
}

}  // namespace

bool options::wants(std::string_view contender) const {
  return contenders.empty() ||
         std::find(contenders.begin(), contenders.end(), contender) != contenders.end();
}

std::optional<command> parse(int argc, const char* const* argv,
                             const std::vector<workload>& known) {
  CLI::App app{"Measures Nava against hand-written statements, interleaved in one run."};
  app.name("nava_bench");
  app.require_subcommand(1);
  app.footer("nava_bench summary FILE... tells what the JSON of several runs reached.");
  std::list<subcommand> subcommands;
  for (const auto& one : known) {
    auto* added = app.add_subcommand(std::string{one.name}, std::string{one.summary});
    add_common(subcommands.emplace_back(subcommand{added, &one, one.defaults, {}, {}}));
  }
  const std::string_view first = argc > 1 ? argv[1] : "--help";
  if (!first.starts_with('-') &&
      std::none_of(known.begin(), known.end(), [&](const auto& one) { return one.name == first; }))
    throw usage_error{fmt::format("there is no workload '{}'; see nava_bench --help", first)};
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    app.exit(asked, std::cout, std::cerr);
    return std::nullopt;
  } catch (const CLI::ParseError& wrong) {
    throw usage_error{fmt::format("{}; see nava_bench --help", wrong.what())};
  }
  return checked(*std::find_if(subcommands.begin(), subcommands.end(),
                               [](const auto& one) { return one.app->parsed(); }));
}

}  // namespace nava::benchmarks
