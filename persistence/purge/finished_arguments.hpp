// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "persistence/connection/connection.hpp"
#include "persistence/purge/finished_batch.hpp"

namespace nava::persistence {

/// A request for finished workflows as text, which every statement about them takes whole, under
/// these names.
class finished_arguments {
 public:
  /// Throws error (invalid_input) for a request that is not as finished_request says.
  explicit finished_arguments(const finished_request& request);

  [[nodiscard]] static std::vector<std::string> names() {
    return {"until", "after_time", "after_id", "statuses", "wfdef_key", "batch"};
  }
  /// Of statements that look at a whole walk.
  [[nodiscard]] static std::vector<std::string> names_of_walk() {
    return {"until", "after_time", "after_id", "statuses", "wfdef_key"};
  }
  std::vector<connection::row> execute_walk(connection& on, const statement& what) const {
    return on.execute(what, {until_, after_time_, after_id_, statuses_, wfdef_key_});
  }
  std::vector<connection::row> execute(connection& on, const statement& what) const {
    return on.execute(what, {until_, after_time_, after_id_, statuses_, wfdef_key_, batch_});
  }
  /// Of a statement that takes one argument more.
  std::vector<connection::row> execute_with(connection& on, const statement& what,
                                            const std::optional<std::string>& last) const {
    return on.execute(what, {until_, after_time_, after_id_, statuses_, wfdef_key_, batch_, last});
  }
  std::vector<connection::row> execute_write(connection& on, const statement& what) const {
    return on.execute_write(what, {until_, after_time_, after_id_, statuses_, wfdef_key_, batch_});
  }

 private:
  std::string until_;
  std::string after_time_, after_id_;  ///< before any workflow where the request names no place
  std::string statuses_;               ///< as a JSON array
  std::optional<std::string> wfdef_key_;
  std::string batch_;
};

/// What a row of a statement says of a batch: workflows picked, place of the next batch.
[[nodiscard]] finished_batch batch_from(const connection::row& row);

}  // namespace nava::persistence
