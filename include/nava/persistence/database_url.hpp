// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <string>
#include <string_view>

namespace nava::persistence {

/// The databases that can keep workflows.
enum class backend { postgresql, sqlite };

/// The database schema on PostgreSQL in which Nava's tables lie unless another one is named.
inline constexpr std::string_view default_schema = "nava";

/// Which database, and on PostgreSQL which schema of it:
///
///     sqlite:PATH          a file; migrating makes a missing one. PATH has no escapes: %, # and ?
///                          mean themselves. sqlite:file:…, sqlite://… and ?mode=ro are refused.
///                          A store resolves a relative path when it is opened.
///     sqlite::memory:      a database that lives as long as the store
///     postgresql://…       as libpq reads it; `postgresql://` alone takes everything from the
///                          environment, `postgresql:///?service=NAME` from a service file
///
/// An immutable value; threads may share one. The constructor throws error (invalid_input) for any
/// other text. Calls on Nava's tables throw it for a schema whose name is not [a-z_][a-z0-9_]* of
/// at most 63 bytes, or that is the server's own; inspection::read_catalog() takes any.
class NAVA_EXPORT database_url {
 public:
  /// Parses `text` and connects to nothing. `schema` is checked by the calls that use it.
  explicit database_url(std::string_view text, std::string_view schema = default_schema);

  /// Returns `sqlite` for a text that begins with `sqlite:`, else `postgresql`.
  [[nodiscard]] persistence::backend backend() const noexcept { return backend_; }
  /// Returns the path (`:memory:` for a database in memory), or the whole URL for libpq.
  [[nodiscard]] const std::string& location() const noexcept { return location_; }
  /// On PostgreSQL. A SQLite file has one schema, whatever stands here.
  [[nodiscard]] const std::string& schema() const noexcept { return schema_; }
  /// The same database with another schema.
  [[nodiscard]] database_url in_schema(std::string_view schema) const;
  /// Returns true for `sqlite::memory:` alone.
  [[nodiscard]] bool in_memory() const noexcept;
  /// Returns the URL with `***` for each password.
  [[nodiscard]] std::string printable() const;

 private:
  persistence::backend backend_;
  std::string location_;
  std::string schema_;
};

}  // namespace nava::persistence
