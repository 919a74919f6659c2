// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <atomic>
#include <nava/nava.hpp>

#include "benchmarks/baseline/client.hpp"
#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {
namespace {

constexpr std::int64_t open_of_all = 5;  // one of so many workflows has an open step
constexpr std::int64_t groups = 100;
constexpr std::int64_t groups_of_user = 10;
constexpr std::int64_t owned = 100;
constexpr std::int64_t finished_of_all = 50;  // the user has finished one step of so many
constexpr std::size_t page_size = 50;
constexpr std::size_t sessions = 16;
constexpr std::string_view user = "eva";

// A step that opens for a group, for nobody, or not at all, as the event says.
definition approvals_by(std::string_view group) {
  definition_builder approval{"approval", revision{1}};
  approval.stage("s", "Stage");
  approval.step("approve", {.stage = "s", .repeats = true});
  approval.step("stay", {.stage = "s"});
  approval.on("open", [](workflow_context& on, const event&) { on.add_step("approve"); });
  approval.on("open-for-group", [group = std::string{group}](workflow_context& on, const event&) {
    on.add_step("approve", {.candidates = candidates{.groups = {group}}});
  });
  approval.on_started([](workflow_context& on) { on.add_step("stay"); });
  return approval.build();
}

// As many workflows as are asked for, one step each; every fifth is open, for one of a hundred
// groups or, for some, for their owner. The user has finished a fiftieth of all steps.
class office {
 public:
  explicit office(const options& given)
      : on_server_(given.on_postgresql()), store_(open_store(given.url)) {
    const auto server = connect(given.url);
    if (on_server_) server->run(fmt::format("SET search_path = {}", given.schema));
    fill(*server, given.workflows);
  }

  [[nodiscard]] store& stored() const { return *store_; }

  [[nodiscard]] static worklist_request request() {
    worklist_request request{.user = std::string{user}, .limit = page_size};
    for (std::int64_t i = 0; i < groups_of_user; ++i)
      request.groups.push_back(fmt::format("group-{}", i * groups / groups_of_user));
    return request;
  }

 private:
  [[nodiscard]] std::string id(std::string_view kind) const {
    return fmt::format(
        fmt::runtime(on_server_
                         ? "CAST('00000000-0000-7000-{}-' || lpad(to_hex(w), 12, '0') AS uuid)"
                         : "printf('00000000-0000-7000-{}-%012x', w)"),
        kind);
  }
  [[nodiscard]] std::string time(std::string_view seconds) const {
    return fmt::format(
        fmt::runtime(on_server_ ? "to_timestamp({})"
                                : "strftime('%Y-%m-%dT%H:%M:%f000Z', {}, 'unixepoch')"),
        seconds);
  }

  void fill(client& server, std::int64_t workflows) const {
    const auto numbers = [](std::int64_t until) {
      return fmt::format(
          "WITH RECURSIVE n(w) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT w + 1 FROM n WHERE w "
          "< {}) ",
          until);
    };
    const std::int64_t open = std::max<std::int64_t>(1, workflows / open_of_all);
    const std::string made = time("1700000000 + w");
    const std::string due = time("1800000000 + (w * 7919) % 2592000");
    const std::string own = fmt::format("w % {} = 0", std::max<std::int64_t>(1, open / owned));
    server.run("BEGIN");
    server.run(fmt::format(
        "INSERT INTO workflow (_id, wfdef_key, wfdef_rev, namespace, resource_name, resource_id, "
        "title, status, progress, revision, last_seq, sys_tag, usr_tag, _created, _updated) {} "
        "SELECT {}, 'approval', 1, 'bench', 'order', 'order-' || w, 'Order', 'ACTIVE', 0, 1, 1, "
        "'[]', '[]', {}, {} FROM n",
        numbers(workflows), id("8000"), made, made));
    server.run(fmt::format(
        "INSERT INTO workflow_step (workflow_id, _id, \"index\", step_key, stage_key, title, "
        "selector, owner_id, stm_state, status, memory, ts_due, ts_start) {} SELECT {}, {}, 1, "
        "'approve', 's', 'Approve the order', {}, CASE WHEN w > {} AND w % {} = 0 OR w <= {} AND "
        "{} THEN '{}' END, '_CREATED', CASE WHEN w <= {} THEN 'ACTIVE' ELSE 'COMPLETED' END, "
        "'{{}}', {}, {} FROM n",
        numbers(workflows), id("8000"), id("9000"), id("a000"), open, finished_of_all, open, own,
        user, open, due, made));
    server.run(fmt::format(
        "INSERT INTO workflow_worklist (workflow_id, step_id, place, principal, ts_due, priority) "
        "{} SELECT {}, {}, CASE WHEN {} THEN 'OWNER' ELSE 'GROUP' END, CASE WHEN {} THEN '{}' "
        "ELSE 'group-' || w % {} END, {}, 0 FROM n",
        numbers(open), id("8000"), id("9000"), own, own, user, groups, due));
    server.run("COMMIT");
    server.run(on_server_ ? "VACUUM ANALYZE workflow, workflow_step, workflow_worklist"
                          : "ANALYZE");
  }

  bool on_server_;
  std::unique_ptr<store> store_;
};

// Pages through a worklist from its begin, over and over.
class reader {
 public:
  explicit reader(store& of) : of_(of), request_(office::request()) {}

  void first_page() { expect_full(of_.worklist(office::request())); }
  void next_page() {
    const worklist_page page = of_.worklist(request_);
    request_.after = page.next;
  }

 private:
  static void expect_full(const worklist_page& page) {
    if (page.items.empty()) throw std::runtime_error{"a worklist shows nothing"};
  }

