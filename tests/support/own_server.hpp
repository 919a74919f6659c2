// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/databases.hpp"
#include "support/program.hpp"

namespace nava::test {

/// A PostgreSQL server of the running case on a unix socket, with a database `nava_test`, to be
/// killed, begun again and copied. It ends with the object, and with the thread that began it. Used
/// by one thread at a time.
class own_server {
 public:
  using settings = std::vector<std::string>;  ///< `name=value` each
  /// By which a primary knows its replica; a backup that is being made has another.
  static constexpr std::string_view name = "nava_server";

  /// Whether the programs of a server are here, and may be run. False also skips the running case,
  /// which then returns.
  [[nodiscard]] static bool available();

  /// A place for a server, which does not run yet.
  explicit own_server(settings given = {});
  own_server(const own_server&) = delete;
  own_server& operator=(const own_server&) = delete;
  ~own_server();

  /// Makes an empty database, and begins.
  void make();
  /// Takes connections by TCP at 127.0.0.1 too, from the next begin on.
  void listen();
  /// From the next begin on, its files cannot grow between fill_disk() and free_disk().
  void use_disk_that_fills();
  void fill_disk() const;
  void free_disk() const;
  /// What its log says up to now.
  [[nodiscard]] std::string log() const { return server_->errors_so_far(); }
  /// A server that listens and runs has a certificate of `name` from now on, which vouches for
  /// itself. Gives its file.
  std::filesystem::path encrypt_as(const std::string& name);
  /// Makes a streaming replica of a server that runs in place of what is here, and begins.
  void make_replica_of(const own_server& primary);
  /// Takes sessions when it returns.
  void begin();
  /// Waits until it takes sessions again, where it recovers on its own.
  void await();
  /// The same for one that may have ended.
  void revive();
  /// As `pg_ctl stop -m immediate`: no session ends well, and nothing more is written.
  void end_at_once();
  /// As `pg_ctl stop -m fast`: transactions are rolled back.
  void end();
  /// A replica takes writes from now on.
  void promote();

  [[nodiscard]] std::string host() const { return directory_.path(); }
  [[nodiscard]] std::string url() const { return url_of(host()) + port_of_url(); }
  /// By TCP, where it listens. The name is looked up nowhere.
  [[nodiscard]] std::string url_as(const std::string& name) const;
  /// Of the server that takes writes, this one or the other.
  [[nodiscard]] std::string url_with(const own_server& other) const;
  /// A session in its database.
  [[nodiscard]] std::unique_ptr<raw_session> raw(const std::string& schema = "public") const;

 private:
  [[nodiscard]] static std::string url_of(const std::string& hosts);
  [[nodiscard]] std::string port_of_url() const { return "&port=" + std::to_string(port_); }
  [[nodiscard]] std::string full_disk_library() const { return host() + "/full_disk.so"; }
  [[nodiscard]] std::string full_mark() const { return host() + "/full"; }
  [[nodiscard]] std::string data() const { return directory_.path() / "data"; }
  [[nodiscard]] std::unique_ptr<program> run(const std::string& name,
                                             std::vector<std::string> arguments) const;
  void run_to_end(const std::string& name, std::vector<std::string> arguments) const;
  void stop(int signal);
  [[nodiscard]] bool is_up() const;

  temporary_directory directory_;
  settings settings_;
  int port_ = 5432;
  bool disk_fills_ = false;
  std::unique_ptr<program> server_;
};

}  // namespace nava::test
