// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <iostream>
#include <nava/persistence/store.hpp>

#include "benchmarks/arguments.hpp"
#include "benchmarks/run_report.hpp"
#include "benchmarks/scratch.hpp"
#include "benchmarks/summary.hpp"

namespace {

using namespace nava::benchmarks;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

void run(const command& asked) {
  const scratch tables{asked.given, asked.given.schema};
  std::ofstream json;
  // Opened before hours of measuring, not after.
  if (!asked.json.empty()) json.open(asked.json);
  if (!asked.json.empty() && !json) throw std::runtime_error{"cannot write " + asked.json};
  nava::persistence::migrate(asked.given.url);
  report found{std::string{asked.chosen->name}, asked.given, std::cerr};
  asked.chosen->run(asked.given, found);
  found.set_environment(environment_of(asked.given.url));
  std::cout << text_of(found);
  if (json.is_open()) json << json_of(found) << std::endl;
  if (!json) throw std::runtime_error{"cannot write " + asked.json};
}

int complain(std::string text, int exit_code) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::cerr << "nava_bench: " << text << '\n';
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc > 2 && std::string_view{argv[1]} == "summary")
      std::cout << summary_of_files({argv + 2, argv + argc});
    else if (const auto asked = parse(argc, argv, all_workloads()))
      run(*asked);
    std::cout.flush();
    return std::cout ? 0 : complain("cannot write to standard output", exit_failed);
  } catch (const usage_error& wrong) {
    return complain(wrong.what(), exit_usage);
  } catch (const std::exception& failure) {
    return complain(failure.what(), exit_failed);
  }
}
