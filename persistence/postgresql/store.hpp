// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/store.hpp>

#include "persistence/connection_pool.hpp"
#include "persistence/migration.hpp"
#include "persistence/postgresql/statements.hpp"

namespace nava::persistence::postgresql {

/// The store on a PostgreSQL server. Commit, create, load and erase are one statement and one
/// round trip each; what did not apply costs a second, to tell a conflict from a repetition.
class server_store : public store {
 public:
  server_store(const database_url& url, const store_options& options);

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
  commit_result apply(const statement& how, const unit_of_work& unit);

  // The statements come first: connections remember their addresses.
  const statement_set statements_;
  const migrator migrator_;
  connection_pool pool_;
};

}  // namespace nava::persistence::postgresql
