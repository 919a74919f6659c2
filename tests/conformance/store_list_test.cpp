// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "conformance/store_test_case.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

using numbers = std::vector<std::uint64_t>;
using schema::workflow_status;

// By the resource `claim-{number}`.
numbers numbers_of(const std::vector<schema::workflow>& workflows) {
  numbers all;
  for (const auto& row : workflows) all.push_back(std::stoull(row.resource_id.substr(6)));
  return all;
}

struct list_of {
  store& stored;

  numbers operator()(const list_request& request) const {
    return numbers_of(stored.list(request).workflows);
  }

  // All pages, and then back again from the last one.
  std::vector<numbers> there_and_back(list_request request) const {
    std::vector<numbers> pages;
    list_page page = stored.list(request);
    CHECK(page.previous.empty());
    for (;; page = stored.list(request)) {
      pages.push_back(numbers_of(page.workflows));
      if (page.next.empty()) break;
      request.after = page.next;
    }
    request.after.clear();
    while (!page.previous.empty()) {
      request.before = page.previous;
      page = stored.list(request);
      CHECK_FALSE(page.next.empty());
      pages.push_back(numbers_of(page.workflows));
    }
    return pages;
  }
};

void create(store& stored, std::uint64_t number,
            const std::function<void(unit_of_work&)>& change = {}) {
  auto unit = first_unit(number);
  if (change) change(unit);
  REQUIRE(stored.create(unit) == commit_result::applied);
}

void finish(unit_of_work& unit, workflow_status status, int at) {
  unit.workflow.status = status;
  unit.workflow.ts_finish = instant(at);
}

void check_refused(store& stored, const list_request& request, std::string_view why) {
  try {
    (void)stored.list(request);
    FAIL("nothing was refused");
  } catch (const error& refused) {
    CHECK(refused.kind() == error_kind::invalid_input);
    CHECK_THAT(refused.what(), Catch::Contains(std::string{why}));
  }
}

}  // namespace

STORE_TEST_CASE("list pages through workflows in the order of their ids, and back") {
  const auto store = database.open();
  const list_of list{*store};
  for (const std::uint64_t number : {5, 3, 1, 4, 2}) create(*store, number);
  CHECK(list.there_and_back({.limit = 2}) ==
        std::vector<numbers>{{1, 2}, {3, 4}, {5}, {3, 4}, {1, 2}});
  CHECK(list.there_and_back({.newest_first = true, .limit = 2}) ==
        std::vector<numbers>{{5, 4}, {3, 2}, {1}, {3, 2}, {5, 4}});
  CHECK(list.there_and_back({.limit = 5}) == std::vector<numbers>{{1, 2, 3, 4, 5}});
  CHECK(list({.limit = list_rows_max + 1}).size() == 5);
  CHECK(list({.limit = 0}) == numbers{1});

  // A place holds where its workflow is deleted, and for other filters.
  const list_request beyond{.wfdef_key = first_unit(3).workflow.wfdef_key,
                            .after = place_of(first_unit(3).workflow)};
  REQUIRE(store->erase(id_of(id_kind::workflow, 3)));
  CHECK(list(beyond) == numbers{4, 5});
  CHECK(list({.before = beyond.after, .limit = 1}) == numbers{2});

  // What came before or behind a place has gone.
  const std::string end = place_of(first_unit(5).workflow);
  const auto nothing = store->list({.after = end});
  CHECK((nothing.workflows.empty() && nothing.previous == end && nothing.next.empty()));
  CHECK(list({.before = nothing.previous, .limit = 2}) == numbers{2, 4});
  for (const std::uint64_t number : {1, 2}) REQUIRE(store->erase(id_of(id_kind::workflow, number)));
  const auto first = store->list({.before = place_of(first_unit(4).workflow), .limit = 1});
  CHECK(numbers_of(first.workflows) == numbers{4});
  CHECK((first.previous.empty() && !first.next.empty()));
}

