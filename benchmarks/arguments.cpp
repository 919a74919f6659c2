// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>
#include <list>
#include <nava/schema/name_rules.hpp>
#include <nava/workflow/error.hpp>

namespace nava::benchmarks {
namespace {

// The siblings of a schema, such as _original_indexed, need room in a name of 63 bytes.
constexpr std::size_t schema_bytes_max = 40;

struct subcommand {
  CLI::App* app = nullptr;
  command asked{};
  std::string database{};
};

struct number_option {
  option which;
  const char* name;
  std::int64_t options::*place;
  std::int64_t least, most;
  const char* help;
};

constexpr std::int64_t million = 1'000'000;
constexpr std::array<number_option, 6> numbers{
    {{option::workflows, "--workflows", &options::workflows, 2, 100 * million,
      "loaded before the first round"},
     {option::operations, "--operations", &options::operations, 1, million,
      "per contender and round"},
     {option::warm_up, "--warm-up", &options::warm_up, 0, million,
      "operations discarded per contender and round"},
     {option::events, "--events", &options::events, 1, 100 * million,
      "delivered in all rounds together"},
     {option::batch, "--batch", &options::batch, 1, million / 10,
      "workflows that one DELETE takes"},
     {option::connections, "--connections", &options::connections, 1, 64,
      "that commit at the same time"}}};

void add_options(subcommand& to) {
  CLI::App& app = *to.app;
  options& given = to.asked.given;
  const auto uses = [&](option which) {
    const auto& used = to.asked.chosen->uses;
    return std::find(used.begin(), used.end(), which) != used.end();
  };
  app.option_defaults()->always_capture_default();
  app.add_option("--schema", given.schema, "database schema that the run makes, on PostgreSQL");
  app.add_option("--rounds", given.rounds, "the median of rounds counts")
      ->check(CLI::Range(1, 1000));
  for (const auto& one : numbers)
    if (uses(one.which))
      app.add_option(one.name, given.*one.place, one.help)->check(CLI::Range(one.least, one.most));
  if (uses(option::seconds))
    app.add_option("--seconds", given.seconds, "of a slice, or of a slow contender per round")
        ->check(CLI::Range(0.01, 3600.0));
  app.option_defaults()->always_capture_default(false);
  if (uses(option::contenders))
    app.add_option("--contenders", given.contenders,
                   fmt::format("some of {}", fmt::join(to.asked.chosen->contenders, ",")))
        ->delimiter(',');
  app.add_option("--database", to.database,
                 "sqlite:FILE, which the run makes, or postgresql://...");
  app.add_option("--json", to.asked.json, "a file for every round as JSON");
}

command checked(subcommand& parsed) {
  auto& [chosen, given, json] = parsed.asked;
  if (parsed.database.empty())
    throw usage_error{"name the database: --database sqlite:FILE or --database postgresql:///NAME"};
  try {
    given.url = persistence::database_url{parsed.database};
  } catch (const nava::error& malformed) {
    throw usage_error{malformed.what()};
  }
  if (!given.on_postgresql() && parsed.app->count("--schema") > 0)
    throw usage_error{"a SQLite database has one schema; leave out --schema"};
  if (!schema::rules::is_legal_identifier(given.schema) || given.schema.size() > schema_bytes_max)
    throw usage_error{fmt::format(
        "a schema name is [a-z_][a-z0-9_]* and here at most {} bytes long", schema_bytes_max)};
  given.url = given.url.in_schema(given.schema);
  const auto& known = chosen->contenders;
  for (const auto& name : given.contenders)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw usage_error{fmt::format("{} has no contender '{}'; its contenders are {}", chosen->name,
                                    name, fmt::join(known, ", "))};
  return parsed.asked;
}

}  // namespace

bool options::wants(std::string_view contender) const {
  return contenders.empty() ||
         std::find(contenders.begin(), contenders.end(), contender) != contenders.end();
}

void options::expect_workflows(std::int64_t deleted) const {
  if (deleted > workflows)
    throw std::runtime_error{
        fmt::format("{} workflows would be deleted; give --workflows {} or more, or fewer "
                    "--rounds or --operations",
                    deleted, deleted)};
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
    add_options(subcommands.emplace_back(subcommand{added, {&one, one.defaults, {}}, {}}));
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
