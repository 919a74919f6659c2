// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "persistence/commit/unit_parts.hpp"
#include "persistence/migration/migrator.hpp"
#include "persistence/sql_store.hpp"
#include "persistence/sqlite/connection/file_connection.hpp"
#include "persistence/sqlite/file_inbox_statements.hpp"
#include "persistence/sqlite/file_statements.hpp"
#include "persistence/sqlite/file_task_statements.hpp"
#include "persistence/tasks/rate.hpp"
#include "persistence/tasks/task_arguments.hpp"

namespace nava::persistence::sqlite {

/// The store in a SQLite file. Readers run beside each other and beside the one writer.
class file_store : public sql_store {
 public:
  file_store(const database_url& given, const store_options& options,
             const connection_wrap& wrap = {});

  finished_batch erase_finished(const finished_request& request) override;

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

  claimed_events claim_events(const inbox_claim& request, deadline limit) override;
  earlier_events claim_earlier(const schema::workflow_inbox& than, const inbox_claim& request,
                               deadline limit) override;
  std::size_t settle_events(std::span<const inbox_settlement> ended, deadline limit) override;

 private:
  file_store(const database_url& url, const store_options& options, const connection_wrap& wrap,
             bool in_memory);
  // In memory there is one connection for all: another would see another database.
  [[nodiscard]] connection_pool::lease reader(deadline limit) override {
    return in_memory_ ? writer_.acquire(limit) : readers_.acquire(limit);
  }
  [[nodiscard]] connection_pool::lease writer(deadline limit) override {
    return writer_.acquire(limit);
  }
  [[nodiscard]] statement rows_statement(const schema::table_description& table,
                                         verb what) const override {
    return sqlite::rows_statement(table, what);
  }
  [[nodiscard]] statement related_statement(const related_request& what) const override {
    return sqlite::related_statement(what);
  }
  [[nodiscard]] finished_batch erase_batch(connection& on,
                                           const finished_arguments& what) const override;
  [[nodiscard]] bool erase_alone(connection& on, const std::string& id) const override;
  [[nodiscard]] bool erase_within(connection& on, const std::string& id) const override;
  [[nodiscard]] std::optional<std::string> tombstone_end() const;
  std::vector<table_rows> erase_counted(const uuid& id, deadline limit) override;
  commit_result apply(verb root, const ready_unit& unit, deadline limit) override;
  std::vector<bool> apply_all(std::span<const ready_unit* const> units, deadline limit) override;
  /// False, with nothing written, where the workflow is not as the unit expects it.
  bool write(connection& on, verb root, const ready_unit& unit);

  /// A claim whose payloads are as they are stored.
  [[nodiscard]] claimed_tasks lease_tasks(const claim_request& request, deadline limit);
  /// The lane of the request whose first task has waited longest; none where no lane has one.
  [[nodiscard]] std::optional<std::size_t> longest_waiting(const claim_request& request,
                                                           timestamp now, deadline limit);
  /// Calls `write(connection, lease)` for each in one transaction, and asks why where it is false.
  template <class Write>
  std::vector<std::optional<lease_loss>> for_leases(std::span<const lease_arguments> leases,
                                                    deadline limit, Write write);
  [[nodiscard]] std::optional<rate_bucket> bucket_of(connection& on, std::string_view queue,
                                                     timestamp now) const;
  bool end_task(connection& on, const lease_arguments& each, timestamp now) const;
  bool postpone_task(connection& on, const lease_arguments& each, timestamp now) const;

  /// SQLite has no clock of its own that counts microseconds.
  [[nodiscard]] timestamp now() const;
  [[nodiscard]] std::optional<timestamp> own_time() const override { return now(); }

  const unit_statements statements_;
  const task_statements tasks_;
  const file_inbox_statements inbox_;
  const migrator migrator_;
  /// Of the file that all connections are to, whatever becomes of its path; none in memory.
  std::optional<file_identity> identity_;
  connection_pool writer_;
  connection_pool readers_;
  const bool in_memory_;
  const std::function<timestamp()> clock_;
};

/// Throws error (not_found) for a database in memory, which nobody has made before, and for a file
/// that is not there.
void expect_file(const database_url& url);

}  // namespace nava::persistence::sqlite