STORE_TEST_CASE("list goes by the end of workflows, from and until a time, and back") {
  const auto store = database.open();
  const list_of list{*store};
  create(*store, 1);
  for (const auto& [number, at] : {std::pair{2, 30}, {3, 10}, {4, 20}, {5, 20}})
    create(*store, static_cast<std::uint64_t>(number),
           [&](auto& unit) { finish(unit, workflow_status::completed, at); });
  list_request request{.order = list_order::finished, .limit = 2};
  CHECK(list.there_and_back(request) == std::vector<numbers>{{3, 4}, {5, 2}, {3, 4}});
  request.newest_first = true;
  CHECK(list.there_and_back(request) == std::vector<numbers>{{2, 5}, {4, 3}, {2, 5}});
  request.limit = 1;
  request.finished = {.from = instant(20), .before = instant(30)};
  CHECK(list.there_and_back(request) == std::vector<numbers>{{5}, {4}, {5}});
  request.finished = {.from = instant(30)};
  CHECK(list(request) == numbers{2});
  request.finished = {.before = instant(20)};
  CHECK(list(request) == numbers{3});
  CHECK(list({.finished = {.from = instant(20)}}) == numbers{2, 4, 5});
  request = {.finished = {.from = instant(10), .before = instant(40)},
             .order = list_order::finished,
             .limit = 1};
  CHECK(list.there_and_back(request) == std::vector<numbers>{{3}, {4}, {5}, {2}, {5}, {4}, {3}});
  request.newest_first = true;
  CHECK(list.there_and_back(request) == std::vector<numbers>{{2}, {5}, {4}, {3}, {4}, {5}, {2}});
}

STORE_TEST_CASE("list pages through the workflows of an owner and of a company, and back") {
  const auto store = database.open();
  const list_of list{*store};
  for (const std::uint64_t number : {1, 2, 3, 4, 5, 6})
    create(*store, number, [&](auto& unit) {
      unit.workflow.owner_id = number % 2 == 0 ? "eva" : "Eva";
      unit.workflow.company_id = number < 4 ? "b" : number < 6 ? "a" : "c";
    });
  CHECK(list.there_and_back({.owner_id = "eva", .limit = 1}) ==
        std::vector<numbers>{{2}, {4}, {6}, {4}, {2}});
  CHECK(list.there_and_back({.owner_id = "Eva", .newest_first = true, .limit = 2}) ==
        std::vector<numbers>{{5, 3}, {1}, {5, 3}});
  CHECK(list.there_and_back({.company_id = "b", .limit = 2}) ==
        std::vector<numbers>{{1, 2}, {3}, {1, 2}});
  CHECK(list.there_and_back({.company_id = "a", .newest_first = true, .limit = 1}) ==
        std::vector<numbers>{{5}, {4}, {5}});
}

