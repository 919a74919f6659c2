// SPDX-License-Identifier: Apache-2.0
#include "tools/baseline.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tools/terminal.hpp"

namespace nava::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view heading =
    "# Findings of nava schema that are known and fail no build: a rule and an object a line.\n"
    "# Take a line out when its fault is mended.\n";

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw std::runtime_error{fmt::format("baseline {}: {}", printable(file), why)};
}

bool is_rule(std::string_view word, std::span<const schema::lint_rule> rules) {
  if (rules.empty())
    return word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
  return std::any_of(rules.begin(), rules.end(),
                     [&](const schema::lint_rule& rule) { return rule.id == word; });
}

bool is_entry(std::string_view line, std::span<const schema::lint_rule> rules) {
  const std::size_t end = line.find(' ');
  return end != std::string_view::npos && end > 0 && end + 1 < line.size() &&
         is_rule(line.substr(0, end), rules);
}

// Beside the file that it becomes, since a rename is atomic only within a file system.
class temporary_file {
 public:
  explicit temporary_file(const std::string& file)
      : path_(fmt::format("{}.{}.tmp", file, getpid())) {}
  ~temporary_file() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

baseline read_baseline(const std::string& file, std::span<const schema::lint_rule> rules) {
  std::error_code error;
  if (!fs::exists(file, error))
    refuse(file, "there is no such file; --write-baseline FILE makes one of what is found now");
  if (fs::is_directory(file, error)) refuse(file, "is a directory");
  if (const auto bytes = fs::file_size(file, error); !error && bytes > baseline_bytes_max)
    refuse(file, "is larger than a baseline can be");
  std::ifstream in{file, std::ios::binary};
  baseline entries;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    if (!is_entry(line, rules))
      refuse(file, fmt::format("line {} is no rule and an object: {}", number, printable(line)));
    entries.insert(line);
  }
  if (!in.eof()) refuse(file, "cannot be read");
  return entries;
}

void write_baseline(const std::string& file, const std::vector<schema::finding>& findings) {
  baseline entries;
  for (const auto& each : findings) entries.insert(identity(each));
  const temporary_file temporary{file};
  std::ofstream out{temporary.path(), std::ios::binary};
  out << heading;
  for (const std::string& line : entries) out << line << '\n';
  out.close();
  std::error_code error;
  if (out) fs::rename(temporary.path(), file, error);
  if (!out || error) refuse(file, "cannot be written");
}

findings_report without_known(std::vector<schema::finding> findings, const baseline& known) {
  findings_report report;
  baseline stale = known;
  for (auto& each : findings) {
    const std::string line = identity(each);
    stale.erase(line);
    if (known.contains(line))
      ++report.known;
    else
      report.findings.push_back(std::move(each));
  }
  report.stale.assign(stale.begin(), stale.end());
  return report;
}

}  // namespace nava::tools
