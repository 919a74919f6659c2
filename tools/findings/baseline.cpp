// SPDX-License-Identifier: Apache-2.0
#include "tools/findings/baseline.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tools/byte_order_mark.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view heading =
    "# Findings of nava schema that are known and fail no build: a rule and an object a line.\n"
    "# Remove a line when its fault is fixed.\n";

// They say that a program must not start on this database.
constexpr std::string_view never_known[] = {"missing-schema", "migrations-not-applied",
                                            "migrations-newer", "migration-name"};

constexpr std::string_view blanks = " \t\r";
[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw std::runtime_error{fmt::format("baseline {}: {}", printable(file), why)};
}

bool is_rule(std::string_view word, std::span<const inspection::lint_rule> rules) {
  if (rules.empty())
    return word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
  return std::any_of(rules.begin(), rules.end(),
                     [&](const inspection::lint_rule& rule) { return rule.id == word; });
}

bool is_entry(std::string_view line, std::span<const inspection::lint_rule> rules) {
  const std::size_t end = line.find(' ');
  return end != std::string_view::npos && end > 0 && end + 1 < line.size() &&
         is_rule(line.substr(0, end), rules);
}

bool can_be_known(std::string_view rule) {
  return std::ranges::find(never_known, rule) == std::end(never_known);
}

// Opening a FIFO would wait for somebody to write, and a device may have no end. A file whose size
// is a lie, as in /proc, is counted as it is read.
std::string content_of(const std::string& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found)
    refuse(file, "there is no such file; --write-baseline FILE makes one of what is found now");
  if (!fs::is_regular_file(status)) refuse(file, "is no regular file");
  std::ifstream in{file, std::ios::binary};
  std::string content;
  std::array<char, 64 * 1024> block{};
  while (in) {
    in.read(block.data(), block.size());
    content.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (content.size() > baseline_bytes_max) refuse(file, "is larger than a baseline can be");
  }
  if (!in.eof()) refuse(file, "cannot be read");
  return content;
}

// The file to replace: where links lead, so that they stay.
fs::path target_of(const std::string& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  const bool is_link = fs::is_symlink(fs::symlink_status(file, error));
  if (is_link && !fs::exists(status)) refuse(file, "is a link that leads nowhere");
  if (fs::exists(status) && !fs::is_regular_file(status)) refuse(file, "is no regular file");
  return is_link ? fs::canonical(file) : fs::path{file};
}

// Beside the file that it becomes, since a rename is atomic only within a file system.
class temporary_file {
 public:
  explicit temporary_file(const fs::path& file)
      : path_(fmt::format("{}.{}.tmp", file.string(), getpid())) {}
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

baseline read_baseline(const std::string& file, std::span<const inspection::lint_rule> rules) {
  std::istringstream in{content_of(file)};
  baseline entries;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (number == 1 && line.starts_with(byte_order_mark)) line.erase(0, byte_order_mark.size());
    line.erase(line.find_last_not_of(blanks) + 1);
    if (line.empty() || line.front() == '#') continue;
    if (!is_entry(line, rules))
      refuse(file, fmt::format("line {} is no rule and an object: {}", number, printable(line)));
    if (const std::string rule = line.substr(0, line.find(' ')); !can_be_known(rule))
      refuse(file, fmt::format("line {}: {} can never be known", number, rule));
    entries.insert(line);
  }
  return entries;
}

std::size_t write_baseline(const std::string& file,
                           const std::vector<inspection::finding>& findings) {
  baseline entries;
  for (const auto& each : findings)
    if (can_be_known(each.rule)) entries.insert(identity(each));
  const fs::path target = target_of(file);
  const temporary_file temporary{target};
  std::ofstream out{temporary.path(), std::ios::binary};
  out << heading;
  for (const std::string& line : entries) out << line << '\n';
  out.close();
  std::error_code error;
  if (out) fs::rename(temporary.path(), target, error);
  if (!out || error) refuse(file, "cannot be written");
  return entries.size();
}

findings_report without_known(std::vector<inspection::finding> findings, const baseline& known) {
  findings_report report;
  baseline stale = known;
  for (auto& each : findings) {
    const std::string line = identity(each);
    stale.erase(line);
    if (known.contains(line) && can_be_known(each.rule))
      ++report.known;
    else
      report.findings.push_back(std::move(each));
  }
  report.stale.assign(stale.begin(), stale.end());
  return report;
}

}  // namespace nava::tools
