// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nava/persistence/database_url.hpp>
#include <nava/schema/types.hpp>
#include <string>

namespace nava::benchmarks {

/// The floor of a delete: one statement, prepared by hand on libpq or sqlite3, on the same
/// tables. The cascade is the database's own in both cases.
class plain_delete {
 public:
  virtual ~plain_delete() = default;
  virtual void erase(const uuid& id) = 0;
};

[[nodiscard]] std::unique_ptr<plain_delete> open_plain_delete(const persistence::database_url& url,
                                                              const std::string& schema);

}  // namespace nava::benchmarks
