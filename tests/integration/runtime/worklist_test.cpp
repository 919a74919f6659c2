// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "support/catch.hpp"
#include "support/engine_case.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::test;

#define WORKLIST_TEST_CASE(NAME)                                                                 \
  ENGINE_TEST_CASE("worklist: " NAME, "[worklist]", sqlite_memory, sqlite_file, postgresql_kept, \
                   partitioned_kept)

namespace {

using lines = std::vector<std::string>;
using schema::worklist_place;

// A leave whose only step is for those whom its params name.
definition leave(std::string key = "leave") {
  definition_builder builder{std::move(key), revision{1}};
  builder.title("Leave").stage("review", "Review").stage("archive", "Archive");
  builder.step("approval", {.stage = "review"}).on("done", [](step_context& step, const event&) {
    step.finish();
  });
  builder.step("filing", {.stage = "archive"});
  builder.on_started([](workflow_context& workflow) {
    const json::object& wanted = workflow.params();
    engine::add_step_options options{.title = std::string{wanted.at("title").as_string()}};
    options.candidates.emplace();
    if (const auto* groups = wanted.if_contains("groups"))
      for (const auto& each : groups->as_array())
        options.candidates->groups.emplace_back(each.as_string());
    if (const auto* users = wanted.if_contains("users"))
      for (const auto& each : users->as_array())
        options.candidates->users.emplace_back(each.as_string());
    if (const auto* owner = wanted.if_contains("owner")) options.owner_id = owner->as_string();
    if (const auto* due = wanted.if_contains("due"))
      options.ts_due = *schema::parse_timestamp(due->as_string());
    if (const auto* priority = wanted.if_contains("priority"))
      options.priority = priority->as_int64();
    workflow.add_step(wanted.if_contains("filing") ? "filing" : "approval", options);
  });
  return builder.build();
}

struct office {
  explicit office(test_database& database)
      : run(std::shared_ptr{database.open()}, {leave(), leave("sabbatical")}) {}

  uuid ask(std::string title, json::object params, std::string_view key = "leave") {
    params["title"] = title;
    return run.start(key, {"employee", title}, params).workflow_id;
  }
  [[nodiscard]] schema::workflow_step step(const uuid& id) {
    return run.store().load(id).value().state.steps.front();
  }
  lines list(worklist_request request) {
    lines titles;
    for (const auto& each : run.worklist(request).items) titles.push_back(each.title);
    return titles;
  }
  // All pages, of so many steps each.
  lines pages(worklist_request request, std::size_t limit) {
    lines titles;
    request.limit = limit;
    do {
      const worklist_page page = run.worklist(request);
      CHECK(page.items.size() <= limit);
      for (const auto& each : page.items) titles.push_back(each.title);
      request.after = page.next;
    } while (!request.after.empty());
    return titles;
  }

  runtime run;
};

std::string refused_list(office& with, const worklist_request& request) {
  try {
    (void)with.run.worklist(request);
    return "none";
  } catch (const error& failure) {
    CHECK(failure.kind() == error_kind::invalid_input);
    return failure.what();
  }
}

std::vector<std::string> numbered_groups(int count) {
  std::vector<std::string> groups;
  for (int i = 0; i < count; ++i) groups.push_back("g" + std::to_string(i));
  return groups;
}

constexpr std::string_view other_place =
    "the place in a worklist is none that a page of this request has given; begin at the first "
    "page";

}  // namespace

WORKLIST_TEST_CASE("shows what a person has and may claim, each step once, what is due first") {
  office with{database};
  with.ask("mine", {{"owner", "eva"}, {"due", "2026-03-04T00:00:00Z"}});
  with.ask("both groups", {{"groups", {"a", "b"}}, {"due", "2026-03-02T00:00:00Z"}});
  with.ask("named and group",
           {{"users", {"eva"}}, {"groups", {"a"}}, {"due", "2026-03-03T00:00:00Z"}});
  with.ask("no due", {{"groups", {"b"}}});
  with.ask("another's", {{"owner", "max"}, {"groups", {"a"}}});
  with.ask("another group's", {{"groups", {"c"}}});
  const worklist_request eva{.user = "eva", .groups = {"a", "b", "d"}};
  CHECK(with.list(eva) == lines{"both groups", "named and group", "mine", "no due"});
  CHECK(with.pages(eva, 1) == lines{"both groups", "named and group", "mine", "no due"});
  CHECK(with.pages(eva, 3) == lines{"both groups", "named and group", "mine", "no due"});
  CHECK(with.list({.user = "eva", .groups = {"a", "b"}, .scope = worklist_scope::mine}) ==
        lines{"mine"});
  CHECK(with.list({.user = "eva", .groups = {"a"}, .scope = worklist_scope::claimable}) ==
        lines{"both groups", "named and group"});
  CHECK(with.list({.user = "a"}) == lines{});
  CHECK(with.run.count_worklist(eva).steps == 4);
  CHECK_FALSE(with.run.count_worklist(eva).are_more);
}

