// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <nava/persistence/database_url.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nava::persistence::sqlite {

/// Which file a path leads to.
struct file_identity {
  dev_t device = 0;
  ino_t inode = 0;

  friend bool operator==(const file_identity&, const file_identity&) = default;
};

/// Empty where the path leads to no file.
[[nodiscard]] std::optional<file_identity> identity_of(const std::string& path) noexcept;

/// Returns where there is a file, or nothing yet. Throws error (invalid_input) for a folder, a
/// pipe, a socket and a device, which SQLite would open, and might wait for without end.
void expect_file_or_nothing(const database_url& url);

/// The files that a connection has open, to tell whether their paths still lead to them. Whatever
/// is written to a file that was deleted, moved or replaced is lost to all others.
class open_files {
 public:
  /// Remembers the file that `path` leads to now.
  void add(std::string path);

  /// The first path that leads elsewhere, or null. One stat() for each file.
  [[nodiscard]] const std::string* first_gone() const noexcept;

 private:
  struct opened {
    std::string path;
    std::optional<file_identity> identity;
  };
  std::vector<opened> files_;
};

}  // namespace nava::persistence::sqlite
