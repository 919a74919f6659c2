// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/database_url.hpp>
#include <unordered_map>

#include "persistence/connection/connection.hpp"
#include "persistence/postgresql/connection/parameters.hpp"
#include "persistence/postgresql/connection/waiting.hpp"

namespace nava::persistence::postgresql {

/// A session on a PostgreSQL server, with the settings that the statements rely on, and with the
/// timeouts that every connection of ours has unless the URL or the server sets its own. Every
/// call ends by the deadline, whatever has become of the server: what is not answered then is
/// connection_lost, and the connection is of no more use.
class server_connection : public connection {
 public:
  /// Bounded by `limit`. Throws error (connection_lost) with libpq's reason when there is no server
  /// to talk to.
  explicit server_connection(const database_url& url, deadline limit = deadline::never(),
                             std::shared_ptr<spdlog::logger> log = {});

  using connection::execute;
  std::vector<row> execute(const statement& what, std::span<const argument> arguments) override;
  void run_script(const std::string& sql) override;
  [[nodiscard]] bool make_idle() noexcept override;
  [[nodiscard]] bool is_given_up() const noexcept override { return given_up_; }

 private:
  struct prepared {
    std::string name;
    std::vector<std::size_t> parameters;
  };

  [[nodiscard]] PGconn* native() const { return native_.get(); }
  [[nodiscard]] owned_result answer(bool was_sent);
  [[nodiscard]] const prepared& prepare(const statement& what);
  [[nodiscard]] error failed(const PGresult* result);
  [[nodiscard]] std::string constraint_in(const PGresult* failed);
  void forget(const statement& what);
  void give_up() noexcept;

  owned_connection native_;
  std::unordered_map<std::uint64_t, prepared> prepared_;  ///< by the ids of statements
  std::size_t prepared_ever_ = 0;
  bool given_up_ = false;  ///< in the middle of an answer that did not come in time
};

}  // namespace nava::persistence::postgresql
