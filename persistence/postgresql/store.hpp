// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "persistence/parts.hpp"
#include "persistence/postgresql/statements.hpp"
#include "persistence/sql_store.hpp"

namespace nava::persistence::postgresql {

/// The store on a PostgreSQL server. Create, commit, load and erase are one statement and one
/// round trip each; a unit that did not apply costs a second one.
class server_store : public sql_store {
 public:
  server_store(const database_url& url, const store_options& options);

  [[nodiscard]] commit_result create(const unit_of_work& unit) override;
  [[nodiscard]] commit_result commit(const unit_of_work& unit) override;

 private:
  server_store(const database_url& url, const store_options& options, layout layout);

  [[nodiscard]] connection_pool::lease reader() override { return pool_.acquire(); }
  [[nodiscard]] connection_pool::lease writer() override { return pool_.acquire(); }
  [[nodiscard]] statement rows_statement(const schema::table_description& table,
                                         verb what) const override {
    return postgresql::rows_statement(schema_, table, what);
  }
  [[nodiscard]] statement related_statement(const related_request& what) const override {
    return postgresql::related_statement(schema_, what);
  }
  commit_result apply(verb root, const unit_of_work& unit);

  const std::string schema_;
  const unit_statements statements_;
  connection_pool pool_;
};

}  // namespace nava::persistence::postgresql
