// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <nava/testing.hpp>

#include "support/engine_case.hpp"
#include "support/eventually.hpp"
#include "support/faulty_store.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Contains;

#define FAMILY_TEST_CASE(NAME)                                                              \
  ENGINE_TEST_CASE("family: " NAME, "[child]", sqlite_memory, sqlite_file, postgresql_kept, \
                   partitioned_kept)

namespace {

using lines = std::vector<std::string>;

// Each one of a line starts as many of the next as its params say: `{"children": [2, 3]}`.
definition line(std::string key) {
  definition_builder line{std::move(key), revision{1}};
  line.stage("s", "Stage");
  line.step("waiting", {.stage = "s"}).on("end", [](step_context& step, const event&) {
    step.finish();
  });
  line.on_started([](workflow_context& on) {
    auto waiting = on.add_step("waiting");
    auto numbers = on.params().at("children").as_array();
    if (numbers.empty()) return;
    const auto of = numbers.front().to_number<int>();
    numbers.erase(numbers.begin());
    for (int i = 0; i < of; ++i)
      waiting.start_child("person", {"person", on.row().resource_id + "." + std::to_string(i)},
                          {{"children", numbers}});
  });
  return line.build();
}

struct people {
  explicit people(test_database& database)
      : stored(database.open()), run(stored, {line("person"), line("stranger")}) {}

  // A family with all of its members.
  uuid start(const json::array& children) {
    const uuid id = run.start("person", {"person", "1"}, {{"children", children}}).workflow_id;
    std::size_t members = 1, generation = 1;
    for (const auto& each : children) members += generation *= each.to_number<std::size_t>();
    worker works{run, {}, {.name = "w", .threads = 2, .poll = 20ms}};
    REQUIRE(eventually([&] { return load_family(*stored, id).size() == members; }));
    works.stop();
    return id;
  }

  void end(const uuid& id) {
    for (const auto& each : load_family(*stored, id))
      (void)run.deliver_to(each.row.id, {.name = "end", .key = no_key});
    // Each tells its parent.
    const worker works{run, {}, {.name = "w", .threads = 2, .poll = 20ms}};
    REQUIRE(eventually([&] {
      for (const auto& each : load_family(*stored, id))
        if (!stored->load(each.row.id).value().state.tasks.empty()) return false;
      return true;
    }));
  }

  // `person/1`, and each generation further to the right.
  [[nodiscard]] lines family_of(const uuid& id) const {
    lines all;
    for (const auto& each : load_family(*stored, id))
      all.push_back(std::string(each.depth, '-') + each.row.resource_id);
    std::sort(all.begin(), all.end());
    return all;
  }

  [[nodiscard]] uuid id_of(const std::string& person) const {
    return stored->load(resource{"person", person}).at(0).state.workflow.id;
  }

  std::shared_ptr<persistence::store> stored;
  runtime run;
};

}  // namespace

