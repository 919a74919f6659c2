// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/databases.hpp"

namespace nava::test {

/// A role with a name of its own that may connect, and what `rights` grants it: `SELECT ON ALL
/// TABLES IN SCHEMA s`. Gone afterwards; declare it after the database that it works in.
class postgresql_role {
 public:
  explicit postgresql_role(const postgresql_schema& database,
                           const std::vector<std::string>& rights = {})
      : name_(database.schema() + "_reader"), session_(database.raw()) {
    session_->run("CREATE ROLE " + name_);
    try {
      for (const std::string& right : rights)
        session_->run(fmt::format("GRANT {} TO {}", right, name_));
    } catch (...) {
      drop();
      throw;
    }
  }
  postgresql_role(const postgresql_role&) = delete;
  postgresql_role& operator=(const postgresql_role&) = delete;
  ~postgresql_role() { drop(); }

  [[nodiscard]] const std::string& name() const { return name_; }
  /// Of sessions that work in this role.
  [[nodiscard]] std::string url() const {
    return with_parameter(postgresql_url(), "options=-c%20role%3D" + name_);
  }

 private:
  // A role stays in the server for good, so each is tried whatever became of the other.
  void drop() {
    for (const char* const format : {"DROP OWNED BY {} CASCADE", "DROP ROLE {}"}) {
      try {
        session_->run(fmt::format(fmt::runtime(format), name_));
      } catch (const std::runtime_error& failure) {
        WARN(failure.what());
      }
    }
  }

  std::string name_;
  std::unique_ptr<raw_session> session_;
};

/// A database of its own on the server of NAVA_TEST_POSTGRES, so that what the server counts there
/// is of this test alone. Gone afterwards, with sessions that are still in it.
class postgresql_database {
 public:
  postgresql_database() : name_(schema_.schema() + "_database"), session_(schema_.raw()) {
    session_->run(fmt::format("CREATE DATABASE {} TEMPLATE template0", name_));
  }
  postgresql_database(const postgresql_database&) = delete;
  postgresql_database& operator=(const postgresql_database&) = delete;
  ~postgresql_database() {
    try {
      session_->run(fmt::format("DROP DATABASE {} WITH (FORCE)", name_));
    } catch (const std::runtime_error& failure) {
      WARN(failure.what());
    }
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string url() const {
    return with_parameter(postgresql_url(), "dbname=" + name_);
  }
  [[nodiscard]] std::unique_ptr<raw_session> raw(const std::string& schema = "public") const {
    return raw_postgresql(url(), schema);
  }
  /// In another database of the server.
  [[nodiscard]] raw_session& outside() const { return *session_; }

 private:
  postgresql_schema schema_;
  std::string name_;
  std::unique_ptr<raw_session> session_;
};

}  // namespace nava::test
