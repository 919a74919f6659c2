// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace nava::persistence {

enum class backend { postgresql, sqlite };

/// Where a database is:
///
///     sqlite:PATH          a file; migrating makes a missing one. PATH has no escapes: %, # and ?
///                          mean themselves. sqlite:file:…, sqlite://… and ?mode=ro are refused.
///                          A store resolves a relative path when it is opened.
///     sqlite::memory:      a database that lives as long as the store
///     postgresql://…       as libpq reads it; `postgresql://` alone takes everything from the
///                          environment, `postgresql:///?service=NAME` from a service file
///
/// An immutable value. The constructor throws error (invalid_input) for anything else.
class database_url {
 public:
  explicit database_url(std::string_view text);

  [[nodiscard]] persistence::backend backend() const noexcept { return backend_; }
  /// Returns the path (`:memory:` for a database in memory), or the whole URL for libpq.
  [[nodiscard]] const std::string& location() const noexcept { return location_; }
  [[nodiscard]] bool in_memory() const noexcept;
  /// Returns the URL with `***` for each password.
  [[nodiscard]] std::string printable() const;

 private:
  persistence::backend backend_;
  std::string location_;
};

}  // namespace nava::persistence