WORKLIST_TEST_CASE("shows of a step what a list needs") {
  office with{database};
  const uuid id =
      with.ask("one", {{"groups", {"a"}}, {"priority", 7}, {"due", "2026-03-04T00:00:00Z"}});
  const auto page = with.run.worklist({.user = "eva", .groups = {"a"}});
  REQUIRE(page.items.size() == 1);
  CHECK(page.next.empty());
  const worklist_item& item = page.items.front();
  const schema::workflow_step step = with.step(id);
  CHECK(item.workflow_id == id);
  CHECK(item.step_id == step.id);
  CHECK(item.selector == step.selector);
  CHECK(item.wfdef_key == "leave");
  CHECK(item.resource_name == "employee");
  CHECK(item.resource_id == "one");
  CHECK(item.workflow_title == "Leave");
  CHECK(item.workflow_status == schema::workflow_status::active);
  CHECK(item.step_key == "approval");
  CHECK(item.stage_key == "review");
  CHECK(item.state == "_CREATED");
  CHECK(item.status == schema::step_status::active);
  CHECK(item.priority == 7);
  CHECK(item.ts_due == step.ts_due);
  CHECK(item.ts_start == step.ts_start);
  CHECK(item.place == worklist_place::group);
  CHECK(item.principal == "a");
}

WORKLIST_TEST_CASE("is narrowed by definition, stage, text and time") {
  office with{database};
  const timestamp past = *schema::parse_timestamp("2020-01-01T00:00:00Z");
  with.ask("Alps", {{"owner", "eva"}, {"due", schema::to_text(past)}});
  with.ask("Baltic", {{"owner", "eva"}, {"due", "9000-01-01T00:00:00Z"}}, "sabbatical");
  with.ask("Crete", {{"owner", "eva"}, {"filing", true}});
  CHECK(with.list({.user = "eva", .wfdef_key = "sabbatical"}) == lines{"Baltic"});
  CHECK(with.list({.user = "eva", .stage_key = "archive"}) == lines{"Crete"});
  CHECK(with.list({.user = "eva", .due_before = past}) == lines{});
  CHECK(with.list({.user = "eva", .due_before = past + std::chrono::hours{1}}) == lines{"Alps"});
  CHECK(with.list({.user = "eva", .overdue = true}) == lines{"Alps"});
  CHECK(with.list({.user = "eva", .text = "ALP"}) == lines{"Alps"});
  CHECK(with.list({.user = "eva", .text = "%"}) == lines{});
  CHECK(with.list({.user = "eva", .text = "leav"}) == lines{"Alps", "Baltic", "Crete"});
  CHECK(with.run.count_worklist({.user = "eva", .wfdef_key = "leave", .text = "e"}).steps == 2);
  CHECK(with.run.count_worklist({.user = "eva", .overdue = true}).steps == 1);
}

WORKLIST_TEST_CASE("is sorted by priority and by age, over pages too") {
  office with{database};
  with.ask("low", {{"groups", {"a"}}, {"priority", -1}});
  with.ask("high, late", {{"groups", {"a", "b"}}, {"priority", 9}});
  with.ask("high, soon", {{"users", {"eva"}}, {"priority", 9}, {"due", "2026-03-04T00:00:00Z"}});
  with.ask("none", {{"owner", "eva"}});
  worklist_request request{.user = "eva", .groups = {"a", "b"}, .order = worklist_order::priority};
  CHECK(with.list(request) == lines{"high, soon", "high, late", "none", "low"});
  CHECK(with.pages(request, 1) == lines{"high, soon", "high, late", "none", "low"});
  request.order = worklist_order::oldest;
  CHECK(with.list(request) == lines{"low", "high, late", "high, soon", "none"});
  CHECK(with.pages(request, 2) == lines{"low", "high, late", "high, soon", "none"});
}

WORKLIST_TEST_CASE("leaves out what is to be followed up later, and what is done") {
  office with{database};
  const uuid later = with.ask("later", {{"owner", "eva"}});
  const uuid done = with.ask("done", {{"owner", "eva"}});
  with.run.postpone(later, with.step(later).id, *schema::parse_timestamp("9000-01-01T00:00:00Z"));
  with.run.deliver_to(done, {.name = "done", .key = no_key});
  CHECK(with.list({.user = "eva"}) == lines{});
  CHECK(with.list({.user = "eva", .postponed = true}) == lines{"later"});
  with.run.postpone(later, with.step(later).id, *schema::parse_timestamp("2020-01-01T00:00:00Z"));
  CHECK(with.list({.user = "eva"}) == lines{"later"});
  with.run.cancel(later);
  CHECK(with.list({.user = "eva", .postponed = true}) == lines{});
}

WORKLIST_TEST_CASE("follows its steps from hand to hand") {
  office with{database};
  const uuid id = with.ask("one", {{"groups", {"a"}}});
  const uuid step = with.step(id).id;
  const auto places = [&] {
    lines all;
    for (const std::string user : {"eva", "max"})
      for (const auto& each : with.run.worklist({.user = user, .groups = {"a"}}).items)
        all.push_back(user + " " + std::string{schema::to_text(each.place)} + " " + each.principal);
    return all;
  };
  CHECK(places() == lines{"eva GROUP a", "max GROUP a"});
  with.run.claim(id, step, {.user = "eva", .groups = {"a"}});
  CHECK(places() == lines{"eva OWNER eva"});
  with.run.delegate(id, step, "max");
  CHECK(places() == lines{"max OWNER max"});
  with.run.resolve(id, step);
  CHECK(places() == lines{"eva OWNER eva"});
  with.run.unclaim(id, step);
  CHECK(places() == lines{"eva GROUP a", "max GROUP a"});
}

