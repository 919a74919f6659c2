// SPDX-License-Identifier: Apache-2.0
#include "runtime/inbox/event_delivery.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <map>
#include <nava/engine/definition.hpp>
#include <nava/runtime/runtime.hpp>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>
#include <tuple>

#include "engine/failed_look.hpp"
#include "engine/selected_event.hpp"
#include "persistence/log.hpp"
#include "runtime/inbox/held_events.hpp"
#include "runtime/notices/notice_exchange.hpp"
#include "runtime/wake_signal.hpp"

namespace nava {
namespace {

using namespace engine;
using persistence::inbox_settlement;
using schema::workflow_inbox;
using result = inbox_settlement::result;

// What came early, and what only a program of another release can deliver, is looked at ever more
// rarely: each tenth of its age.
constexpr std::chrono::milliseconds first_look_again{1'000};
constexpr std::chrono::milliseconds longest_look_again{120'000};
// For a day, what only a program of another release handles.
constexpr std::chrono::milliseconds kept_for_others{24 * 3'600'000};
// Events of a workflow that is PAUSED wait for it, in their order.
constexpr std::chrono::milliseconds while_paused{10'000};

std::chrono::milliseconds doubled(std::chrono::milliseconds first, std::int64_t times,
                                  std::chrono::milliseconds most) {
  return std::min(first * (std::int64_t{1} << std::clamp<std::int64_t>(times, 0, 30)), most);
}

inbox_settlement settled(const workflow_inbox& event, result how) {
  return {.seq = event.seq, .fence = event.lease_fence, .ends_as = how, .attempt = event.attempt};
}

inbox_settlement settled(const workflow_inbox& event, result how, std::string_view why,
                         std::chrono::milliseconds delay = {}) {
  inbox_settlement made = settled(event, how);
  made.error = engine::printable(std::string{why});
  made.delay = delay;
  return made;
}

inbox_settlement again(const workflow_inbox& event, const delivery_policy& policy,
                       std::string_view why) {
  if (event.attempt >= policy.attempts_max) return settled(event, result::failed, why);
  return settled(event, result::again, why,
                 doubled(policy.backoff, event.attempt - 1, policy.backoff_max));
}

// An attempt that says nothing of the event.
inbox_settlement uncounted(const workflow_inbox& event, std::string_view why,
                           std::chrono::milliseconds delay) {
  inbox_settlement made = settled(event, result::again, why, delay);
  made.attempt = event.attempt - 1;
  return made;
}

std::chrono::milliseconds look_again_after(std::chrono::microseconds age) {
  return std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(age / 10),
                    first_look_again, longest_look_again);
}

// Looks are no attempts: nothing has failed.
inbox_settlement looked_again(const workflow_inbox& event, std::string_view why,
                              std::chrono::microseconds age) {
  inbox_settlement made = settled(event, result::early, why, look_again_after(age));
  made.attempt = event.attempt - 1;
  return made;
}

constexpr std::size_t earlier_at_once = 100;

// Not tried, since somebody has what goes before it, or the database was away. READY even if it was
// EARLY: nothing of its name may go before it meanwhile.
inbox_settlement put_off(const workflow_inbox& event, std::string_view why) {
  return uncounted(event, why, std::chrono::milliseconds{200});
}

// Deliveries have been made, so that their ends have time of their own. One that cannot be stored
// leaves the others alone, and is left to its lease.
void settle_each_of(persistence::store& store, std::span<const inbox_settlement> ended,
                    spdlog::logger& log) {
  try {
    (void)store.settle_events(ended);
  } catch (const std::exception&) {
    for (const inbox_settlement& each : ended) try {
        (void)store.settle_events({&each, 1});
      } catch (const std::exception& failure) {
        log.warn("the end of event {} is not stored: {}", each.seq, failure.what());
      }
  }
}

void check_is_of_application(std::string_view event_name) {
  if (event_name.starts_with(engine::runtime_prefix))
    throw error{error_kind::invalid_input,
                fmt::format("event '{}': names that begin with '{}' are the runtime's own",
                            event_name, engine::runtime_prefix)};
}

}  // namespace

void put_in_order(std::vector<workflow_inbox>& claimed) {
  using subject = std::tuple<std::string, std::string, std::string>;
  const auto subject_of = [](const workflow_inbox& row) {
    return subject{row.resource_name, row.resource_id, row.event_name};
  };
  const auto is_early = [](const workflow_inbox& row) {
    return row.status == schema::inbox_status::early;
  };
  std::map<subject, std::vector<std::int64_t>> ready;
  for (const workflow_inbox& each : claimed)
    if (!is_early(each)) ready[subject_of(each)].push_back(each.seq);
  std::map<std::int64_t, std::int64_t> turns;
  for (const workflow_inbox& each : claimed) {
    std::int64_t& turn = turns[each.seq] = each.seq;
    const auto found = ready.find(subject_of(each));
    if (!is_early(each) || found == ready.end()) continue;
    const auto later = std::upper_bound(found->second.begin(), found->second.end(), each.seq);
    if (later != found->second.end()) turn = *later;
  }
  std::ranges::sort(claimed, {}, [&](const workflow_inbox& each) {
    return std::pair{turns.at(each.seq), each.seq};
  });
}

engine::event event_in(const workflow_inbox& row) {
  const std::string key = row.event_key.value_or(
      fmt::format("nava.inbox:{}@{}", row.seq, schema::to_text(row.ts_created)));
  return {.name = row.event_name,
          .resource = {row.resource_name, row.resource_id},
          .selector = row.selector,
          .key = key,
          .args = row.event_args,
          .data = row.event_data,
          .at = row.at.value_or(row.ts_created),
          .actor = row.actor};
}

workflow_inbox inbox_row(const engine::event& happened) {
  engine::check_event(happened);
  check_is_of_application(happened.name);
  workflow_inbox row;
  if (happened.key.is_given()) row.event_key = happened.key.text();
  row.event_name = happened.name;
  row.resource_name = happened.resource.name;
  row.resource_id = happened.resource.id;
  row.event_data = happened.data;
  row.event_args = happened.args;
  row.selector = happened.selector;
  row.at = happened.at;
  row.actor = happened.actor;
  return row;
}

std::int64_t runtime::publish(const event& happened, deadline limit) {
  const std::int64_t seq =
      store_->store_event(inbox_row(happened), limit.value_or(deadline::in(options_.call_timeout)));
  events_stored_->raise();
  if (options_.tells_others) notices_->tell({persistence::notice::subject::events, {}});
  return seq;
}

// How long the inbox keeps an event of this name for workflows that do not wait for it yet.
std::chrono::milliseconds runtime::keeps_early(std::string_view event_name) const {
  std::chrono::milliseconds longest{0};
  for (const auto& [key, revisions] : definitions_)
    for (const auto& [number, each] : revisions)
      longest = std::max(longest, each.keeps_early(event_name));
  return longest;
}

inbox_settlement runtime::deliver_from_inbox(const workflow_inbox& row,
                                             const delivery_policy& policy, deadline limit) {
  if (row.unreadable) return settled(row, result::failed, *row.unreadable);
  try {
    check_is_of_application(row.event_name);
    deliver_whole(event_in(row), limit);
    return settled(row, result::delivered);
  } catch (const event_refused& refusal) {
    const auto age = now() - row.ts_created;
    if (age >= keeps_early(row.event_name)) return settled(row, result::failed, refusal.what());
    return looked_again(row, refusal.what(), age);
  } catch (const workflow_paused& paused) {
    return uncounted(row, paused.what(), while_paused);
  } catch (const handled_elsewhere& unknown) {
    // It must not hold up events of other names, and not stay for ever.
    const auto age = now() - row.ts_created;
    const bool is_late = age >= std::max(keeps_early(row.event_name), kept_for_others);
    return is_late ? settled(row, result::failed, unknown.what())
                   : looked_again(row, unknown.what(), age);
  } catch (const unknown_revision& unknown) {
    return uncounted(row, unknown.what(), look_again_after(now() - row.ts_created));
  } catch (const exception& failure) {
    if (failure.may_retry()) return uncounted(row, failure.what(), policy.backoff);
    if (failure.fault() == fault_of::caller) return settled(row, result::failed, failure.what());
    return again(row, policy, failure.what());
  } catch (const std::exception& failure) {
    return again(row, policy, failure.what());
  } catch (...) {
    return again(row, policy, "the delivery threw what is not a std::exception");
  }
}

inbox_settlement runtime::deliver_in_order(const workflow_inbox& row, bool is_behind,
                                           const persistence::inbox_claim& as,
                                           const delivery_policy& policy, deadline limit) {
  try {
    if (is_behind)
      if (auto waits = deliver_earlier(row, as, policy, limit)) return *std::move(waits);
  } catch (const std::exception& failure) {
    return put_off(row, failure.what());
  }
  inbox_settlement ended = deliver_from_inbox(row, policy, limit);
  if (ended.ends_as == result::failed)
    persistence::logger_or_default(options_.store.logger)
        ->warn("drainer {}: event '{}' for {}/{} (seq {}) is FAILED: {}", as.owner, row.event_name,
               row.resource_name, row.resource_id, row.seq, ended.error.value_or(""));
  return ended;
}

// Whoever has an event that is READY, or EARLY and due, has the right to deliver those before it
// that came early. Returns how it is settled where it has to wait for one of them.
std::optional<inbox_settlement> runtime::deliver_earlier(const workflow_inbox& than,
                                                         persistence::inbox_claim as,
                                                         const delivery_policy& policy,
                                                         deadline limit) {
  std::optional<inbox_settlement> waits;
  for (as.after_seq = 0, as.events_max = earlier_at_once; !waits;) {
    const auto earlier = store_->claim_earlier(than, as, limit);
    if (earlier.are_held) return put_off(than, "another drainer has an earlier event of its name");
    if (earlier.events.empty()) return std::nullopt;
    std::vector<inbox_settlement> ended;
    std::optional<inbox_settlement> stops;  // of those before `than`
    for (const workflow_inbox& each : earlier.events) {
      if (limit.is_set() && limit.has_passed() && !waits)
        waits = put_off(than, "earlier events took all of the time");
      if (waits) {
        const bool is_early = stops && have_one_subject(each, than);
        ended.push_back(is_early ? kept_behind(each, *stops) : given_back(each));
        continue;
      }
      ended.push_back(deliver_in_order(each, false, as, policy, limit));
      const inbox_settlement& last = ended.back();
      if (last.ends_as == result::again) waits = put_off(than, last.error.value_or(""));
      if (last.ends_as == result::early && have_one_subject(each, than)) {
        stops = last;
        waits = kept_behind(than, last);
      }
    }
    as.after_seq = earlier.events.back().seq;
    settle_each_of(*store_, ended, *persistence::logger_or_default(options_.store.logger));
  }
  return waits;
}

}  // namespace nava
