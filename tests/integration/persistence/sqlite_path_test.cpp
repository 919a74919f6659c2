// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>
#include <random>

#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

// Of characters that mean something to SQL, to a URL or to a connect string, and of others.
std::string some_name(std::mt19937& random) {
  constexpr std::array<std::string_view, 20> characters{" ", "  ",  "\t", "\n", "'",  "\"", "\\",
                                                        "=", "%",   "&",  "?",  "#",  ":",  "@",
                                                        ";", "%20", "a",  "ü",  "日", "😀"};
  std::string name;
  for (auto left = std::uniform_int_distribution<int>{1, 12}(random); left > 0; --left)
    name += characters[std::uniform_int_distribution<std::size_t>{0, 19}(random)];
  return name;
}

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& each : std::filesystem::directory_iterator{folder})
    names.push_back(each.path().filename().string());
  return names;
}

}  // namespace

TEST_CASE("sqlite path: every name that a file can have is that of the file") {
  constexpr int rounds = 60;
  std::mt19937 random{20261128};
  for (int round = 0; round < rounds; ++round) {
    const std::string name = some_name(random);
    INFO("the name is '" << name << "'");
    const temporary_directory folder;
    const database_url url{"sqlite:" + (folder.path() / name).string()};
    const auto unit = first_unit(1);
    CHECK(open_store(url)->create(unit) == commit_result::applied);
    CHECK(files_in(folder.path()) == std::vector<std::string>{name});
    CHECK(open_store(url)->load(unit.workflow.id));
    CHECK(raw_sqlite(folder.path() / name)->value("SELECT count(*) FROM workflow") == "1");
  }
}
