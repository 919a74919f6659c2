// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/workflow_database.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::schema;

namespace {

constexpr auto& workflows = workflow_database<>::description;

struct part {
  uuid id;
  std::optional<uuid> parent_id;
};

struct part_table
    : table<part, "part", column<"_id", &part::id>, column<"parent_id", &part::parent_id>,
            primary_key<&part::id>, schema::index_on<"ix_part_parent_id", &part::parent_id>,
            foreign_key<"", members<&part::parent_id>, members<&part::id>,
                        referential_action::cascade, referential_action::cascade>,
            to_one<"whole", std::optional<part>, via<&part::parent_id>, back_populates<"parts">>,
            to_many<"parts", part, via_constraint<"fk_part_parent_id">, back_populates<"whole">>> {
};

constexpr auto& parts = database<part_table>::description;

bool leads_forward(const database_description& database, std::string_view table,
                   std::string_view name) {
  const auto& of = *find_table(database, table);
  const auto& what = *find_relationship(of, name);
  return goes_forward(of, what, followed_key(database, of, what));
}

}  // namespace

TEST_CASE("relationship: each child of workflow has one there and one back, along one key") {
  const auto& root = *find_table(workflows, "workflow");
  CHECK(root.relationships.size() == 10);
  for (const auto& there : root.relationships) {
    const auto& child = *find_table(workflows, there.target_table);
    const auto& back = *find_relationship(child, "workflow");
    CHECK(back.back_populates == there.name);
    CHECK(followed_key(workflows, root, there).key == &child.foreign_keys.front());
    CHECK(followed_key(workflows, child, back).key == &child.foreign_keys.front());
    CHECK(there.many == (there.name != "memory"));
    CHECK(goes_forward(child, back, followed_key(workflows, child, back)));
    CHECK_FALSE(goes_forward(root, there, followed_key(workflows, root, there)));
  }
}

TEST_CASE("relationship: along a key of a table to itself, one leads there and many lead back") {
  CHECK(leads_forward(parts, "part", "whole"));
  CHECK_FALSE(leads_forward(parts, "part", "parts"));
}

TEST_CASE("relationship: a way over other tables is found, the straight one is none") {
  const auto& step = *find_table(workflows, "workflow_step");
  const auto& root = *find_table(workflows, "workflow");
  const key_graph graph{workflows};
  CHECK(detour(workflows, graph, step, root).empty());
  CHECK(detour(workflows, graph, root, step).empty());
  CHECK(keys_between(step, root).size() == 1);
}

TEST_CASE(
    "key graph: a way leads round, straight or over other tables, and visits no table twice") {
  const key_graph own{parts};
  CHECK(own.way(0, 0).size() == 1);
  CHECK(own.way(0, 0, 2).empty());
  const key_graph graph{workflows};
  CHECK(graph.way(1, 0).size() == 1);
  CHECK(graph.way(0, 1).empty());
  CHECK(graph.way(0, 0).empty());
}

TEST_CASE("key graph: the tables of a workflow lead to it by keys that cascade") {
  const auto leads = key_graph{workflows, referential_action::cascade}.leading_to(0);
  REQUIRE(leads.size() == tables_of_nava);
  CHECK(std::count(leads.begin(), leads.end(), 1) == 11);
  CHECK_FALSE(leads.back());
  CHECK(key_graph{workflows, referential_action::restrict}.edges().empty());
}
