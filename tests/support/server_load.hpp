// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <nava/nava.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

/// Clients and engines at work on a server that fails, and what the clients were told.
namespace nava::test {

/// What a client has asked for an order, and what was acknowledged.
struct order_entry {
  std::string number{};
  bool is_started = false;
  std::set<std::int64_t> asked{};     ///< answers that were sent
  std::set<std::int64_t> answered{};  ///< those that were acknowledged
  bool is_done = false;               ///< all answers were, and the letter
};

/// What a database says beside the ledger, a line each.
struct comparison {
  std::vector<std::string> lost{};   ///< acknowledged, and not there
  std::vector<std::string> wrong{};  ///< there twice, in part, or not asked for
};

/// Four clients, and two engines with a worker and a drainer each. A client starts an order,
/// answers it three times and publishes a letter to it; then the next. It asks again where a call
/// fails, and gives some orders up. The ledger is in this process, which outlives each server.
class server_load {
 public:
  /// Migrates the database. Each engine has a pool of so many connections.
  explicit server_load(const persistence::database_url& url, std::size_t connections_max = 8);
  server_load(const server_load&) = delete;
  server_load& operator=(const server_load&) = delete;
  ~server_load();

  /// Calls that were, so far.
  [[nodiscard]] std::int64_t acknowledged() const { return acknowledged_; }
  /// What no client may be told, as the first was; empty: nothing.
  [[nodiscard]] std::string refusal() const;
  /// Returns when no client calls any more. Engines go on.
  void stop_clients();
  void stop_engines();

  /// Of clients that are stopped.
  [[nodiscard]] std::vector<order_entry> orders() const;
  /// Waits until each order that is done by its client is COMPLETED.
  [[nodiscard]] bool all_complete(persistence::store& store) const;
  /// Compares all rows with the ledger; nobody else works on them.
  [[nodiscard]] comparison compared_with(persistence::store& store) const;

 private:
  struct engine;
  using ledger = std::vector<order_entry>;

  void work(std::size_t client);
  void take(std::size_t client, order_entry& order, bool may_give_up);
  // False where it was given up.
  bool ask(bool may_give_up, const std::function<void()>& call);

  std::list<engine> engines_;
  std::vector<ledger> ledgers_;
  std::atomic<bool> is_stopped_ = false;
  std::atomic<std::int64_t> acknowledged_ = 0;
  mutable std::mutex mutex_;
  std::string refusal_;
  std::vector<std::thread> clients_;
};

}  // namespace nava::test
