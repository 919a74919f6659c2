// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nava/schema/types.hpp>
#include <span>
#include <string>

#include "benchmarks/options.hpp"

/// Ways to delete workflows without Nava. Each has a connection of its own and statements that are
/// prepared once.
namespace nava::benchmarks {

class deletes {
 public:
  virtual ~deletes() = default;
  /// Deletes one workflow with all its rows, durably; throws where it was not there.
  virtual void erase(const uuid& id) = 0;
  /// Deletes a batch of them in one transaction, likewise.
  virtual void erase_batch(std::span<const uuid> ids) = 0;
};

/// The floor: `DELETE FROM workflow`, one statement for one workflow as for a batch of ids,
/// prepared on libpq or sqlite3. The cascade is the database's.
[[nodiscard]] std::unique_ptr<deletes> plain_deletes(const options& given,
                                                     const std::string& schema);

/// What those do who have no foreign keys: a DELETE per table in one transaction, sent at once.
/// PostgreSQL.
[[nodiscard]] std::unique_ptr<deletes> deletes_by_hand(const options& given,
                                                       const std::string& schema);

/// Through SOCI in a transaction: reads the keys of the child rows and deletes each by a statement.
[[nodiscard]] std::unique_ptr<deletes> row_by_row_deletes(const options& given,
                                                          const std::string& schema);

}  // namespace nava::benchmarks
