// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <utility>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/postgresql/statements/queue_limit_statements.hpp"
#include "persistence/postgresql/statements/server_inbox_statements.hpp"
#include "persistence/postgresql/statements/server_statements.hpp"
#include "persistence/postgresql/statements/task_statements.hpp"
#include "persistence/sql_store.hpp"
#include "persistence/tasks/task_arguments.hpp"

namespace nava::persistence::postgresql {

/// The store on a PostgreSQL server. Create, commit, load and erase are one statement and one
/// round trip each; a unit that did not apply costs a
/// second one. Commits that come at once share theirs, and one that did not apply then costs two
/// more.
class server_store : public sql_store {
 public:
  server_store(const database_url& url, const store_options& options,
               const connection_wrap& wrap = {});

  claimed_tasks claim(const claim_request& request, deadline limit) override;
  [[nodiscard]] std::optional<std::chrono::microseconds> next_due(
      std::span<const agenda_lane> lanes, deadline limit) override;
  void limit_running(std::string_view queue, std::size_t most, deadline limit) override;
  [[nodiscard]] std::size_t running_limit(std::string_view queue, deadline limit) override;
  [[nodiscard]] std::vector<listed_task> list_tasks(const task_list& which,
                                                    deadline limit) override;
  void limit_rate(std::string_view queue, const std::optional<task_rate>& rate,
                  deadline limit) override;
  [[nodiscard]] std::optional<task_rate> rate_limit(std::string_view queue,
                                                    deadline limit) override;
  std::vector<std::optional<lease_loss>> renew(std::span<const renewal> leases,
                                               std::chrono::milliseconds lease,
                                               deadline limit) override;
  std::vector<std::optional<lease_loss>> settle(std::span<const settlement> ended,
                                                deadline limit) override;

  [[nodiscard]] bool carries_notices() const override { return true; }
  void tell(std::span<const notice> notices, deadline limit) override;
  [[nodiscard]] std::unique_ptr<notice_listener> listen(deadline limit) override;

  claimed_events claim_events(const inbox_claim& request, deadline limit) override;
  earlier_events claim_earlier(const schema::workflow_inbox& than, const inbox_claim& request,
                               deadline limit) override;
  std::size_t settle_events(std::span<const inbox_settlement> ended, deadline limit) override;

 private:
  server_store(const database_url& url, const store_options& options, const connection_wrap& wrap,
               layout layout);

  [[nodiscard]] connection_pool::lease reader(deadline limit) override {
    return pool_.acquire(limit);
  }
  [[nodiscard]] connection_pool::lease writer(deadline limit) override {
    return pool_.acquire(limit);
  }
  [[nodiscard]] statement rows_statement(const schema::table_description& table,
                                         verb what) const override {
    return postgresql::rows_statement(schema_, table, what);
  }
  [[nodiscard]] statement related_statement(const related_request& what) const override {
    return postgresql::related_statement(schema_, what);
  }
  [[nodiscard]] finished_batch erase_batch(connection& on,
                                           const finished_arguments& what) const override;
  std::vector<table_rows> erase_counted(const uuid& id, deadline limit) override;
  commit_result apply(verb root, const ready_unit& unit, deadline limit) override;
  /// In a transaction that ends with a look for a tombstone.
  commit_result create_unless_deleted(connection& on, const statement& create,
                                      std::span<const connection::argument> arguments,
                                      const ready_unit& unit) const;
  std::vector<bool> apply_all(std::span<const ready_unit* const> units, deadline limit) override;
  [[nodiscard]] std::string lock_holders(const uuid& id) override;

  /// Places of leases, and why a statement refused each.
  using refused_leases = std::vector<std::pair<std::size_t, lease_loss>>;
  using lease_function =
      std::function<refused_leases(connection& on, bool around_locks, const std::string& rows)>;
  static refused_leases refused_in(const std::vector<connection::row>& rows);
  std::vector<std::optional<lease_loss>> for_leases(std::span<const lease_arguments> leases,
                                                    const lease_function& run, deadline limit);

  using make_statement = statement (*)(std::string_view schema, layout layout, unit_shape shape,
                                       const extension_tables& extensions);
  const statement& statement_for(std::string_view name, make_statement make, unit_shape& shape,
                                 const extension_tables& extensions);

  const database_url url_;
  const std::shared_ptr<spdlog::logger> log_;
  const std::string sender_;  ///< of notices
  const std::string schema_;
  const layout layout_;
  const statement table_lock_holders_, row_lock_holders_, hold_;
  const task_statements tasks_;
  const queue_limit_statements limits_;
  const server_inbox_statements inbox_;
  const statement tell_;
  statement_cache unit_statements_;
  std::mutex asking_;  // who holds a lock
  connection_pool pool_;
};

}  // namespace nava::persistence::postgresql
