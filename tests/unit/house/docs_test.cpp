// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"

using nava::test::program;

// Holds the pages about tables of an application to what the compiler, the programs and the files
// of this tree say.
namespace {

namespace fs = std::filesystem;
using lines = std::vector<std::string>;

constexpr std::string_view left_out = "…";
const fs::path root{NAVA_SOURCE_ROOT};

lines lines_of(const std::string& text) {
  lines all;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

struct block {
  std::string language;
  lines content;
};

// The fenced blocks of a page.
std::vector<block> blocks_of(const std::string& page) {
  std::vector<block> blocks;
  bool inside = false;
  for (const std::string& line : lines_of(page)) {
    if (line.starts_with("```")) {
      if (!inside) blocks.push_back({line.substr(3), {}});
      inside = !inside;
    } else if (inside) {
      blocks.back().content.push_back(line);
    }
  }
  return blocks;
}

lines split(const std::string& text, std::string_view separator) {
  lines parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find(separator, at);
    parts.push_back(text.substr(at, end == std::string::npos ? end : end - at));
    if (end == std::string::npos) return parts;
    at = end + separator.size();
  }
}

// Whether `printed` is the line that a page shows, in which a part may be left out.
bool is_shown_as(const std::string& printed, const std::string& shown) {
  const lines parts = split(shown, left_out);
  if (parts.size() == 1) return printed == shown;
  if (!printed.starts_with(parts.front())) return false;
  std::size_t at = parts.front().size();
  for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
    const std::size_t found = printed.find(parts[i], at);
    if (found == std::string::npos) return false;
    at = found + parts[i].size();
  }
  return printed.size() >= at + parts.back().size() && printed.ends_with(parts.back());
}

bool is_left_out(const std::string& line) {
  return line == left_out || (line.starts_with("// ") && line.substr(3) == left_out);
}

// The first shown line that was not printed after the one before it; empty where all were. Where
// no line says that some are left out, they follow each other.
std::string unprinted(const lines& shown, const lines& printed) {
  auto next = printed.begin();
  bool may_skip = false;
  for (const std::string& line : shown) {
    if (is_left_out(line)) {
      may_skip = true;
      continue;
    }
    const auto end = may_skip || next == printed.end() ? printed.end() : next + 1;
    const auto found =
        std::find_if(next, end, [&](const std::string& one) { return is_shown_as(one, line); });
    if (found == end) return line;
    next = found + 1;
    may_skip = false;
  }
  return next == printed.end() || may_skip ? "" : "the page leaves out " + *next;
}

// Runs `words` as a reader would at the root of the tree and answers with what he would see.
lines output_of(lines words) {
  static const std::map<std::string, std::string> programs{
      {"g++", NAVA_CXX_COMPILER},
      {"relationships", NAVA_RELATIONSHIPS_EXAMPLE},
      {"extension_table", NAVA_EXTENSION_TABLE_EXAMPLE},
      {"extension_table_sql", NAVA_EXTENSION_TABLE_SQL}};
  const auto named = programs.find(fs::path{words.front()}.filename());
  if (named == programs.end()) return {"no program of the pages: " + words.front()};
  words.erase(words.begin());
  const std::string prefix = root.string() + "/";
  for (std::string& word : words) {
    if (word.starts_with("tests/")) word.insert(0, prefix);
    if (word.starts_with("-I")) word.insert(2, prefix);
  }
  const auto result =
      program{named->second, words, {{"LC_ALL", "C.UTF-8"}, {"LANGUAGE", ""}}}.wait();
  std::string text = result.out + result.err;
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at))
    text.erase(at, prefix.size());
  return lines_of(text);
}

std::string unprinted_in_console(const lines& content) {
  for (auto at = content.begin(); at != content.end();) {
    if (!at->starts_with("$ ")) return "no command before " + *at;
    const auto end = std::find_if(at + 1, content.end(),
                                  [](const auto& line) { return line.starts_with("$ "); });
    if (auto missing = unprinted({at + 1, end}, output_of(split(at->substr(2), " ")));
        !missing.empty())
      return missing;
    at = end;
  }
  return "";
}

// The files that pages take code from.
const std::vector<std::string>& sources() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> texts;
    const auto add = [&](const fs::path& file) {
      texts.push_back(fmt::format("\n{}", nava::test::content_of(file)));
    };
    for (const auto& entry : fs::recursive_directory_iterator{root / "examples"})
      if (entry.is_regular_file()) add(entry.path());
    for (const auto& entry : fs::directory_iterator{root / "tests" / "compile_fail"})
      if (entry.path().filename().string().starts_with("seed_")) add(entry.path());
    return texts;
  }();
  return all;
}

// Whether one of the files has these lines, with others only where the block says so.
bool is_source(const lines& content) {
  std::vector<std::string> fragments{"\n"};
  for (const std::string& line : content) {
    if (is_left_out(line))
      fragments.emplace_back("\n");
    else
      fragments.back().append(line).append("\n");
  }
  return std::any_of(sources().begin(), sources().end(), [&](const std::string& source) {
    std::size_t at = 0;
    for (const std::string& fragment : fragments) {
      at = source.find(fragment, at);
      if (at == std::string::npos) return false;
      at += fragment.size() - 1;
    }
    return true;
  });
}

