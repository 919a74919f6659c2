// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <nava/nava.hpp>
#include <nava/schema/workflow_database.hpp>
#include <new>
#include <utility>

#include "runtime/workflow_cache.hpp"
#include "support/faulty_store.hpp"
#include "support/stores.hpp"
#include "support/units.hpp"

using namespace nava;
using namespace nava::test;

namespace {

// Bytes that this thread has taken since the counting began, and the most of them at a time.
thread_local bool is_counting = false;
thread_local std::ptrdiff_t bytes_now = 0;
thread_local std::ptrdiff_t bytes_most = 0;

// So many requests of this thread get memory, and the next one fails. Below zero none fails.
thread_local std::ptrdiff_t granted = -1;

void* taken(std::size_t size) {
  if (granted >= 0 && granted-- == 0) throw std::bad_alloc{};
  void* const place = std::malloc(size);
  if (place == nullptr) throw std::bad_alloc{};
  if (is_counting) {
    bytes_now += static_cast<std::ptrdiff_t>(malloc_usable_size(place));
    bytes_most = std::max(bytes_most, bytes_now);
  }
  return place;
}

void given_back(void* place) noexcept {
  if (place != nullptr && is_counting)
    bytes_now -= static_cast<std::ptrdiff_t>(malloc_usable_size(place));
  std::free(place);
}

}  // namespace

void* operator new(std::size_t size) { return taken(size); }
void* operator new[](std::size_t size) { return taken(size); }
// As the library's own does; that of AddressSanitizer would not come here, and its memory would.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return taken(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* place) noexcept { given_back(place); }
void operator delete[](void* place) noexcept { given_back(place); }
void operator delete(void* place, std::size_t) noexcept { given_back(place); }
void operator delete[](void* place, std::size_t) noexcept { given_back(place); }

namespace {

constexpr std::size_t huge = 100u << 20;
// A few rows, a state, a message of an error.
constexpr std::ptrdiff_t bytes_allowed = 256 << 10;

/// The most bytes that `act` holds at a time, while it throws invalid_input.
std::ptrdiff_t bytes_of_refusal(const std::function<void()>& act) {
  bytes_now = bytes_most = 0;
  std::string what = "nothing was thrown";
  is_counting = true;
  try {
    act();
  } catch (const error& thrown) {
    is_counting = false;
    what = thrown.kind() == error_kind::invalid_input ? "" : thrown.what();
  }
  is_counting = false;
  CHECK(what == "");
  return bytes_most;
}

const std::string& huge_text() {
  static const std::string text(huge, 'x');
  return text;
}

const json::object& huge_object() {
  static const json::object object{{"scan", json::string(huge_text())}};
  return object;
}

void check_first_look(const std::string& name, const std::function<void()>& act) {
  INFO(name);
  // Made at its first use, which must not be counted as that of `act`.
  (void)huge_object();
  CHECK(bytes_of_refusal(act) < bytes_allowed);
}

definition with_handler(std::function<void(step_context&)> act) {
  definition_builder builder{"claim", revision{1}};
  builder.role("clerk", "Clerk").stage("review", "Review");
  builder.step("ask", {.stage = "review", .repeats = true})
      .on("go", [act = std::move(act)](step_context& step, const event&) { act(step); });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("ask"); });
  return builder.build();
}

const resource about{"claim", "1"};

/// After a commit, so many requests of the calling thread get memory, and the next one fails.
class starving_store : public store_decorator {
 public:
  using store_decorator::store_decorator;

  void starve_after(std::ptrdiff_t grants) { grants_ = grants; }

  commit_result commit(const nava::unit_of_work& unit, nava::deadline limit) override {
    const auto result = store_decorator::commit(unit, limit);
    granted = std::exchange(grants_, -1);
    return result;
  }

 private:
  std::ptrdiff_t grants_ = -1;
};

}  // namespace

TEST_CASE("the count of bytes sees a copy of a large value") {
  is_counting = true;
  bytes_now = bytes_most = 0;
  const auto copy = std::make_unique<json::object>(huge_object());
  is_counting = false;
  CHECK(bytes_most >= static_cast<std::ptrdiff_t>(huge));
}

TEST_CASE("an event that is far too large is refused at the first look") {
  runtime run{database_url{"sqlite::memory:"},
              {with_handler([](step_context& step) { step.finish(); })}};
  run.start("claim", about);
  const event by_data{.name = "go", .resource = about, .key = nava::no_key, .data = huge_object()};
  const event by_args{.name = "go", .resource = about, .key = nava::no_key, .args = huge_object()};
  const event by_name{.name = huge_text(), .resource = about, .key = nava::no_key};
  const event by_resource{.name = "go", .resource = {"claim", huge_text()}, .key = nava::no_key};
  const event by_key{.name = "go", .resource = about, .key = huge_text()};
  check_first_look("data", [&] { run.deliver(by_data); });
  check_first_look("args", [&] { run.deliver(by_args); });
  check_first_look("name", [&] { run.deliver(by_name); });
  check_first_look("resource", [&] { run.deliver(by_resource); });
  check_first_look("key", [&] { run.deliver(by_key); });
}

