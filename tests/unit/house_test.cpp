// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fstream>

#include "support/catch.hpp"
#include "support/databases.hpp"

namespace {

namespace fs = std::filesystem;

// From the one that may include none of the others to the one that may include all.
constexpr std::array<std::string_view, 3> modules{"schema", "persistence", "engine"};
constexpr std::array<std::string_view, 5> database_headers{"soci/", "libpq", "postgresql/",
                                                           "sqlite3", "pg_config"};

// The place in `modules` that a path relative to the root, or an included path, belongs to.
std::size_t module_of(std::string_view path) {
  if (path.starts_with("nava/")) path.remove_prefix(5);
  const auto place = std::find(modules.begin(), modules.end(), path.substr(0, path.find('/')));
  return static_cast<std::size_t>(place - modules.begin());
}

std::string included_by(const std::string& line) {
  if (!line.starts_with("#include")) return {};
  const std::size_t begin = line.find_first_of("<\"");
  const std::size_t end = line.find_first_of(">\"", begin + 1);
  return begin == std::string::npos || end == std::string::npos
             ? std::string{}
             : line.substr(begin + 1, end - begin - 1);
}

std::string complaint(std::string_view file, const std::string& included) {
  const bool is_public = file.starts_with("include/");
  const std::size_t from = module_of(is_public ? file.substr(8) : file);
  const std::size_t to = module_of(included);
  const bool names_database =
      std::any_of(database_headers.begin(), database_headers.end(),
                  [&](std::string_view header) { return included.starts_with(header); });
  if (names_database && (is_public || !file.starts_with("persistence/")))
    return "a header of a database outside persistence/";
  if (to == modules.size()) return {};
  if (is_public && !included.starts_with("nava/")) return "a private header in a public one";
  if (from < to) return "an arrow against engine -> persistence -> schema";
  return {};
}

std::vector<std::string> complaints_about(const fs::path& root) {
  std::vector<std::string> complaints;
  for (const std::string_view folder : {"include", "schema", "persistence", "engine"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator{root / folder}) {
      if (entry.path().extension() != ".hpp" && entry.path().extension() != ".cpp") continue;
      const std::string file = fs::relative(entry.path(), root).generic_string();
      std::ifstream in{entry.path()};
      for (std::string line; std::getline(in, line);)
        if (const std::string said = complaint(file, included_by(line)); !said.empty())
          complaints.push_back(file + ": " + said + ": " + line);
    }
  }
  std::sort(complaints.begin(), complaints.end());
  return complaints;
}

void write(const fs::path& file, std::string_view content) {
  fs::create_directories(file.parent_path());
  std::ofstream{file} << content;
}

}  // namespace

TEST_CASE("house: includes follow engine -> persistence -> schema, databases stay in persistence") {
  const fs::path root{NAVA_SOURCE_ROOT};
  REQUIRE(fs::exists(root / "persistence" / "store.cpp"));
  CHECK(complaints_about(root) == std::vector<std::string>{});
}

TEST_CASE("house: every include that breaks a rule is found") {
  const nava::test::temporary_directory directory;
  const fs::path& root = directory.path();
  write(root / "schema/bad.cpp", "#include <nava/persistence/store.hpp>\n");
  write(root / "schema/worse.cpp", "#include \"persistence/parts.hpp\"\n#include <soci/soci.h>\n");
  write(root / "persistence/bad.cpp", "#include <nava/runtime/runtime.hpp>\n");
  write(root / "include/nava/schema/bad.hpp", "#include <nava/runtime/runtime.hpp>\n");
  write(root / "include/nava/persistence/bad.hpp", "#include <libpq-fe.h>\n");
  write(root / "include/nava/engine/bad.hpp", "#include \"engine/router.hpp\"\n");
  write(root / "engine/bad.cpp", "#include <sqlite3.h>\n");
  CHECK(complaints_about(root).size() == 8);
}

TEST_CASE("house: includes along the arrows are not complained about") {
  const nava::test::temporary_directory directory;
  const fs::path& root = directory.path();
  write(root / "engine/good.cpp",
        "#include \"engine/router.hpp\"\n#include <nava/persistence/store.hpp>\n#include "
        "<nava/schema/row.hpp>\n#include <vector>\n");
  write(root / "persistence/postgresql/good.cpp",
        "#include <soci/soci.h>\n#include <libpq-fe.h>\n#include \"persistence/parts.hpp\"\n");
  write(root / "include/nava/persistence/good.hpp", "#include <nava/schema/table.hpp>\n");
  CHECK(complaints_about(root).empty());
}
