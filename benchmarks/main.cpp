// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <iostream>

#include "benchmarks/command_line.hpp"
#include "benchmarks/environment.hpp"
#include "benchmarks/place.hpp"
#include "benchmarks/summary.hpp"

namespace {

using namespace nava::benchmarks;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

// Opened before hours of measuring, not after.
std::ofstream chart_file(const options& given) {
  std::ofstream file;
  if (given.svg.empty()) return file;
  file.open(given.svg);
  if (!file) throw std::runtime_error{"cannot write " + given.svg};
  return file;
}

void run(const command& asked) {
  const place where{asked.given};
  auto chart = chart_file(asked.given);
  report found{std::string{asked.what->name}, asked.given, std::cerr};
  asked.what->run(asked.given, found);
  found.set_environment(environment_of(asked.given.url));
  if (asked.given.json)
    std::cout << json_of(found) << '\n';
  else
    std::cout << text_of(found);
  if (chart.is_open()) chart << svg_of(found);
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
    if (argc > 2 && std::string_view{argv[1]} == "summary") {
      std::cout << summary_of_files({argv + 2, argv + argc});
      return 0;
    }
    const auto asked = parse(argc, argv, all_workloads());
    if (asked) run(*asked);
    std::cout.flush();
    return std::cout ? 0 : complain("cannot write to standard output", exit_failed);
  } catch (const usage_error& wrong) {
    return complain(wrong.what(), exit_usage);
  } catch (const std::exception& failure) {
    return complain(failure.what(), exit_failed);
  }
}
