// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <iostream>

#include "benchmarks/workloads/cascade_delete.hpp"

int main(int argc, char** argv) {
  using namespace nava;
  CLI::App app{
      "Measures Nava against hand-written statements on the same tables, in the same run."};
  app.name("nava_bench");
  app.require_subcommand(1);
  benchmarks::cascade_delete_options options;
  std::string url;
  auto* cascade_delete = app.add_subcommand("cascade_delete", "delete one workflow at a time");
  cascade_delete->add_option("--database", url, "an empty SQLite file or a PostgreSQL server")
      ->required();
  cascade_delete->add_option("--schema", options.schema, "database schema (default: nava_bench)");
  cascade_delete->add_option("--workflows", options.workflows, "per round (default: 2000)")
      ->check(CLI::Range(2, 1'000'000));
  cascade_delete->add_option("--rounds", options.rounds, "default: 5")->check(CLI::Range(1, 100));
  cascade_delete->add_option("--seed", options.seed, "of the order of deletion (default: 1)");
  cascade_delete->add_flag("--json", options.json, "print JSON");
  CLI11_PARSE(app, argc, argv);
  try {
    options.url = persistence::database_url{url};
    benchmarks::cascade_delete(options, std::cout);
    return 0;
  } catch (const std::exception& failure) {
    std::cerr << "nava_bench: " << failure.what() << '\n';
    return 1;
  }
}