STORE_TEST_CASE("list finds workflows by what their rows say") {
  const auto store = database.open();
  const list_of list{*store};
  create(*store, 1, [](auto& unit) {
    unit.workflow.wfdef_key = "leave";
    unit.workflow.owner_id = "eva";
    unit.workflow.company_id = "acme";
    unit.workflow.usr_tag = {"urgent", "new"};
    unit.participants.inserted = {{unit.workflow.id, "boss", "max"},
                                  {unit.workflow.id, "clerk", "max"}};
  });
  create(*store, 2, [](auto& unit) {
    unit.workflow.owner_id = "eva";
    unit.workflow.resource_name = "loan";
    unit.workflow.usr_tag = {"urge"};
    unit.workflow.created = instant(100);
    finish(unit, workflow_status::failed, 50);
  });
  create(*store, 3, [](auto& unit) {
    unit.workflow.owner_id = "ben";
    unit.workflow.company_id = "acme";
    unit.workflow.status = workflow_status::degraded;
    unit.workflow.updated = instant(100);
    unit.participants.inserted = {{unit.workflow.id, "boss", "max"}};
  });
  create(*store, 12, [](auto& unit) {
    unit.workflow.owner_id = std::nullopt;
    unit.workflow.company_id = std::nullopt;
    unit.participants.inserted.clear();
  });
  CHECK(list({}) == numbers{1, 2, 3, 12});
  CHECK(list({.wfdef_key = "leave"}) == numbers{1});
  CHECK(list({.statuses = {workflow_status::degraded, workflow_status::failed}}) == numbers{2, 3});
  CHECK(list({.statuses = {workflow_status::degraded}}) == numbers{3});
  CHECK(list({.statuses = {workflow_status::active, workflow_status::degraded}}) ==
        numbers{1, 3, 12});
  CHECK(list({.statuses = {workflow_status::cancelled}}) == numbers{});
  CHECK(list({.resource_name = "loan"}) == numbers{2});
  CHECK(list({.resource_id_prefix = "claim-1"}) == numbers{1, 12});
  CHECK(list({.resource_id_prefix = "Claim-1"}) == numbers{});
  CHECK(list({.resource_id_prefix = "%"}) == numbers{});
  CHECK(list({.owner_id = "eva"}) == numbers{1, 2});
  CHECK(list({.owner_id = "ev"}) == numbers{});
  CHECK(list({.company_id = "acme"}) == numbers{1, 3});
  CHECK(list({.tag = "urgent"}) == numbers{1});
  CHECK(list({.participant = "max"}) == numbers{1, 3});
  CHECK(list.there_and_back({.participant = "max", .limit = 1}) ==
        std::vector<numbers>{{1}, {3}, {1}});
  CHECK(list({.created = {.from = instant(100)}}) == numbers{2});
  CHECK(list({.created = {.before = instant(100)}}) == numbers{1, 3, 12});
  CHECK(list({.updated = {.from = instant(100)}}) == numbers{3});

  // Whichever of them the walk is along, the others count too.
  CHECK(list({.owner_id = "ben", .company_id = "acme", .participant = "max"}) == numbers{3});
  CHECK(list({.owner_id = "eva", .participant = "max"}) == numbers{1});
  CHECK(list({.owner_id = "eva", .company_id = "acme"}) == numbers{1});
  CHECK(list({.statuses = {workflow_status::degraded}, .owner_id = "eva"}) == numbers{});
  CHECK(list({.statuses = {workflow_status::degraded}, .company_id = "acme"}) == numbers{3});
  CHECK(list({.owner_id = "eva", .order = list_order::finished}) == numbers{2});
  CHECK(list({.participant = "max", .order = list_order::finished}) == numbers{});
}

STORE_TEST_CASE("list refuses places and texts that no list has") {
  const auto store = database.open();
  create(*store, 1, [](auto& unit) { finish(unit, workflow_status::completed, 50); });
  const schema::workflow row = store->list({}).workflows.front();
  const std::string by_id = place_of(row), by_end = place_of(row, list_order::finished);
  const auto no_place = "the place in a list of workflows is none of a page in this order";
  check_refused(*store, {.after = by_end}, no_place);
  check_refused(*store, {.order = list_order::finished, .before = by_id}, no_place);
  check_refused(*store, {.after = "'; DROP TABLE workflow"}, no_place);
  check_refused(*store, {.order = list_order::finished, .after = by_end + "/"}, no_place);
  check_refused(*store, {.after = by_id, .before = by_id}, "give one of them");
  check_refused(*store, {.owner_id = std::string(257, 'x')}, "owner");
  check_refused(*store, {.tag = std::string{"a\0b", 3}}, "tag");
  check_refused(*store, {.created = {.from = timestamp::max()}}, "created_from");
  check_refused(*store, {.updated = {.from = instant(3), .before = instant(2)}},
                "give the earlier time first");
  CHECK_THROWS_AS(place_of(first_unit(2).workflow, list_order::finished), error);
}

STORE_TEST_CASE("a page of list is bounded") {
  const auto store = database.open();
  for (std::uint64_t number = 0; number <= list_rows_max; ++number) {
    unit_of_work unit = first_unit(number);
    unit_of_work small;
    small.transaction_id = unit.transaction_id;
    small.workflow = unit.workflow;
    small.events = unit.events;
    REQUIRE(store->create(small) == commit_result::applied);
  }
  CHECK(store->list({.limit = 10 * list_rows_max}).workflows.size() == list_rows_max);
}
