// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <fstream>
#include <map>

#include "support/catch.hpp"
#include "support/databases.hpp"

namespace {

namespace fs = std::filesystem;

struct module {
  std::string_view name;
  std::array<std::string_view, 4> includes;  ///< other modules; an empty name is none
};

constexpr std::array<module, 6> modules{
    {{"schema", {}},
     {"workflow", {"schema"}},
     {"engine", {"schema", "workflow"}},
     {"persistence", {"schema", "workflow"}},
     {"runtime", {"schema", "workflow", "engine", "persistence"}},
     {"inspection", {"schema", "workflow", "persistence"}}}};
constexpr std::array<std::string_view, 2> database_modules{"persistence", "inspection"};
constexpr std::array<std::string_view, 5> database_headers{"soci/", "libpq", "postgresql/",
                                                           "sqlite3", "pg_config"};

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// The module that a path relative to the root, or an included path, belongs to; null for none.
const module* module_of(std::string_view path) {
  if (path.starts_with("nava/")) path.remove_prefix(5);
  const auto found = std::find_if(modules.begin(), modules.end(), [&](const module& each) {
    return each.name == path.substr(0, path.find('/'));
  });
  return found == modules.end() ? nullptr : &*found;
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
  const module* from = module_of(is_public ? file.substr(8) : file);
  const module* to = module_of(included);
  const bool names_database =
      std::any_of(database_headers.begin(), database_headers.end(),
                  [&](std::string_view header) { return included.starts_with(header); });
  if (names_database && (is_public || from == nullptr || !contains(database_modules, from->name)))
    return "a header of a database outside persistence/ and inspection/";
  if (to == nullptr) return {};
  if (is_public && !included.starts_with("nava/")) return "a private header in a public one";
  if (from != nullptr && from != to && !contains(from->includes, to->name))
    return "an arrow that docs/house.md does not draw";
  return {};
}

std::vector<std::string> complaints_about(const fs::path& root) {
  std::vector<std::string> complaints;
  std::vector<std::string_view> folders{"include"};
  for (const module& each : modules) folders.push_back(each.name);
  for (const std::string_view folder : folders) {
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

using names = std::vector<std::string>;

// The names with that ending which several files below the folders have.
names shared_names(const std::vector<std::string_view>& folders, std::string_view ending) {
  const fs::path root{NAVA_SOURCE_ROOT};
  std::map<std::string, int> files;
  for (const std::string_view folder : folders)
    for (const auto& entry : fs::recursive_directory_iterator{root / folder})
      if (entry.path().filename().string().ends_with(ending))
        ++files[entry.path().filename().string()];
  names shared;
  for (const auto& [name, count] : files)
    if (count > 1) shared.push_back(name);
  return shared;
}

void write(const fs::path& file, std::string_view content) {
  fs::create_directories(file.parent_path());
  std::ofstream{file} << content;
}

}  // namespace

TEST_CASE("house: includes follow the arrows, databases stay in persistence and inspection") {
  const fs::path root{NAVA_SOURCE_ROOT};
  for (const module& each : modules) REQUIRE(fs::exists(root / each.name / "README.md"));
  CHECK(complaints_about(root) == std::vector<std::string>{});
}

TEST_CASE("house: every include that breaks a rule is found") {
  const nava::test::temporary_directory directory;
  const fs::path& root = directory.path();
  write(root / "schema/bad.cpp", "#include <nava/persistence/store.hpp>\n");
  write(root / "schema/worse.cpp",
        "#include \"persistence/commit/unit_parts.hpp\"\n#include <soci/soci.h>\n");
  write(root / "workflow/bad.cpp", "#include <nava/engine/event.hpp>\n");
  write(root / "persistence/bad.cpp", "#include <nava/engine/event.hpp>\n");
  write(root / "persistence/worse.cpp", "#include <nava/inspection/catalog.hpp>\n");
  write(root / "include/nava/schema/bad.hpp", "#include <nava/runtime/runtime.hpp>\n");
  write(root / "include/nava/persistence/bad.hpp", "#include <libpq-fe.h>\n");
  write(root / "include/nava/engine/bad.hpp", "#include \"engine/runner.hpp\"\n");
  write(root / "engine/bad.cpp", "#include <nava/persistence/store.hpp>\n");
  write(root / "runtime/bad.cpp", "#include <sqlite3.h>\n#include \"inspection/serves.hpp\"\n");
  CHECK(complaints_about(root).size() == 12);
}

TEST_CASE("house: includes along the arrows are not complained about") {
  const nava::test::temporary_directory directory;
  const fs::path& root = directory.path();
  write(root / "engine/good.cpp",
        "#include \"engine/runner.hpp\"\n#include <nava/workflow/error.hpp>\n#include "
        "<nava/schema/row.hpp>\n#include <vector>\n");
  write(root / "persistence/postgresql/good.cpp",
        "#include <soci/soci.h>\n#include <libpq-fe.h>\n#include "
        "\"persistence/sql_store.hpp\"\n");
  write(root / "runtime/good.cpp",
        "#include <nava/engine/decision.hpp>\n#include <nava/persistence/store.hpp>\n");
  write(root / "include/nava/persistence/good.hpp", "#include <nava/schema/table.hpp>\n");
  CHECK(complaints_about(root).empty());
}

// A room that can be found by its name: no two private files of one name, whatever their folder.
TEST_CASE("house: no two sources of the library share a name") {
  std::vector<std::string_view> folders;
  for (const module& each : modules) folders.push_back(each.name);
  CHECK(shared_names(folders, ".hpp") == names{});
  CHECK(shared_names(folders, ".cpp") == names{});
}

// Other names are not found, so their cases would not run.
TEST_CASE("house: a source of tests is named after what it tests") {
  names others;
  for (const std::string_view kind : {"unit", "conformance", "integration", "crash"})
    for (const auto& entry :
         fs::recursive_directory_iterator{fs::path{NAVA_SOURCE_ROOT} / "tests" / kind}) {
      const std::string path = entry.path().generic_string();
      if (path.ends_with(".cpp") && !path.ends_with("_test.cpp") &&
          path.find("/integration/installed/") == std::string::npos)
        others.push_back(entry.path().filename().string());
    }
  CHECK(others == names{"reported_cases.cpp"});
}

// The cases of a ctest test are those of the files with its name.
TEST_CASE("house: no two tests share a name") {
  CHECK(shared_names({"tests"}, "_test.cpp") == names{});
}
