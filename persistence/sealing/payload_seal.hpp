// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <nava/persistence/store.hpp>
#include <string>
#include <vector>

#include "persistence/rows/row_text.hpp"
#include "persistence/sealing/kept_keys.hpp"
#include "persistence/sealing/payload_columns.hpp"

namespace nava::persistence {

/// Tasks of a claim whose payloads could not be unsealed.
struct given_back_tasks {
  std::vector<settlement> tasks;  ///< to be claimed again later, with the attempts they had
  std::exception_ptr failure{};   ///< of the key ring, where that is why
};

/// Seals what a store writes and unseals what it reads, each workflow by its own key. Without a
/// key ring it lets pass what is not sealed, and refuses what is. Thread-safe.
///
/// Throws unreadable_value for what it cannot unseal; error (invalid_input) for what cannot be
/// stored, or looks sealed and is not; and what the key ring throws, where nothing was written.
class payload_seal {
 public:
  /// Whether a row of a workflow is sealed, by the database.
  using sealed_function = std::function<bool(const uuid&, deadline)>;

  payload_seal(std::shared_ptr<key_ring> keys, sealed_function has_sealed_rows,
               std::shared_ptr<spdlog::logger> log);

  [[nodiscard]] bool is_on() const { return keys_ != nullptr; }

  ///@{
  /// What is written.
  [[nodiscard]] unit_of_work sealed(const unit_of_work& unit, deadline limit);
  void expect_plain(const unit_of_work& unit) const;
  void seal(const schema::table_description& table, json::array& rows, deadline limit);
  [[nodiscard]] std::vector<settlement> sealed(std::span<const settlement> ended, deadline limit);
  /// Leaves out the progress that it cannot seal, and logs it: the lease is to be renewed.
  [[nodiscard]] std::vector<renewal> sealed(std::span<const renewal> leases, deadline limit);
  /// Of renewals or settlements.
  template <class Lease>
  void expect_plain(std::span<const Lease> leases) const;
  ///@}

  ///@{
  /// What was read.
  void open(loaded_workflow& loaded, deadline limit);
  void open(workflow_history& past, deadline limit);
  void open(const schema::table_description& table, std::vector<json::object>& rows,
            deadline limit);
  /// Moves tasks that it cannot unseal from `claimed` to those that are given back, and logs them:
  /// one must not keep the others from being run, nor lose its attempts.
  [[nodiscard]] given_back_tasks open(claimed_tasks& claimed, deadline limit);
  /// Has for an error that it cannot unseal why not.
  void open(std::vector<listed_task>& listed, deadline limit);
  ///@}

  /// Whether any row is sealed, of a past as it is stored.
  [[nodiscard]] static bool is_sealed(const workflow_history& stored);

 private:
  template <class Lease>
  void seal_lease(Lease& lease, deadline limit);
  template <class Table, class Rows>
  void open_rows(Rows&& rows, deadline limit);
  void open_state(workflow_state& state, deadline limit);
  template <class Value>
  void open_value(Value& value, const uuid& workflow_id, const payload_place& place,
                  deadline limit);
  [[nodiscard]] std::string opened(std::string_view sealed, const uuid& workflow_id,
                                   const payload_place& place, deadline limit);

  /// Has the keys of these workflows in memory, as far as there are any.
  void fetch(std::vector<uuid> workflow_ids, deadline limit);
  [[nodiscard]] workflow_key key_to_write(const uuid& workflow_id, deadline limit);
  [[nodiscard]] workflow_key made_key(const uuid& workflow_id, deadline limit);
  [[nodiscard]] std::optional<workflow_key> found_key(const uuid& workflow_id, deadline limit);

  const std::shared_ptr<key_ring> keys_;
  const sealed_function has_sealed_rows_;
  const std::shared_ptr<spdlog::logger> log_;
  kept_keys kept_;
};

}  // namespace nava::persistence
