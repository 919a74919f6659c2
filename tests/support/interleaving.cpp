// SPDX-License-Identifier: Apache-2.0
#include "support/interleaving.hpp"

#include <fmt/format.h>

#include <thread>

namespace nava::test {

using persistence::connection;
using persistence::statement;

class interleaving::gated_connection : public connection {
 public:
  gated_connection(std::unique_ptr<connection> real, interleaving& all, std::size_t player)
      : real_(std::move(real)), all_(all), player_(player) {
    // Longer than any wait here, and a deadlock is found at once.
    real_->run_script("SET lock_timeout = '60s'; SET deadlock_timeout = '20ms'");
    pid_ =
        std::stoi(real_->execute(statement{"SELECT pg_backend_pid()", {}, 1}).at(0).at(0).value());
  }

  using connection::execute;
  using connection::execute_write;

  std::vector<row> execute(const statement& what, std::span<const argument> arguments) override {
    return step([&] { return real_->execute(what, arguments); });
  }

  std::vector<row> execute_write(const statement& what,
                                 std::span<const argument> arguments) override {
    if (is_in_transaction_) {
      is_in_transaction_ = what.sql() != "COMMIT";
      return step([&] { return real_->execute_write(what, arguments); });
    }
    return step([&] {
      real_->run_script("BEGIN");
      auto rows = real_->execute_write(what, arguments);
      all_.await_turn(player_, pid_);
      real_->run_script("COMMIT");
      return rows;
    });
  }

  // Transactions of several statements begin so.
  void run_script(const std::string& sql) override {
    real_->bound(limit());
    real_->run_script(sql);
    if (sql.starts_with("BEGIN")) is_in_transaction_ = true;
  }

  bool make_idle() noexcept override {
    is_in_transaction_ = false;
    return real_->make_idle();
  }
  bool is_given_up() const noexcept override { return real_->is_given_up(); }

 private:
  template <class Call>
  std::vector<row> step(Call call) {
    real_->bound(limit());
    all_.await_turn(player_, pid_);
    try {
      return call();
    } catch (const error& failure) {
      if (failure.sqlstate() == "40P01") all_.note_deadlock();
      is_in_transaction_ = false;
      (void)real_->make_idle();
      throw;
    }
  }

  const std::unique_ptr<connection> real_;
  interleaving& all_;
  const std::size_t player_;
  int pid_ = 0;
  bool is_in_transaction_ = false;
};

std::unique_ptr<connection> interleaving::gated(std::unique_ptr<connection> made,
                                                std::size_t player) {
  return std::make_unique<gated_connection>(std::move(made), *this, player);
}

void interleaving::await_turn(std::size_t player, int pid) {
  std::unique_lock lock{mutex_};
  if (!is_playing_) return;
  auto& one = players_[player];
  one.pid = pid;
  one.is = state::ready;
  changed_.notify_all();
  changed_.wait(lock, [&] { return one.may_go; });
  one.may_go = false;
}

void interleaving::note_deadlock() {
  const std::lock_guard lock{mutex_};
  ++deadlocks_;
}

bool interleaving::waits_for_lock(int pid) {
  return pid != 0 &&
         monitor_->value(fmt::format("SELECT cardinality(pg_blocking_pids({})) > 0", pid)) == "t";
}

bool interleaving::is_still(const player& one) {
  return one.is != state::running || waits_for_lock(one.pid);
}

std::vector<choice> interleaving::play(const calls& both, const std::vector<choice>& prefix) {
  constexpr std::chrono::milliseconds look_again{1};
  std::unique_lock lock{mutex_};
  is_playing_ = true;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < players; ++i) {
    players_[i] = {.is = state::running};
    threads.emplace_back([this, i, &both] {
      both[i]();
      const std::lock_guard done{mutex_};
      players_[i].is = state::done;
      changed_.notify_all();
    });
  }
  std::vector<choice> made;
  while (true) {
    // A player that ends between two looks is not still, and the others wait for it.
    while (!is_still(players_[0]) || !is_still(players_[1])) changed_.wait_for(lock, look_again);
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
    made.push_back(next);
    ready.at(next.taken)->may_go = true;
    ready.at(next.taken)->is = state::running;
    changed_.notify_all();
  }
  is_playing_ = false;
  lock.unlock();
  for (auto& thread : threads) thread.join();
  return made;
}

std::vector<choice> interleaving::after(std::vector<choice> made) {
  while (!made.empty() && made.back().taken + 1 == made.back().of) made.pop_back();
  if (!made.empty()) ++made.back().taken;
  return made;
}

}  // namespace nava::test
