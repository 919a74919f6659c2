// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/logger.h>

#include <nava/runtime/inbox.hpp>
#include <thread>

#include "persistence/log.hpp"
#include "runtime/backoff.hpp"
#include "runtime/inbox/event_delivery.hpp"
#include "runtime/inbox/held_events.hpp"
#include "runtime/inbox/inbox_sweep.hpp"
#include "runtime/notices/notice_exchange.hpp"
#include "runtime/options_check.hpp"
#include "runtime/wake_signal.hpp"

namespace nava {
namespace {

using namespace std::chrono_literals;
using persistence::inbox_settlement;

// What is claimed and not begun by then is given back, so that no lease ends under a delivery.
constexpr int lease_parts_to_begin_in = 3;

inbox_options checked(inbox_options options) {
  if (options.name.empty()) options.name = name_of_process();
  check_name("the drainer", options.name);
  for (const std::string& each : options.event_names) check_name("event", each);
  check_count("inbox_options::threads", options.threads, 1'000);
  check_count("inbox_options::events_max", options.events_max, persistence::inbox_events_max);
  if (options.attempts_max < 1)
    throw engine::refused{
        "inbox_options::attempts_max is below 1; an event is tried once at least"};
  check_duration("inbox_options::backoff_max", options.backoff_max, 0ms, longest_duration);
  check_duration("inbox_options::backoff", options.backoff, 0ms, options.backoff_max);
  check_duration("inbox_options::lease", options.lease, 100ms, 24h);
  check_duration("inbox_options::poll", options.poll, 1ms, longest_duration);
  return options;
}

}  // namespace

class inbox_drainer::engine_room {
 public:
  engine_room(runtime& of, inbox_options options)
      : runtime_(of),
        log_(persistence::logger_or_default(of.options_.store.logger)),
        options_(checked(std::move(options))),
        held_(options_.events_max) {
    try {
      runtime_.notices_->hear_events();
      threads_.emplace_back([this] { claim_events(); });
      threads_.emplace_back([this] { settle_events(); });
      for (std::size_t i = 0; i < options_.threads; ++i)
        threads_.emplace_back([this] { deliver_events(); });
    } catch (...) {
      end();
      throw;
    }
  }

  ~engine_room() { end(); }

  bool stop(deadline limit) {
    limit = limit.value_or(deadline::in(options_.stop_timeout));
    held_.stop();
    runtime_.events_stored_->raise();
    return held_.await_nothing_held(limit);
  }

 private:
  void end() {
    (void)stop({});
    held_.abandon();
    for (std::thread& each : threads_) each.join();
  }

  // Tells of what failed, and waits, so that a database that is away is not asked without pause.
  void tell(std::string_view what, int tries, const std::exception& failure) {
    log_->log(tries == 1 ? spdlog::level::warn : spdlog::level::debug,
              "drainer {}: {} failed and is tried again: {}", options_.name, what, failure.what());
    back_off(tries, deadline::in(1s));
  }

  void claim_events() {
    persistence::inbox_claim request;
    request.lease = options_.lease;
    request.owner = options_.name;
    request.event_names = options_.event_names;
    inbox_sweep sweep{runtime_.store(), std::move(request)};
    int tries = 0;
    while (true) {
      const std::uint64_t seen = runtime_.events_stored_->raised();
      const std::size_t room = held_.await_room();
      if (room == 0) return;
      persistence::claimed_events claimed;
      auto wait = options_.poll;
      const auto at = std::chrono::steady_clock::now();
      try {
        claimed = sweep.claim(room);
        put_in_order(claimed.events);
        tries = 0;
      } catch (const std::exception& failure) {
        tell("claiming events", ++tries, failure);
        wait = 0ms;
      }
      const bool is_idle = claimed.events.empty() && !sweep.has_more();
      held_.take(std::move(claimed.events), at, claimed.behind_early);
      if (is_idle) runtime_.events_stored_->wait(seen, deadline::in(wait));
    }
  }

  void deliver_events() {
    const delivery_policy policy{options_.attempts_max, options_.backoff, options_.backoff_max};
    persistence::inbox_claim as;
    as.lease = options_.lease;
    as.owner = options_.name;
    while (const auto next = held_.next_to_deliver()) {
      const auto left = options_.lease - (std::chrono::steady_clock::now() - next->claimed);
      if (left < options_.lease / lease_parts_to_begin_in) {
        auto later = given_back(next->row);
        // READY even if it was EARLY: it was not looked at, and keeps nothing behind it.
        later.ends_as = inbox_settlement::result::again;
        held_.hand_over(*next, std::move(later));
        continue;
      }
      held_.hand_over(
          *next, runtime_.deliver_in_order(
                     next->row, next->is_behind_early, as, policy,
                     deadline::in(std::min(runtime_.options_.call_timeout,
                                           std::chrono::floor<std::chrono::milliseconds>(left)))));
    }
  }

  void settle_events() {
    int tries = 0;
    while (true) {
      std::vector<inbox_settlement> batch = held_.next_to_settle();
      if (batch.empty()) return;
      try {
        settle(batch);
        tries = 0;
      } catch (const nava::exception& failure) {
        if (failure.may_retry()) {
          tell("storing what became of events", ++tries, failure);
          held_.put_back(std::move(batch));
        } else {
          settle_each(batch);
        }
      } catch (const std::exception& failure) {
        tell("storing what became of events", ++tries, failure);
        held_.put_back(std::move(batch));
      }
    }
  }

  void settle(std::span<const inbox_settlement> batch) {
    const std::size_t stored = runtime_.store().settle_events(batch);
    if (stored < batch.size())
      log_->info("drainer {}: {} of {} events were claimed by others meanwhile", options_.name,
                 batch.size() - stored, batch.size());
    held_.forget(batch.size());
    // What stood behind them may be had now.
    runtime_.events_stored_->raise();
  }

  // One of them cannot be stored, and must not hold up the others: it is left to its lease.
  void settle_each(std::span<const inbox_settlement> batch) {
    for (const inbox_settlement& each : batch) try {
        settle({&each, 1});
      } catch (const std::exception& failure) {
        log_->warn("drainer {}: the end of event {} is not stored: {}", options_.name, each.seq,
                   failure.what());
        held_.forget(1);
      }
  }

  runtime& runtime_;
  const std::shared_ptr<spdlog::logger> log_;
  const inbox_options options_;
  held_events held_;
  std::vector<std::thread> threads_;
};

inbox_drainer::inbox_drainer(runtime& runtime, inbox_options options)
    : room_(std::make_unique<engine_room>(runtime, std::move(options))) {}

inbox_drainer::~inbox_drainer() = default;

bool inbox_drainer::stop(deadline limit) { return room_->stop(limit); }

}  // namespace nava
