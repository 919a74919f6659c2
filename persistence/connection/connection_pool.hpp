// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "persistence/connection/connection.hpp"

namespace nava::persistence {

/// A bounded set of connections, made when they are needed. Thread-safe; outlives its leases.
class connection_pool {
 public:
  /// Makes a connection, or throws, before the deadline.
  using connect_function = std::function<std::unique_ptr<connection>(deadline)>;

  /// A connection for one thread and one use. On return it is rolled back if it was left in
  /// a transaction, and dropped if it is broken.
  class lease {
   public:
    lease(lease&& other) noexcept = default;
    lease& operator=(lease&&) = delete;
    ~lease();

    connection* operator->() const { return connection_.get(); }
    connection& operator*() const { return *connection_; }

   private:
    friend connection_pool;
    lease(connection_pool& pool, std::unique_ptr<connection> held)
        : pool_(&pool), connection_(std::move(held)) {}

    connection_pool* pool_;
    std::unique_ptr<connection> connection_;
  };

  connection_pool(connect_function connect, std::size_t connections_max,
                  std::chrono::milliseconds wait);

  /// A free connection, or a new one, or the next that is returned, bounded by `limit`. Throws
  /// error (contention) when none becomes free in time, and what connecting throws.
  [[nodiscard]] lease acquire(deadline limit = deadline::never());

  /// Connections that exist, leased or not.
  [[nodiscard]] std::size_t size() const;

 private:
  void give_back(std::unique_ptr<connection> returned) noexcept;

  const connect_function connect_;
  const std::size_t connections_max_;
  const std::chrono::milliseconds wait_;
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<connection>> idle_;
  std::size_t size_ = 0;
};

}  // namespace nava::persistence