TEST_CASE("a start that is far too large is refused at the first look") {
  runtime run{database_url{"sqlite::memory:"},
              {with_handler([](step_context& step) { step.finish(); })}};
  json::object params = huge_object();
  start_options options{.title = huge_text()};
  check_first_look("params", [&] { run.start("claim", about, std::move(params)); });
  check_first_look("title", [&] { run.start("claim", about, {}, std::move(options)); });
}

TEST_CASE("what a handler stores that is far too large is refused at the first look") {
  std::function<void(step_context&)> act;
  runtime run{database_url{"sqlite::memory:"},
              {with_handler([&](step_context& step) { act(step); })}};
  run.start("claim", about);
  const event go{.name = "go", .resource = about, .key = nava::no_key};
  add_step_options titled{.title = huge_text()};
  task_options described{.desc = huge_text()};
  std::string label = huge_text();
  const std::vector<std::pair<std::string, std::function<void(step_context&)>>> acts{
      {"memorize", [](auto& step) { step.memorize(huge_object()); }},
      {"memorize in the workflow", [](auto& step) { step.workflow().memorize(huge_object()); }},
      {"output", [](auto& step) { step.workflow().output(huge_object()); }},
      {"add_task", [](auto& step) { step.add_task("print", huge_object()); }},
      {"add_task, desc", [&](auto& step) { step.add_task("print", {}, described); }},
      {"add_step", [&](auto& step) { step.add_step("ask", std::move(titled)); }},
      {"label", [&](auto& step) { step.label(std::move(label)); }},
      {"message", [](auto& step) { step.message(huge_text()); }},
      {"participant", [](auto& step) { step.workflow().add_participant("clerk", huge_text()); }}};
  for (const auto& [name, each] : acts) {
    act = each;
    check_first_look(name, [&] { run.deliver(go); });
  }
  const command_options huge{.reason = huge_text()};
  check_first_look("reason", [&] { run.cancel(run.store().list({}).workflows.front().id, huge); });
}

TEST_CASE("a store refuses what is far too large at the first look") {
  const auto store = open_store(database_url{"sqlite::memory:"});
  auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  auto next = next_unit(first);
  next.steps.updated.front().memory = huge_object();
  check_first_look("commit", [&] { (void)store->commit(next); });
  auto other = first_unit(2);
  other.workflow.note = huge_text();
  check_first_look("create", [&] { (void)store->create(other); });

  std::vector<schema::workflow_message> rows(1);
  rows.front().content = huge_text();
  check_first_look("insert_rows", [&] { insert_rows<schema::workflow_database<>>(*store, rows); });
  std::vector<schema::workflow_definition> definitions(1);
  definitions.front().title = huge_text();
  check_first_look("register_definitions", [&] { (void)store->register_definitions(definitions); });
}

TEST_CASE("a decision that is stored is applied where no memory is left to cache it") {
  const auto store = std::make_shared<starving_store>(open_store(database_url{"sqlite::memory:"}));
  runtime run{store,
              {with_handler([](step_context& step) { step.label("seen"); })},
              {.cache_workflows = 8}};
  run.start("claim", about);
  int applied_uncached = 0;
  for (std::ptrdiff_t grants = 0;; ++grants) {
    INFO(grants);
    const event go{.name = "go", .resource = about, .key = std::to_string(grants)};
    store->starve_after(grants);
    std::vector<outcome> outcomes;
    try {
      outcomes = run.deliver(go);
    } catch (const std::bad_alloc&) {
    }
    const bool has_starved = std::exchange(granted, -1) < 0;
    // Whatever became of the answer, the event is there once, and the next decision finds it.
    CHECK(run.deliver(go).front().result == nava::delivery::already_applied);
    if (outcomes.empty() || !has_starved) break;
    CHECK(outcomes.front().result == nava::delivery::applied);
    ++applied_uncached;
  }
  CHECK(applied_uncached >= 3);
}

TEST_CASE("a workflow that could not be cached takes no place in the cache") {
  const auto state_of = [](std::uint64_t number) {
    return expected_workflow{}.apply(first_unit(number)).state();
  };
  int failures = 0;
  for (std::ptrdiff_t grants = 0;; ++grants) {
    INFO(grants);
    nava::workflow_cache cache{3};
    auto state = state_of(1);
    granted = grants;
    try {
      cache.put(std::move(state), cache.epoch());
    } catch (const std::bad_alloc&) {
    }
    const bool has_failed = std::exchange(granted, -1) < 0;
    for (std::uint64_t number = 1; number <= 3; ++number)
      cache.put(state_of(number), cache.epoch());
    for (std::uint64_t number = 1; number <= 3; ++number)
      CHECK(cache.find(id_of(id_kind::workflow, number)) != nullptr);
    if (!has_failed) break;
    ++failures;
  }
  CHECK(failures >= 3);
}
