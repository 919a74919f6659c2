// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soci/postgresql/soci-postgresql.h>

#include <nava/persistence/database_url.hpp>
#include <unordered_map>

#include "persistence/connection.hpp"

namespace nava::persistence::postgresql {

/// A session on a PostgreSQL server, with the timeouts that every connection of ours has
/// unless the URL sets its own.
class server_connection : public connection {
 public:
  /// Throws error (connection_lost) with libpq's reason when there is no server to talk to.
  explicit server_connection(const database_url& url);

  using connection::execute;
  std::vector<row> execute(const statement& what, std::span<const argument> arguments) override;
  void run_script(const std::string& sql) override;
  [[nodiscard]] bool make_idle() noexcept override;

 protected:
  [[nodiscard]] error translate(const soci::soci_error& failure,
                                soci::statement* failed) const override;

 private:
  [[nodiscard]] PGconn* native() const;
  [[nodiscard]] const std::string& prepared_name(const statement& what);
  [[nodiscard]] error failure_of(const PGresult* failed) const;
  [[nodiscard]] std::string constraint_in(const PGresult* failed, std::string_view sqlstate) const;

  // SOCI reads text only; binary statements are prepared past it, under names of their own.
  std::unordered_map<const statement*, std::string> binary_names_;
  std::size_t binaries_prepared_ = 0;
};

}  // namespace nava::persistence::postgresql
