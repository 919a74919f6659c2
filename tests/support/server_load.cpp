// SPDX-License-Identifier: Apache-2.0
#include "support/server_load.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <map>

#include "support/eventually.hpp"
#include "support/replayed.hpp"

using namespace std::chrono_literals;

namespace nava::test {
namespace {

constexpr std::size_t clients = 4;
constexpr std::int64_t answers = 3;

definition order_definition() {
  definition_builder order{"order", revision{1}};
  order.keep_hash_chain();
  order.stage("s", "Stage");
  order.step("work", {.stage = "s"}).on_task_finished("effect", [](step_context& step, auto&) {
    step.finish();
  });
  order.step("talk", {.stage = "s"})
      .on("answer",
          [](step_context& step, const event& answer) {
            const json::value so_far = step.recall("answers");
            json::array all = so_far.is_null() ? json::array{} : so_far.as_array();
            all.push_back(answer.data.at("n"));
            step.memorize({{"answers", std::move(all)}});
          })
      .on("letter", [](step_context& step, const event&) { step.finish(); });
  order.on_started([](workflow_context& on) {
    on.add_step("work").add_task("effect", {}, {.attempts_max = 1'000});
    on.add_step("talk");
  });
  return order.build();
}

runtime_options options(std::size_t connections_max) {
  runtime_options options;
  options.store.connections_max = connections_max;
  options.store.on_older = persistence::store_options::schema_policy::migrate;
  options.store.logger = std::make_shared<spdlog::logger>("load");
  options.call_timeout = 1s;
  return options;
}

resource about(const order_entry& order) { return {"order", order.number}; }

}  // namespace

struct server_load::engine {
  engine(const persistence::database_url& url, std::size_t connections_max)
      : run(url, {order_definition()}, options(connections_max)),
        works(run, {{"effect", [](task_context&) { return json::object{}; }}},
              {.threads = 2, .lease = 2s, .poll = 50ms}),
        delivers(run, {.threads = 2, .lease = 2s, .poll = 50ms}) {}

  runtime run;
  worker works;
  inbox_drainer delivers;
};

server_load::server_load(const persistence::database_url& url, std::size_t connections_max)
    : ledgers_(clients) {
  engines_.emplace_back(url, connections_max);
  engines_.emplace_back(url, connections_max);
  for (std::size_t client = 0; client < clients; ++client)
    clients_.emplace_back([this, client] { work(client); });
}

server_load::~server_load() { stop_clients(); }

std::string server_load::refusal() const {
  const std::lock_guard lock{mutex_};
  return refusal_;
}

void server_load::stop_clients() {
  is_stopped_ = true;
  for (auto& client : clients_)
    if (client.joinable()) client.join();
}

void server_load::stop_engines() { engines_.clear(); }

bool server_load::ask(bool may_give_up, const std::function<void()>& call) {
  while (!is_stopped_) try {
      call();
      ++acknowledged_;
      return true;
    } catch (const error& failure) {
      if (!failure.may_retry()) throw;
      if (may_give_up) return false;
    }
  return false;
}

void server_load::take(std::size_t client, order_entry& order, bool may_give_up) {
  runtime& run = std::next(engines_.begin(), static_cast<std::ptrdiff_t>(client % 2))->run;
  order.is_started = ask(may_give_up, [&] { (void)run.start("order", about(order)); });
  if (!order.is_started) return;
  for (std::int64_t n = 1; n <= answers; ++n) {
    order.asked.insert(n);
    const event answer{
        .name = "answer", .resource = about(order), .key = std::to_string(n), .data = {{"n", n}}};
    if (!ask(may_give_up, [&] { (void)run.deliver(answer); })) return;
    order.answered.insert(n);
  }
  order.is_done = ask(may_give_up, [&] {
    (void)run.publish({.name = "letter", .resource = about(order), .key = "letter"});
  });
}

void server_load::work(std::size_t client) {
  constexpr int given_up = 3;  // one of so many, if a call fails
  for (int i = 0; !is_stopped_; ++i) try {
      auto& order = ledgers_[client].emplace_back();
      order.number = fmt::format("{}/{}", client, i);
      take(client, order, i % given_up == 0);
    } catch (const std::exception& failure) {
      const std::lock_guard lock{mutex_};
      if (refusal_.empty()) refusal_ = failure.what();
      return;
    }
}

std::vector<order_entry> server_load::orders() const {
  std::vector<order_entry> all;
  for (const auto& each : ledgers_) all.insert(all.end(), each.begin(), each.end());
  return all;
}

bool server_load::all_complete(persistence::store& store) const {
  std::set<std::string> done;
  for (const auto& order : orders())
    if (order.is_done) done.insert(order.number);
  const auto unfinished = [&] {
    using enum schema::workflow_status;
    persistence::list_request request{.statuses = {active, degraded, paused, cancelled, failed},
                                      .limit = persistence::list_rows_max};
    std::size_t count = 0;
    do {
      const auto page = store.list(request);
      for (const auto& row : page.workflows) count += done.contains(row.resource_id) ? 1 : 0;
      request.after = page.next;
    } while (!request.after.empty());
    return count;
  };
  // As long as fewer are left each time. compared_with() finds those that are not there.
  for (std::size_t left = unfinished(); left > 0;) {
    const std::size_t before = left;
    if (!eventually([&] { return (left = unfinished()) < before; })) return false;
  }
  return true;
}

namespace {

std::map<std::string, workflow_history> all_orders(persistence::store& store) {
  std::map<std::string, workflow_history> found;
  persistence::list_request request{.limit = persistence::list_rows_max};
  do {
    const auto page = store.list(request);
    for (const auto& row : page.workflows)
      found.emplace(row.resource_id, store.history(row.id).value());
    request.after = page.next;
  } while (!request.after.empty());
  return found;
}

json::array answers_in(const workflow_history& order) {
  for (const auto& step : order.state.steps)
    if (step.step_key == "talk")
      if (const auto* found = step.memory.if_contains("answers")) return found->as_array();
  return {};
}

void compare(const order_entry& asked, const workflow_history& stored, comparison& all) {
  const auto tell = [&](std::vector<std::string>& to, std::string_view what) {
    to.push_back(fmt::format("order {}: {}", asked.number, what));
  };
  std::multiset<std::int64_t> there;
  for (const auto& n : answers_in(stored)) there.insert(n.as_int64());
  for (const std::int64_t n : asked.answered)
    if (!there.contains(n)) tell(all.lost, fmt::format("answer {}", n));
  for (const std::int64_t n : there) {
    if (there.count(n) > 1) tell(all.wrong, fmt::format("answer {} twice", n));
    if (!asked.asked.contains(n)) tell(all.wrong, fmt::format("answer {} was not sent", n));
  }
  const auto letters =
      std::ranges::count(stored.events, "letter", &schema::workflow_event::event_name);
  if (asked.is_done && letters == 0) tell(all.lost, "the letter");
  if (letters > 1) tell(all.wrong, "the letter twice");
  for (const auto& broken : engine::verify_workflow(stored)) tell(all.wrong, broken);
}

}  // namespace

comparison server_load::compared_with(persistence::store& store) const {
  comparison all;
  auto stored = all_orders(store);
  for (const auto& order : orders()) {
    const auto found = stored.extract(order.number);
    if (!found.empty())
      compare(order, found.mapped(), all);
    else if (order.is_started)
      all.lost.push_back(fmt::format("order {}", order.number));
  }
  for (const auto& [number, each] : stored)
    all.wrong.push_back(fmt::format("order {} was not asked for", number));
  return all;
}

}  // namespace nava::test