FAMILY_TEST_CASE("each member stands behind its parent, one generation deeper") {
  people people{database};
  const uuid id = people.start({2, 2});
  const auto family = load_family(*people.stored, id);
  REQUIRE(family.size() == 7);
  CHECK(people.family_of(id) ==
        lines{"--1.0.0", "--1.0.1", "--1.1.0", "--1.1.1", "-1.0", "-1.1", "1"});
  CHECK(family.at(0).row.id == id);
  CHECK_FALSE(family.at(0).parent_id);
  for (std::size_t i = 1; i < family.size(); ++i) {
    const auto parent =
        std::find_if(family.begin(), family.begin() + static_cast<std::ptrdiff_t>(i),
                     [&](const auto& each) { return each.row.id == family[i].parent_id; });
    REQUIRE(parent != family.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(parent->depth + 1 == family[i].depth);
    CHECK_THAT(family[i].row.resource_id, Catch::StartsWith(parent->row.resource_id + "."));
  }
  // The grandchildren follow their own parent.
  CHECK(family.at(2).depth == 2);
  CHECK(family.at(4).depth == 1);

  CHECK(people.family_of(people.id_of("1.1")) == lines{"-1.1.0", "-1.1.1", "1.1"});
}

FAMILY_TEST_CASE("none of a family is deleted while one of it is under a legal hold") {
  people people{database};
  const uuid id = people.start({2});
  people.end(id);
  const uuid held = people.id_of("1.1");
  (void)people.run.place_legal_hold(held, "audit");
  const auto thrown = error_of([&] { (void)erase_family(*people.stored, id); });
  CHECK(thrown.kind() == error_kind::legal_hold);
  CHECK_THAT(thrown.what(), Contains("workflow " + schema::to_text(held)) &&
                                Contains("is under legal hold 'audit'; release it first"));
  CHECK(people.family_of(id) == lines{"-1.0", "-1.1", "1"});
  (void)people.run.release_legal_hold(held, "audit");
  CHECK(erase_family(*people.stored, id) == 3);
}

FAMILY_TEST_CASE("a workflow that somebody else has started is no child") {
  people people{database};
  const json::object alone{{"children", json::array{}}};
  (void)people.run.start("person", {"person", "1.0"}, alone);
  (void)people.run.start("stranger", {"person", "1.1"}, alone);
  const uuid id =
      people.run.start("person", {"person", "1"}, {{"children", json::array{2}}}).workflow_id;
  worker works{people.run, {}, {.name = "w", .threads = 2, .poll = 20ms}};
  REQUIRE(eventually([&] { return load_family(*people.stored, id).size() == 2; }));
  CHECK(people.family_of(id) == lines{"-1.1", "1"});
  const auto family = load_family(*people.stored, id);
  CHECK(family.at(1).row.wfdef_key == "person");
  works.stop();
  people.end(id);
  CHECK(erase_family(*people.stored, id) == 2);
  CHECK(people.stored->load(resource{"person", "1.0"}).size() == 1);
  CHECK(people.stored->load(resource{"person", "1.1"}).size() == 1);
}

FAMILY_TEST_CASE("the founder is the first ancestor that is there") {
  people people{database};
  const uuid id = people.start({1, 1, 1});
  const uuid last = people.id_of("1.0.0.0");
  CHECK(founder_of(*people.stored, last) == id);
  CHECK(founder_of(*people.stored, id) == id);
  people.stored->erase(people.id_of("1.0"));
  CHECK(founder_of(*people.stored, last) == people.id_of("1.0.0"));
  CHECK(people.family_of(id) == lines{"1"});
  CHECK_THROWS_WITH(founder_of(*people.stored, new_id()), Contains("there is no workflow"));
}

FAMILY_TEST_CASE("a family is deleted as a whole, and nothing besides") {
  people people{database};
  const uuid other =
      people.run.start("person", {"person", "2"}, {{"children", json::array{}}}).workflow_id;
  const uuid id = people.start({3, 2});
  people.end(id);
  CHECK(erase_family(*people.stored, id) == 10);
  const auto left = people.stored->list({}).workflows;
  REQUIRE(left.size() == 1);
  CHECK(left.at(0).id == other);
  CHECK(erase_family(*people.stored, id) == 0);
  CHECK(load_family(*people.stored, id).empty());
}

FAMILY_TEST_CASE(
    "the deletion of one branch leaves the rest; that of a parent leaves its children") {
  people people{database};
  const uuid id = people.start({2, 1});
  people.end(people.id_of("1.0"));
  CHECK(erase_family(*people.stored, people.id_of("1.0")) == 2);
  CHECK(people.family_of(id) == lines{"--1.1.0", "-1.1", "1"});
  CHECK(people.stored->erase(id));
  CHECK(people.family_of(people.id_of("1.1")) == lines{"-1.1.0", "1.1"});
}

FAMILY_TEST_CASE("a family of too many is refused before anything is deleted") {
  people people{database};
  const uuid id = people.start({3, 1});
  CHECK(load_family(*people.stored, id, 7).size() == 7);
  CHECK_THROWS_WITH(load_family(*people.stored, id, 6), Contains("more than 6 members"));
  CHECK_THROWS_WITH(erase_family(*people.stored, id, 6), Contains("more than 6 members"));
  CHECK(people.family_of(id).size() == 7);
}

FAMILY_TEST_CASE("a family that runs is not deleted: the parent would act on that") {
  people people{database};
  const uuid id = people.start({2, 1});
  (void)people.run.deliver_to(people.id_of("1.0"), {.name = "end", .key = no_key});
  CHECK_THROWS_WITH(erase_family(*people.stored, id),
                    Contains("'person' of person/1, is ACTIVE; end or cancel it first"));
  // What it has to tell its parent would be lost.
  CHECK_THROWS_WITH(erase_family(*people.stored, people.id_of("1.0.0")), Contains("is ACTIVE"));
  (void)people.run.deliver_to(people.id_of("1.0.0"), {.name = "end", .key = no_key});
  CHECK_THROWS_WITH(erase_family(*people.stored, people.id_of("1.0.0")),
                    Contains("has an open task 'nava.child-end'; let a worker run it"));
  CHECK(people.family_of(id).size() == 5);
}

FAMILY_TEST_CASE("the deletion of a family that fails goes on when it is called again") {
  people people{database};
  const uuid id = people.start({2, 2});
  people.end(id);
  class failing : public store_decorator {
   public:
    using store_decorator::store_decorator;
    bool erase(const uuid& each, deadline limit) override {
      if (++erased > 3) throw error{error_kind::connection_lost, "cut"};
      return store_decorator::erase(each, limit);
    }
    int erased = 0;
  };
  failing fails{people.stored};
  CHECK_THROWS_WITH(erase_family(fails, id), Contains("cut"));
  // The youngest have gone first.
  CHECK(people.family_of(id).size() == 4);
  CHECK(people.stored->load(id));
  CHECK(erase_family(*people.stored, id) == 4);
}

TEST_CASE("family: one of hundreds is read in parts", "[child]") {
  sqlite_memory database;
  people people{database};
  const uuid id = people.start({101, 1});
  const auto family = load_family(*people.stored, id);
  REQUIRE(family.size() == 203);
  // The children of one by their ids.
  std::vector<uuid> children;
  for (const auto& each : family)
    if (each.depth == 1) children.push_back(each.row.id);
  CHECK(children.size() == 101);
  CHECK(std::is_sorted(children.begin(), children.end()));
}