std::string complaint(const block& one) {
  const bool is_code = one.language == "cpp" || one.language == "cmake" || one.language == "sql";
  if (is_code) return is_source(one.content) ? "" : "in no file: " + one.content.front();
  if (one.language == "console") {
    const auto missing = unprinted_in_console(one.content);
    return missing.empty() ? "" : "not printed: " + missing;
  }
  // What the documents of the outages quote is in no file of this tree.
  return one.language == "python" ? "" : "a block of an unknown language: " + one.language;
}

// Another compiler than g++ 12 words and wraps its messages in another way.
bool is_said_by_compiler(const block& one) {
  return one.language == "console" && !one.content.empty() &&
         one.content.front().starts_with("$ g++ ");
}

lines complaints_about(const fs::path& page, bool said_by_compiler = false) {
  auto blocks = blocks_of(nava::test::content_of(page));
  std::erase_if(blocks,
                [&](const block& one) { return is_said_by_compiler(one) != said_by_compiler; });
  lines complaints;
  for (const block& one : blocks)
    if (auto said = complaint(one); !said.empty()) complaints.push_back(std::move(said));
  if (blocks.empty()) complaints.emplace_back("a page without a block");
  return complaints;
}

std::set<std::string> matches(const std::string& text, const std::regex& pattern) {
  std::set<std::string> names;
  for (std::sregex_iterator at{text.begin(), text.end(), pattern}, end; at != end; ++at)
    names.insert((*at)[1]);
  return names;
}

// A rule is a class template that refuses in an assertion.
std::set<std::string> rules_in_headers() {
  static const std::regex rule{
      R"(template <[^;{}]*>\s*struct (\w+) \{\s*(?:(?:using type|static constexpr)[^;]*;\s*)?static_assert\()"};
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator{root / "include/nava/schema/refusals"})
    names.merge(matches(nava::test::content_of(entry.path()), rule));
  return names;
}

std::set<std::string> rules_in_page() {
  static const std::regex row{R"(\n\| `(\w+)` \|)"};
  return matches(nava::test::content_of(root / "docs/schema_rules.md"), row);
}

std::set<std::string> rules_with_a_case() {
  static const std::regex refused{R"(// refused:\s*(?://\s*)?(\w+)<)"};
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator{root / "tests/compile_fail"})
    if (entry.path().filename().string().ends_with(".fail.cpp"))
      names.merge(matches(nava::test::content_of(entry.path()), refused));
  return names;
}

}  // namespace

TEST_CASE("docs: relationships.md shows what the example says, and code that compiles") {
  CHECK(complaints_about(root / "docs" / "relationships.md") == lines{});
}

TEST_CASE("docs: relationships.md shows what g++ says") {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ == 12
  CHECK(complaints_about(root / "docs" / "relationships.md", true) == lines{});
#else
  nava::test::skip("the compiler is not g++ 12");
#endif
}

TEST_CASE("docs: extension_tables.md shows what the example says, and code that compiles") {
  CHECK(complaints_about(root / "docs" / "extension_tables.md") == lines{});
}

TEST_CASE("docs: every rule is on its page and has a case that breaks it, and no other is") {
  const auto rules = rules_in_headers();
  CHECK(rules.count("ambiguous_foreign_key_path") == 1);
  CHECK(rules.count("is_no_part_of_a_table") == 1);
  CHECK(rules_in_page() == rules);
  CHECK(rules_with_a_case() == rules);
}

TEST_CASE("docs: a line that was not printed is found, and one that is left out is not missed") {
  const lines printed{"a.cpp:4:12: error: wrong", "  4 | x", "done"};
  CHECK(unprinted({"a.cpp:…: error: wrong", "  4 | x", "done"}, printed) == "");
  CHECK(unprinted({"a.cpp:4:12: error: …", "…"}, printed) == "");
  CHECK(unprinted({"…", "done"}, printed) == "");
  CHECK(unprinted({"a.cpp:…: error: right", "…"}, printed) == "a.cpp:…: error: right");
  CHECK(unprinted({"a.cpp:4:12: error: wrong", "done"}, printed) == "done");
  CHECK(unprinted({"a.cpp:4:12: error: wrong"}, printed) != "");
  CHECK(unprinted({"…", "done", "  4 | x"}, printed) == "  4 | x");
  CHECK(unprinted({"…", "a…4 | x", "done"}, printed) == "a…4 | x");
}

TEST_CASE("docs: code that no file has is found") {
  CHECK(complaint({"cpp", {"constexpr auto tables = nothing;"}}) != "");
  CHECK(complaint({"cpp", {"struct organization {", "…", "struct contact {"}}) == "");
  CHECK(complaint({"cpp", {"struct contact {", "struct organization {"}}) != "");
  CHECK(complaint({"cpp", {"organization {"}}) != "");
  CHECK(complaint({"console", {"$ rm -rf"}}) != "");
  CHECK(complaint({"text", {"anything"}}) != "");
}

TEST_CASE(
    "docs: patterns.md has a row for each of the 43 patterns, and a test for each that it claims") {
  static const std::regex row{R"(\| (\d+) \| [^|]+ \| yes \|)"},
      refused{R"(\| (\d+) \| [^|]+ \| no \| [^|]+)"},
      test{R"x(TEST_CASE\(\s*"(?:pattern )?(\d+): )x"};
  const std::string page = nava::test::content_of(root / "docs/patterns.md");
  const auto claimed = matches(page, row);
  std::set<std::string> tested;
  for (const auto& entry : fs::directory_iterator{root / "tests/integration/patterns"})
    tested.merge(matches(nava::test::content_of(entry.path()), test));
  CHECK(claimed == tested);
  CHECK(claimed.size() + matches(page, refused).size() == 43);
}