WORKLIST_TEST_CASE("goes away with its workflow") {
  office with{database};
  const uuid id = with.ask("one", {{"owner", "eva"}, {"groups", {"a"}}});
  CHECK(with.run.store().erase(id));
  CHECK(with.list({.user = "eva", .groups = {"a"}}) == lines{});
}

WORKLIST_TEST_CASE("refuses what it cannot answer, in a line") {
  office with{database};
  for (const std::string title : {"one", "two"}) with.ask(title, {{"owner", "eva"}});
  CHECK(refused_list(with, {.user = ""}) ==
        "a worklist is asked for without a user; say whose it is");
  CHECK(refused_list(with, {.user = "eva", .groups = numbered_groups(256)}) ==
        "a worklist is asked for 257 groups and users, 256 are allowed; ask in parts");
  CHECK(refused_list(with, {.user = std::string("e\0a", 3)}).starts_with("the user of a worklist"));
  const std::string next = with.run.worklist({.user = "eva", .limit = 1}).next;
  REQUIRE_FALSE(next.empty());
  CHECK(refused_list(with, {.user = "eva", .after = next}) == "none");
  CHECK(refused_list(with, {.user = "max", .after = next}) == other_place);
  CHECK(refused_list(with, {.user = "eva", .text = "o", .after = next}) == other_place);
  CHECK(refused_list(with, {.user = "eva", .order = worklist_order::priority, .after = next}) ==
        other_place);
  for (const std::string forged : {"x", "due", "due/0/0/0/0/0", "////////"})
    CHECK(refused_list(with, {.user = "eva", .after = forged}) == other_place);
  CHECK(refused_list(with, {.user = "eva", .after = next.substr(0, next.size() - 1)}) ==
        other_place);
  worklist_request ranked{.user = "eva", .order = worklist_order::priority, .limit = 1};
  const std::string by_rank = with.run.worklist(ranked).next;
  const std::size_t rank = by_rank.find('/', by_rank.find('/') + 1) + 1;
  for (const std::string forged : {"-", "1x", "99999999999999999999", ""}) {
    std::string place = by_rank;
    place.replace(rank, place.find('/', rank) - rank, forged);
    ranked.after = place;
    CHECK(refused_list(with, ranked) == other_place);
  }
}

WORKLIST_TEST_CASE("takes as many groups as are allowed") {
  office with{database};
  with.ask("one", {{"groups", {"g254"}}});
  CHECK(with.list({.user = "eva", .groups = numbered_groups(255)}) == lines{"one"});
  CHECK(with.list({.user = "eva", .groups = numbered_groups(255), .stands_in_for = {"eva"}}) ==
        lines{"one"});
  worklist_request many{.user = "eva", .stands_in_for = numbered_groups(239)};
  CHECK(with.list(many) == lines{});
  many.stands_in_for = numbered_groups(250);
  CHECK(refused_list(with, many) ==
        "a worklist is asked for 251 users, for whom it would take too long; ask in parts");
}

WORKLIST_TEST_CASE("pages go on among steps that are due at once, or never") {
  office with{database};
  lines all;
  for (int i = 0; i < 7; ++i) {
    all.push_back("step " + std::to_string(i));
    with.ask(all.back(), {{"groups", {"a", "b"}}});
  }
  for (const std::size_t limit : {1, 2, 3})
    for (const auto order :
         {worklist_order::due, worklist_order::priority, worklist_order::oldest}) {
      lines listed = with.pages({.user = "eva", .groups = {"b", "a"}, .order = order}, limit);
      std::ranges::sort(listed);
      CHECK(listed == all);
    }
}

WORKLIST_TEST_CASE("a page begins after the last, whatever order the groups come in") {
  office with{database};
  for (const std::string title : {"one", "two"}) with.ask(title, {{"groups", {"a"}}});
  const auto first = with.run.worklist({.user = "eva", .groups = {"a", "b"}, .limit = 1});
  REQUIRE_FALSE(first.next.empty());
  CHECK(with.list({.user = "eva", .groups = {"b", "a", "a"}, .after = first.next}).size() == 1);
}

WORKLIST_TEST_CASE("shows too what those have whom a person stands in for") {
  office with{database};
  with.ask("eva's", {{"owner", "eva"}});
  with.ask("for eva", {{"users", {"eva"}}});
  with.ask("max's", {{"owner", "max"}});
  CHECK(with.list({.user = "max"}) == lines{"max's"});
  lines both = with.list({.user = "max", .stands_in_for = {"eva", "max"}});
  std::ranges::sort(both);
  CHECK(both == lines{"eva's", "for eva", "max's"});
}
