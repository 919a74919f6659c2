// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soci/postgresql/soci-postgresql.h>

#include <nava/persistence/database_url.hpp>

#include "persistence/connection.hpp"

namespace nava::persistence::postgresql {

/// A session on a PostgreSQL server, with the timeouts that every connection of ours has
/// unless the URL sets its own.
class server_connection : public connection {
 public:
  /// Throws error (connection_lost) with libpq's reason when there is no server to talk to.
  explicit server_connection(const database_url& url);

  void run_script(const std::string& sql) override;
  [[nodiscard]] bool make_idle() noexcept override;

 protected:
  [[nodiscard]] error translate(const soci::soci_error& failure,
                                soci::statement* failed) const override;

 private:
  [[nodiscard]] PGconn* native() const;
  [[nodiscard]] std::string constraint_in(const PGresult* failed, std::string_view sqlstate) const;
};

}  // namespace nava::persistence::postgresql
