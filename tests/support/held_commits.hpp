// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <nava/schema/text.hpp>

#include "support/databases.hpp"

namespace nava::test {

/// Keeps commits on chosen workflows in the server, without a lock that anybody waits for, until
/// they are let go.
class held_commits {
 public:
  /// Of a schema that has its tables.
  explicit held_commits(const postgresql_schema& database)
      : schema_(database.schema()), session_(database.raw()) {
    session_->run("CREATE TABLE IF NOT EXISTS held (id uuid PRIMARY KEY)");
    session_->run(fmt::format(
        "CREATE OR REPLACE FUNCTION stay_while_held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "WHILE EXISTS (SELECT FROM {0}.held WHERE id = new._id) LOOP "
        "PERFORM pg_sleep(0.005); END LOOP; RETURN new; END $$",
        schema_));
    session_->run(
        "CREATE OR REPLACE TRIGGER stay_while_held BEFORE UPDATE ON workflow FOR EACH ROW EXECUTE "
        "FUNCTION stay_while_held()");
  }

  void hold(const uuid& id) {
    session_->run(fmt::format("INSERT INTO held VALUES ('{}')", schema::to_text(id)));
  }
  void let_go(const uuid& id) {
    session_->run(fmt::format("DELETE FROM held WHERE id = '{}'", schema::to_text(id)));
  }
  void let_all_go() { session_->run("DELETE FROM held"); }

  /// Commits that are in the server and held.
  [[nodiscard]] std::size_t staying() {
    return std::stoul(session_->value(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%" +
        schema_ + "%'"));
  }

 private:
  const std::string schema_;
  std::unique_ptr<raw_session> session_;
};

}  // namespace nava::test
