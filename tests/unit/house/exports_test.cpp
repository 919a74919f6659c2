// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <regex>

#include "support/catch.hpp"
#include "support/databases.hpp"

// What libnava.so exports is marked in the public headers. clang-format writes them, so that each
// declaration of a namespace begins a line, and each of a class an indented one.
namespace {

namespace fs = std::filesystem;
using lines = std::vector<std::string>;

lines lines_of(const fs::path& file) {
  lines all;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    all.push_back(line.substr(0, std::min(line.find("//"), line.size())));
  return all;
}

bool indented(const std::string& line, std::size_t by) {
  const std::size_t begin = line.find_first_not_of(' ');
  return begin == by;
}

// The statements indented by that much: each to its `;` or its `{`, with the place after it.
struct statement {
  std::string text;
  std::size_t next = 0;
};
std::vector<statement> statements(const lines& all, std::size_t begin, std::size_t end,
                                  std::size_t indent) {
  static const std::regex ends{R"((;|\{|\{.*\}|:)\s*$)"};
  static const std::regex passed_over{R"(\s*(#|\}|(public|protected|private):).*|\s*)"};
  std::vector<statement> found;
  for (std::size_t at = begin; at < end;) {
    const std::string& first = all[at];
    if (!indented(first, indent) || std::regex_match(first, passed_over)) {
      ++at;
      continue;
    }
    std::string text = first;
    while (!std::regex_search(text, ends) && ++at < end)
      text += ' ' + all[at].substr(std::min(all[at].find_first_not_of(' '), all[at].size()));
    ++at;
    found.push_back({text, at});
  }
  return found;
}

bool declares_only(const std::string& text) {
  static const std::regex function{R"(\w+\(.*\)[^=]*;\s*$)"};
  static const std::regex other{
      R"(^\s*(using|friend|template|typedef|static_assert|namespace|BOOST_\w+|return|inline|constexpr)\b)"};
  static const std::regex value{R"(^[^(]*[={])"};
  static const std::regex member_of_function_type{R"(std::function<[^;]*>\s*\w+(\{\})?;)"};
  return std::regex_search(text, function) && !std::regex_search(text, other) &&
         !std::regex_search(text, value) && !std::regex_search(text, member_of_function_type);
}

lines not_exported(const fs::path& headers) {
  static const std::regex type{R"(^(class|struct)\s+(NAVA_EXPORT\s+)?\w+[^;]*\{\s*$)"};
  static const std::regex polymorphic{R"(\bvirtual\b|\boverride\b)"};
  lines complaints;
  for (const auto& entry : fs::recursive_directory_iterator{headers}) {
    if (entry.path().extension() != ".hpp") continue;
    const lines all = lines_of(entry.path());
    const auto complain = [&](const std::string& text) {
      complaints.push_back(fs::relative(entry.path(), headers).generic_string() + ": " + text);
    };
    std::string before;
    for (const statement& each : statements(all, 0, all.size(), 0)) {
      const bool is_template = before.starts_with("template") || each.text.starts_with("template");
      const bool exported = each.text.find("NAVA_EXPORT") != std::string::npos;
      before = each.text;
      if (is_template) continue;
      if (declares_only(each.text) && !exported) complain(each.text);
      if (!std::regex_match(each.text, type) || exported) continue;
      const auto last = std::find(all.begin() + static_cast<std::ptrdiff_t>(each.next), all.end(),
                                  std::string{"};"});
      std::string member_before;
      for (const statement& member :
           statements(all, each.next, static_cast<std::size_t>(last - all.begin()), 2)) {
        const bool of_template = member_before.find("template") != std::string::npos;
        member_before = member.text;
        if (of_template) continue;
        if (declares_only(member.text) || std::regex_search(member.text, polymorphic))
          complain(each.text + " " + member.text);
      }
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

TEST_CASE("exports: whatever a public header declares and does not define is exported") {
  CHECK(not_exported(fs::path{NAVA_SOURCE_ROOT} / "include/nava") == lines{});
}

TEST_CASE("exports: what is not exported is found") {
  const nava::test::temporary_directory directory;
  write(directory.path() / "bad.hpp",
        "namespace nava {\n\n[[nodiscard]] int free(int first,\n                         int "
        "second) noexcept;\n\nclass first {\n public:\n  void member() const;\n};\n\nstruct second "
        "{\n  virtual ~second() = default;\n};\n\n}\n");
  CHECK(not_exported(directory.path()).size() == 3);
}

TEST_CASE("exports: what is exported, defined or no function is not complained about") {
  const nava::test::temporary_directory directory;
  write(
      directory.path() / "good.hpp",
      "#pragma once\nnamespace nava {\n\nusing from = int (*)(int);\nNAVA_EXPORT int free();\n"
      "inline int defined(int a) {\n  return free(a);\n}\ntemplate <class T>\nint of(T value);\n"
      "class NAVA_EXPORT exported {\n public:\n  void member();\n  virtual void other();\n};\n"
      "struct plain {\n  int value = 0;\n  std::function<int(int)> call{};\n  int twice() const {\n"
      "    return free(value);\n  }\n  template <class T>\n  void take(T value);\n};\n\n}\n");
  CHECK(not_exported(directory.path()) == lines{});
}
