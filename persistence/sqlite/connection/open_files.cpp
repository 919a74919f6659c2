// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/connection/open_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nava/workflow/error.hpp>

namespace nava::persistence::sqlite {
namespace {

// Empty for a file, and for what cannot be looked at: SQLite says why it cannot open that.
std::string_view other_than_file(std::filesystem::file_type type) {
  using std::filesystem::file_type;
  switch (type) {
    case file_type::directory:
      return "folder; name a file in it";
    case file_type::fifo:
      return "pipe; name a file";
    case file_type::socket:
      return "socket; name a file";
    case file_type::block:
    case file_type::character:
      return "device; name a file";
    default:
      return {};
  }
}

}  // namespace

std::optional<file_identity> identity_of(const std::string& path) noexcept {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return file_identity{found.st_dev, found.st_ino};
}

void expect_file_or_nothing(const database_url& url) {
  if (url.in_memory()) return;
  std::error_code unreadable;
  const auto found = other_than_file(std::filesystem::status(url.location(), unreadable).type());
  if (!found.empty())
    throw error{error_kind::invalid_input, fmt::format("{} is a {}", url.printable(), found)};
}

void open_files::add(std::string path) {
  const auto identity = identity_of(path);
  files_.push_back({std::move(path), identity});
}

const std::string* open_files::first_gone() const noexcept {
  const auto gone = std::find_if(files_.begin(), files_.end(), [](const opened& each) {
    return !each.identity || identity_of(each.path) != each.identity;
  });
  return gone == files_.end() ? nullptr : &gone->path;
}

}  // namespace nava::persistence::sqlite
