// SPDX-License-Identifier: Apache-2.0
#include "support/interleaved_stores.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/logger.h>

#include <algorithm>

#include "persistence/postgresql/connection/server_connection.hpp"
#include "persistence/postgresql/server_store.hpp"

namespace nava::test {

using namespace persistence;

interleaved_stores::interleaved_stores(test_database& database,
                                       std::function<void(raw_session&)> prepare)
    : database_(database),
      prepare_(std::move(prepare)),
      raw_(raw_of(database)),
      order_(raw_of(database)) {
  auto options = database.options();
  options.logger = std::make_shared<spdlog::logger>("interleavings");
  options.on_older = store_options::schema_policy::expect;
  for (std::size_t i = 0; i < interleaving::players; ++i) {
    const auto wrap = [this, i](std::unique_ptr<connection> made) {
      return order_.gated(rewritten(std::move(made), rewriter_), i);
    };
    stores_.push_back(std::make_unique<postgresql::server_store>(database.url(), options, wrap));
    hands_.push_back(wrap(std::make_unique<postgresql::server_connection>(database.url())));
  }
}

interleaved_stores::ends interleaved_stores::in_turn(const interleaved_call& one,
                                                     const interleaved_call& other) {
  return {in_turn(one, other, false), in_turn(one, other, true)};
}

std::vector<std::string> interleaved_stores::strange_ends(const interleaved_call& one,
                                                          const interleaved_call& other,
                                                          const ends& allowed) {
  std::vector<std::string> strange;
  std::vector<choice> next;
  do {
    const auto [made, ended] = beside(one, other, next);
    if (!allowed.contains(ended)) {
      std::string steps;
      for (const auto& each : made) steps += fmt::format("{}/{} ", each.taken, each.of);
      strange.push_back(fmt::format("{} beside {}, steps {}: {}\nallowed: {}", one.name, other.name,
                                    steps, ended, fmt::join(allowed, "\n")));
    }
    ++played_;
    next = interleaving::after(made);
  } while (!next.empty());
  return strange;
}

call_answer interleaved_stores::call(const interleaved_call& what, std::size_t player) {
  try {
    if (what.upkeep)
      return what.upkeep(database_.url(), [&](std::unique_ptr<connection> made) {
        return order_.gated(std::move(made), player, interleaving::steps_of::transactions);
      });
    if (what.sql.empty()) return what.call(*stores_[player], scene_, player);
    const statement change{
        fmt::format(fmt::runtime(what.sql), database_.url().schema()), {"id"}, 1};
    return std::to_string(
        hands_[player]->execute_write(change, {schema::to_text(scene_.begun.workflow.id)}).size());
  } catch (const error& failure) {
    if (failure.may_retry() && failure.outcome_known()) return std::nullopt;
    return std::string{to_text(failure.kind())};
  }
}

// Nobody holds anything now.
std::string interleaved_stores::final_call(const interleaved_call& what, std::size_t player) {
  return call(what, player).value_or("nothing");
}

void interleaved_stores::begin() {
  delete_all_rows(*raw_, database_.url().backend());
  if (prepare_) prepare_(*raw_);
  scene_ = set_scene(*stores_[0]);
  // Another has taken the lease over since.
  raw_->run("UPDATE workflow_agenda SET lease_fence = lease_fence + 1 WHERE lease_owner = 'ada'");
  raw_->run("UPDATE workflow_slot SET lease_fence = lease_fence + 1");
  scene_.late = scene_.lease;
  ++scene_.lease.fence;
}

std::string interleaved_stores::end(const std::string& first, const std::string& second) {
  return fmt::format("{} | {} | {}", first, second, without_instants(database_.dump(*stores_[0])));
}

std::string interleaved_stores::in_turn(const interleaved_call& one, const interleaved_call& other,
                                        bool other_first) {
  begin();
  std::string first, second;
  if (other_first) second = final_call(other, 1);
  first = final_call(one, 0);
  if (!other_first) second = final_call(other, 1);
  return end(first, second);
}

std::pair<std::vector<choice>, std::string> interleaved_stores::beside(
    const interleaved_call& one, const interleaved_call& other, const std::vector<choice>& prefix) {
  begin();
  call_answer first, second;
  auto made =
      order_.play({[&] { first = call(one, 0); }, [&] { second = call(other, 1); }}, prefix);
  // Without a transaction of the other in its way, "nothing" is its call_answer.
  const auto again = [&](const call_answer& said, const interleaved_call& what,
                         std::size_t player) {
    if (said) return *said;
    return order_.met_transaction(player) ? final_call(what, player) : "nothing";
  };
  const std::string said = again(first, one, 0);
  return {std::move(made), end(said, again(second, other, 1))};
}

}  // namespace nava::test
