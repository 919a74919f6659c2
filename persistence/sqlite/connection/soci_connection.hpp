// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soci/soci.h>

#include <memory>
#include <unordered_map>

#include "persistence/connection/connection.hpp"

namespace nava::persistence::sqlite {

/// A connection whose statements SOCI prepares and runs.
class soci_connection : public connection {
 public:
  using connection::execute;
  std::vector<row> execute(const statement& what, std::span<const argument> arguments) override;

 protected:
  explicit soci_connection(std::unique_ptr<soci::session> session,
                           std::shared_ptr<spdlog::logger> log = {});

  /// Rolls `failure` into an error.
  [[nodiscard]] virtual error translate(const soci::soci_error& failure) const = 0;

  [[nodiscard]] soci::session& session() const { return *session_; }

 private:
  // The statement comes last: it refers to the buffers and is destroyed before them.
  struct prepared {
    std::vector<std::string> in;
    std::vector<soci::indicator> in_indicators;
    std::vector<std::string> out;
    std::vector<soci::indicator> out_indicators;
    std::unique_ptr<soci::statement> statement;
  };

  prepared& prepare(const statement& what);
  [[nodiscard]] prepared prepared_now(const statement& what) const;
  static std::vector<row> fetch_all(prepared& ready);

  std::unique_ptr<soci::session> session_;
  std::unordered_map<std::uint64_t, prepared> prepared_;  ///< by the ids of statements
};

}  // namespace nava::persistence::sqlite
