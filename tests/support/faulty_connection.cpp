// SPDX-License-Identifier: Apache-2.0
#include "support/faulty_connection.hpp"

#include <spdlog/logger.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "persistence/postgresql/server_store.hpp"
#include "persistence/sqlite/file_store.hpp"
#include "support/eventually.hpp"

namespace nava::test {
namespace {

using persistence::connection;

const persistence::statement own_pid{"SELECT pg_backend_pid()", {}, 1};

class faulty_connection : public connection {
 public:
  faulty_connection(std::unique_ptr<connection> real, std::shared_ptr<fault_counter> faults,
                    bool is_server, std::shared_ptr<spdlog::logger> log)
      : connection(std::move(log)),
        real_(std::move(real)),
        faults_(std::move(faults)),
        is_server_(is_server) {}

 private:
  template <class Call>
  auto around(error_kind lost, std::string_view sql, Call call) {
    if (is_lost_) throw error{lost, "the connection has been lost"};
    if (is_refused_)
      throw error{error_kind::other, "the transaction was refused; roll it back", "25P02"};
    real_->bound(limit());
    const auto fault = faults_->next();
    if (!fault) return undisturbed(sql, call);
    switch (*fault) {
      case statement_fault::before:
        is_lost_ = true;
        throw error{lost, "the connection is lost before a statement"};
      case statement_fault::after:
        (void)call();
        is_lost_ = true;
        throw error{lost, "the connection is lost after a statement"};
      case statement_fault::serialization:
        throw refused("could not serialize", "40001");
      case statement_fault::deadlock:
        throw refused("a deadlock", "40P01");
      case statement_fault::lock:
        throw refused("a lock is not to be had", "55P03");
      case statement_fault::unheard:
        return without_its_answer(sql, call);
    }
    throw std::logic_error{"no such fault"};
  }

  template <class Call>
  auto undisturbed(std::string_view sql, Call call) {
    auto result = call();
    if (sql.starts_with("BEGIN")) is_in_transaction_ = true;
    if (sql.starts_with("COMMIT") || sql.starts_with("ROLLBACK")) is_in_transaction_ = false;
    return result;
  }

  template <class Call>
  auto without_its_answer(std::string_view sql, Call call) {
    std::string pid = real_->execute(own_pid).at(0).at(0).value();
    real_->bound(nava::deadline::in(std::chrono::milliseconds{0}));
    try {
      return undisturbed(sql, call);
    } catch (const error&) {
      is_lost_ = true;
      faults_->give_up(std::move(pid));
      throw;
    }
  }

  // SQLite has no such states, and rolls nothing back.
  error refused(const char* why, const char* sqlstate) {
    is_refused_ = is_server_ && is_in_transaction_;
    return {error_kind::contention, why, is_server_ ? sqlstate : ""};
  }

 public:
  using connection::execute;
  using connection::execute_write;
  std::vector<row> execute(const persistence::statement& what,
                           std::span<const argument> arguments) override {
    return around(error_kind::connection_lost, what.sql(),
                  [&] { return real_->execute(what, arguments); });
  }
  std::vector<row> execute_write(const persistence::statement& what,
                                 std::span<const argument> arguments) override {
    return around(error_kind::outcome_unknown, what.sql(),
                  [&] { return real_->execute_write(what, arguments); });
  }
  void run_script(const std::string& sql) override {
    (void)around(error_kind::connection_lost, sql, [&] { return real_->run_script(sql), 0; });
  }
  bool make_idle() noexcept override {
    is_refused_ = is_in_transaction_ = false;
    return !is_lost_ && real_->make_idle();
  }
  bool is_given_up() const noexcept override { return real_->is_given_up(); }

 private:
  const std::unique_ptr<connection> real_;
  const std::shared_ptr<fault_counter> faults_;
  const bool is_server_;
  bool is_lost_ = false;
  bool is_in_transaction_ = false;
  bool is_refused_ = false;  // the transaction, of which the server takes nothing more
};

}  // namespace

void fault_counter::reset() {
  const std::lock_guard lock{mutex_};
  statements_ = 0;
  faults_.clear();
}

void fault_counter::fail(std::size_t number, statement_fault how) {
  const std::lock_guard lock{mutex_};
  faults_[number] = how;
}

std::size_t fault_counter::statements() const {
  const std::lock_guard lock{mutex_};
  return statements_;
}

bool fault_counter::has_fired() const {
  const std::lock_guard lock{mutex_};
  return faults_.empty();
}

std::optional<statement_fault> fault_counter::next() {
  const std::lock_guard lock{mutex_};
  const auto node = faults_.extract(++statements_);
  return node ? std::optional{node.mapped()} : std::nullopt;
}

void fault_counter::give_up(std::string pid) {
  const std::lock_guard lock{mutex_};
  given_up_.push_back(std::move(pid));
}

std::size_t fault_counter::await_given_up(raw_session& server) {
  const std::lock_guard lock{mutex_};
  for (const std::string& pid : given_up_)
    if (!eventually([&] {
          return server.value("SELECT count(*) FROM pg_stat_activity WHERE pid = " + pid) == "0";
        }))
      throw std::runtime_error{"a session that was given up does not end"};
  return std::exchange(given_up_, {}).size();
}

std::span<const statement_fault> statement_faults_of(persistence::backend backend) {
  using enum statement_fault;
  static constexpr std::array all{before, after, lock, serialization, deadlock, unheard};
  constexpr std::size_t of_a_file = 3;
  return std::span{all}.first(backend == persistence::backend::sqlite ? of_a_file : all.size());
}

std::unique_ptr<persistence::store> open_with_faults(const test_database& database,
                                                     std::shared_ptr<fault_counter> faults) {
  using policy = persistence::store_options::schema_policy;
  persistence::store_options options = database.options();
  // Each lost connection would be told of.
  options.logger = std::make_shared<spdlog::logger>("faults");
  options.on_older = policy::expect;
  const bool is_server = database.url().backend() == persistence::backend::postgresql;
  const persistence::connection_wrap wrap = [=](std::unique_ptr<connection> made) {
    return std::make_unique<faulty_connection>(std::move(made), faults, is_server, options.logger);
  };
  if (!is_server)
    return std::make_unique<persistence::sqlite::file_store>(database.url(), options, wrap);
  return std::make_unique<persistence::postgresql::server_store>(database.url(), options, wrap);
}

}  // namespace nava::test