  store& of_;
  worklist_request request_;
};

// Workflows whose decisions are timed.
class decider {
 public:
  decider(const options& given, std::string_view event_name)
      : run_(given.url, {approvals_by("managers")}, cached(given)), name_(event_name) {}

  void prepare() {
    // So that none grows large.
    constexpr int decisions = 20;
    if (made_++ % decisions == 0)
      id_ = run_.start("approval", {"order", schema::to_text(new_id())}).workflow_id;
  }
  void decide() { (void)run_.deliver_to(id_, {.name = name_, .key = no_key}); }

 private:
  static runtime_options cached(const options&) {
    runtime_options options;
    options.cache_workflows = 100;
    options.tells_others = false;
    return options;
  }

  runtime run_;
  std::string name_;
  uuid id_{};
  int made_ = 0;
};

// All sessions want all steps, each from another one on, or all from the first; each step has one
// owner in the end.
figures claims(const options& given, std::string name, bool in_one_order, std::int64_t steps) {
  const definition how = approvals_by("managers");
  runtime_options options;
  options.store.connections_max = 2;
  options.tells_others = false;
  // A file in memory has one store.
  std::vector<std::unique_ptr<runtime>> running;
  for (std::size_t i = 0; i < sessions; ++i)
    running.push_back(std::make_unique<runtime>(given.url, std::vector{how}, options));
  std::vector<std::pair<uuid, uuid>> wanted;
  for (std::int64_t i = 0; i < steps; ++i) {
    const uuid id =
        running.front()->start("approval", {"order", schema::to_text(new_id())}).workflow_id;
    running.front()->deliver_to(id, {.name = "open-for-group", .key = no_key});
    wanted.emplace_back(id, running.front()->store().load(id).value().state.steps.back().id);
  }
  std::atomic<std::int64_t> won = 0;
  samples timed;
  timed.time([&] {
    crew threads;
    for (std::size_t i = 0; i < sessions; ++i)
      threads.start([&, i] {
        const claimant who{fmt::format("user-{}", i), {"managers"}};
        const std::size_t first = in_one_order ? 0 : i * wanted.size() / sessions;
        for (std::size_t k = 0; k < wanted.size(); ++k) try {
            const auto& [workflow_id, step_id] = wanted[(first + k) % wanted.size()];
            (void)running[i]->claim(workflow_id, step_id, who);
            ++won;
          } catch (const step_taken&) {
          }
      });
    threads.join();
  });
  if (won != steps) throw std::runtime_error{"a step has several owners, or none"};
  for (const auto& [workflow_id, step_id] : wanted)
    if (!running.front()->store().load(workflow_id).value().state.steps.back().owner_id)
      throw std::runtime_error{"a claim was not stored"};
  figures found = figures_of(std::move(name), timed);
  found.operations = static_cast<std::size_t>(steps);
  found.per_second = static_cast<double>(steps) / timed.total_s();
  return found;
}

void run(const options& given, report& out) {
  const std::int64_t steps = std::max<std::int64_t>(1, given.operations);
  std::vector<contender> contenders;
  std::unique_ptr<office> full;
  std::unique_ptr<reader> reads;
  if (given.wants("page") || given.wants("next_page")) {
    out.progress("loading workflows");
    full = std::make_unique<office>(given);
    reads = std::make_unique<reader>(full->stored());
    if (given.wants("page")) contenders.push_back({"page", [&] { reads->first_page(); }});
    if (given.wants("next_page")) contenders.push_back({"next_page", [&] { reads->next_page(); }});
  }
  std::vector<std::unique_ptr<decider>> deciders;
  for (const auto& [name, event_name] :
       {std::pair{"open_for_group", "open-for-group"}, std::pair{"open", "open"}})
    if (given.wants(name)) {
      decider& one = *deciders.emplace_back(std::make_unique<decider>(given, event_name));
      contenders.push_back({.name = name,
                            .operation = [&one] { one.decide(); },
                            .prepare = [&one] { one.prepare(); }});
    }
  for (std::int64_t round = 0; round < given.rounds; ++round) {
    std::vector<figures> found = interleave(contenders, {given.operations, given.warm_up, round});
    if (given.wants("claims")) found.push_back(claims(given, "claims", false, steps));
    if (given.wants("claims_in_order"))
      found.push_back(claims(given, "claims_in_order", true, steps));
    out.add_round(std::move(found));
  }
  for (const char* what : {"page", "next_page"})
    for (const auto& [metric, text] :
         {std::pair{metric::p50_ms, "p50"}, std::pair{metric::p99_ms, "p99"}})
      if (given.wants(what))
        out.add({.name = fmt::format("worklist: {}, {}", what, text),
                 .unit = "ms",
                 .rounds = out.values(what, metric),
                 .samples = static_cast<std::size_t>(given.operations)});
  out.compare("decision that opens a step: for a group / for nobody, p50", metric::p50_ms,
              "open_for_group", "open");
  out.note(
      fmt::format("worklist of a user with {} groups, {} of {} workflows have an open step; "
                  "claims: {} sessions want the same {} steps",
                  groups_of_user, given.workflows / open_of_all, given.workflows, sessions, steps));
}

}  // namespace

workload worklist() {
  return {"worklist",
          "pages of 50 open steps of a user with ten groups; decisions that open a step; claims "
          "of the same steps by 16 sessions",
          {"page", "next_page", "open_for_group", "open", "claims", "claims_in_order"},
          {option::workflows, option::operations, option::warm_up, option::contenders},
          {.workflows = 10'000, .operations = 200, .warm_up = 5},
          &run};
}

}  // namespace nava::benchmarks
