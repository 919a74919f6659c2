// SPDX-License-Identifier: Apache-2.0
#include "support/interleaving.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <thread>

namespace nava::test {

using persistence::connection;
using persistence::statement;

class interleaving::gated_connection : public connection {
 public:
  gated_connection(std::unique_ptr<connection> real, interleaving& all, std::size_t player,
                   steps_of by)
      : real_(std::move(real)), all_(all), player_(player), by_(by) {
    // Longer than any wait here, and a deadlock is found at once, by a store.
    real_->run_script(by_ == steps_of::statements
                          ? "SET lock_timeout = '60s'; SET deadlock_timeout = '20ms'"
                          : "SET deadlock_timeout = '500ms'");
    pid_ =
        std::stoi(real_->execute(statement{"SELECT pg_backend_pid()", {}, 1}).at(0).at(0).value());
  }

  using connection::execute;
  using connection::execute_write;

  std::vector<row> execute(const statement& what, std::span<const argument> arguments) override {
    if (by_ == steps_of::statements) return step([&] { return real_->execute(what, arguments); });
    real_->bound(limit());
    return real_->execute(what, arguments);
  }

  std::vector<row> execute_write(const statement& what,
                                 std::span<const argument> arguments) override {
    if (is_in_transaction_)
      return step([&] {
        auto rows = real_->execute_write(what, arguments);
        if (what.sql() == "COMMIT") end_transaction();
        return rows;
      });
    if (by_ == steps_of::transactions) {
      real_->bound(limit());
      return real_->execute_write(what, arguments);
    }
    return step([&] {
      run_script("BEGIN");
      auto rows = real_->execute_write(what, arguments);
      all_.await_turn(player_, pid_);
      real_->run_script("COMMIT");
      end_transaction();
      return rows;
    });
  }

  // Transactions of several statements begin so.
  void run_script(const std::string& sql) override {
    real_->bound(limit());
    const bool begins = sql.starts_with("BEGIN") || sql.starts_with("\nBEGIN");
    if (begins && by_ == steps_of::transactions) all_.await_turn(player_, pid_);
    real_->run_script(sql);
    if (!begins) return;
    is_in_transaction_ = true;
    all_.note_transaction(player_, true);
  }

  bool make_idle() noexcept override {
    const bool is_idle = real_->make_idle();
    end_transaction();
    return is_idle;
  }
  bool is_given_up() const noexcept override { return real_->is_given_up(); }

 private:
  void end_transaction() {
    is_in_transaction_ = false;
    all_.note_transaction(player_, false);
  }

  template <class Call>
  std::vector<row> step(Call call) {
    real_->bound(limit());
    all_.await_turn(player_, pid_);
    try {
      return call();
    } catch (const error& failure) {
      if (failure.sqlstate() == "40P01") all_.note_deadlock();
      (void)make_idle();
      throw;
    }
  }

  const std::unique_ptr<connection> real_;
  interleaving& all_;
  const std::size_t player_;
  const steps_of by_;
  int pid_ = 0;
  bool is_in_transaction_ = false;
};

std::unique_ptr<connection> interleaving::gated(std::unique_ptr<connection> made,
                                                std::size_t player, steps_of by) {
  return std::make_unique<gated_connection>(std::move(made), *this, player, by);
}

void interleaving::await_turn(std::size_t player, int pid) {
  std::unique_lock lock{mutex_};
  if (!is_playing_) return;
  auto& one = players_[player];
  one.pid = pid;
  one.is = state::ready;
  changed_.notify_all();
  changed_.wait(lock, [&] { return one.may_go || !is_playing_; });
  one.may_go = false;
  if (players_[1 - player].has_transaction) one.met_transaction = true;
}

void interleaving::note_transaction(std::size_t player, bool is_open) {
  const std::lock_guard lock{mutex_};
  players_[player].has_transaction = is_open;
}

void interleaving::note_deadlock() {
  const std::lock_guard lock{mutex_};
  ++deadlocks_;
}

// Others that hold locks, such as a vacuum, let go on their own.
bool interleaving::is_still(std::size_t player) {
  const auto& one = players_[player];
  if (one.is != state::running) return true;
  const int other = players_[1 - player].pid;
  return one.pid != 0 && other != 0 &&
         monitor_->value(fmt::format("SELECT {} = ANY (pg_blocking_pids({}))", other, one.pid)) ==
             "t";
}

std::vector<choice> interleaving::play(const calls& both, const std::vector<choice>& prefix) {
  constexpr std::chrono::milliseconds look_again{1};
  std::unique_lock lock{mutex_};
  is_playing_ = true;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < players; ++i) {
    players_[i] = {};
    players_[i].is = state::running;
    threads.emplace_back([this, i, &both] {
      std::exception_ptr thrown;
      try {
        both[i]();
      } catch (...) {
        thrown = std::current_exception();
      }
      const std::lock_guard done{mutex_};
      players_[i].thrown = thrown;
      players_[i].is = state::done;
      changed_.notify_all();
    });
  }
  std::vector<choice> made;
  std::exception_ptr thrown;
  try {
    while (true) {
      // A player that ends between two looks is not still, and the others wait for it.
      while (!is_still(0) || !is_still(1)) changed_.wait_for(lock, look_again);
      std::vector<player*> ready;
      for (auto& one : players_)
        if (one.is == state::ready) ready.push_back(&one);
      if (ready.empty()) {
        if (players_[0].is == state::done && players_[1].is == state::done) break;
        changed_.wait_for(lock, look_again);
        continue;
      }
      choice next{.of = ready.size()};
      if (made.size() < prefix.size()) next.taken = prefix[made.size()].taken;
      if (made.size() < prefix.size() && prefix[made.size()].of != next.of)
        throw std::logic_error{"the same steps led to another place"};
      made.push_back(next);
      ready.at(next.taken)->may_go = true;
      ready.at(next.taken)->is = state::running;
      changed_.notify_all();
    }
  } catch (...) {
    thrown = std::current_exception();
  }
  is_playing_ = false;
  changed_.notify_all();
  lock.unlock();
  for (auto& thread : threads) thread.join();
  for (const auto& one : players_)
    if (thrown == nullptr) thrown = one.thrown;
  if (thrown != nullptr) std::rethrow_exception(thrown);
  return made;
}

std::vector<choice> interleaving::after(std::vector<choice> made) {
  while (!made.empty() && made.back().taken + 1 == made.back().of) made.pop_back();
  if (!made.empty()) ++made.back().taken;
  return made;
}

}  // namespace nava::test
