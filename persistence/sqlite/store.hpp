// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <nava/persistence/store.hpp>

#include "persistence/connection_pool.hpp"
#include "persistence/migration.hpp"
#include "persistence/parts.hpp"
#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/statements.hpp"

namespace nava::persistence::sqlite {

/// The store in a SQLite file. Readers run beside each other and beside the one writer.
class file_store : public store {
 public:
  file_store(const database_url& url, const store_options& options);

  [[nodiscard]] commit_result create(const unit_of_work& unit) override;
  [[nodiscard]] commit_result commit(const unit_of_work& unit) override;
  [[nodiscard]] std::optional<loaded_workflow> load(const uuid& id,
                                                    std::string_view event_key) override;
  [[nodiscard]] std::vector<loaded_workflow> load(std::string_view resource_name,
                                                  std::string_view resource_id,
                                                  std::string_view event_key) override;
  [[nodiscard]] std::optional<workflow_history> history(const uuid& id) override;
  bool erase(const uuid& id) override;
  [[nodiscard]] std::vector<table_rows> count_rows(const uuid& id) override;
  [[nodiscard]] std::vector<schema::workflow> list(const list_request& request) override;
  std::vector<schema::workflow_definition> register_definitions(
      std::span<const schema::workflow_definition> definitions) override;

 private:
  commit_result apply(verb root, const unit_of_work& unit);
  // In memory there is one connection for all: another would see another database.
  [[nodiscard]] connection_pool::lease reader();

  const statement_set statements_;
  const migrator migrator_;
  connection_pool writer_;
  connection_pool readers_;
  const bool in_memory_;
};

/// Looks at the database, if it is there, before anything touches it. Throws error: not_found
/// or incompatible_schema as `policy` has it.
void inspect(const database_url& url, const migrator& migrator, store_options::schema_policy policy,
             std::chrono::milliseconds busy_timeout);

}  // namespace nava::persistence::sqlite
