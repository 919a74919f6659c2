// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/database_url.hpp>
#include <nava/persistence/notices.hpp>

#include "persistence/postgresql/connection/connecting.hpp"

namespace nava::persistence::postgresql {

/// The channel of a schema. PostgreSQL takes 63 bytes: schemas of long names that begin alike share
/// one, and wake each other in vain.
[[nodiscard]] std::string channel_of(std::string_view schema);

/// A notice as it is sent. `sender` has no blanks.
[[nodiscard]] std::string payload_of(const notice& each, std::string_view sender);

/// Hears what others than `sender` send.
class server_listener : public notice_listener {
 public:
  server_listener(const database_url& url, std::string sender, deadline limit,
                  std::shared_ptr<spdlog::logger> log);
  server_listener(const server_listener&) = delete;
  server_listener& operator=(const server_listener&) = delete;
  ~server_listener() override;

  std::vector<notice> wait(deadline limit) override;
  void interrupt() override;

 private:
  [[nodiscard]] std::vector<notice> received();

  const std::string sender_;
  const std::shared_ptr<spdlog::logger> log_;
  owned_connection native_;
  int interrupted_[2] = {-1, -1};  ///< a pipe: its reading and its writing end
};

}  // namespace nava::persistence::postgresql
