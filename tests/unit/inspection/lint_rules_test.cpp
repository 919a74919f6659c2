// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <functional>
#include <nava/inspection/lint.hpp>
#include <random>

#include "support/files.hpp"
#include "unit/inspection/linted_catalog.hpp"

using namespace nava;
using namespace nava::schema;
using namespace nava::inspection;
using namespace nava::test;

using action = referential_action;

namespace {

// A schema like a company's: modules of tables that hang on one another as trees do, so that it
// has no fault, and then faults of every rule, each in tables of its own.
class generated_schema {
 public:
  explicit generated_schema(unsigned seed) : random_(seed) {
    for (int module = 0; module < 30; ++module) grow_tree(fmt::format("m{}", module), 10);
  }

  const catalog& database() const { return database_; }
  const faults& planted() const { return planted_; }

  void plant_faults(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      plant_between_two_tables(fmt::format("x{}", i));
      plant_in_one_key(fmt::format("y{}", i));
      plant_paths(fmt::format("z{}", i));
    }
    std::shuffle(database_.tables.begin(), database_.tables.end(), random_);
  }

 private:
  void grow_tree(const std::string& prefix, int tables) {
    table_in(database_, prefix + "_0");
    for (int i = 1; i < tables; ++i) {
      const int parent = std::uniform_int_distribution{0, i - 1}(random_);
      catalog_foreign_key& key = add_key(database_, fmt::format("{}_{}", prefix, i), "parent_id",
                                         fmt::format("{}_{}", prefix, parent));
      if (random_() % 2 == 0) key.on_delete = action::cascade;
    }
  }

  std::string any_table() { return database_.tables[random_() % (30 * 10)].name; }

  void plant(const std::string& rule, const std::string& object) {
    planted_.insert(rule + " public." + object);
  }

  void plant_between_two_tables(const std::string& p) {
    const std::string several = p + "_several", target = any_table();
    add_key(database_, several, "a", target).on_delete = action::cascade;
    add_key(database_, several, "b", target).on_delete = action::cascade;
    plant("several-foreign-keys", several + " -> public." + target);
    plant("two-cascade-ways", target + " -> public." + several);

    add_key(database_, p + "_egg", "hen_id", p + "_hen");
    add_key(database_, p + "_hen", "egg_id", p + "_egg");
    plant("mutual-foreign-keys", p + "_egg <-> public." + p + "_hen");
    plant("foreign-key-cycle", p + "_egg, public." + p + "_hen");

    const std::string self = p + "_self";
    add_key(database_, self, "parent_id", self);
    plant("self-reference", self + ".fk_" + self + "_parent_id");

    const std::string twice = p + "_twice";
    add_key(database_, twice, "a", any_table());
    catalog_table& table = table_in(database_, twice);
    table.foreign_keys.push_back(table.foreign_keys.front());
    table.foreign_keys.back().name = twice + "_a_fkey";
    plant("duplicate-foreign-key", twice + '.' + twice + "_a_fkey");
  }

  catalog_foreign_key& one_key(const std::string& table) {
    return add_key(database_, table, "a", any_table());
  }

  void plant_in_one_key(const std::string& p) {
    const auto planted_key = [&](const std::string& rule, const std::string& table) {
      catalog_foreign_key& key = one_key(table);
      plant(rule, table + ".fk_" + table + "_a");
      return &key;
    };
    planted_key("foreign-key-without-index", p + "_bare");
    table_in(database_, p + "_bare").indexes.resize(1);
    planted_key("type-mismatch", p + "_type");
    column_in(table_in(database_, p + "_type"), "a").type = "uuid";
    planted_key("set-null-on-not-null", p + "_null")->on_delete = action::set_null;
    column_in(table_in(database_, p + "_null"), "a").nullable = false;
    planted_key("unvalidated-constraint", p + "_old")->validated = false;
    planted_key("unenforced-foreign-key", p + "_off")->enforced = false;

    one_key(p + "_name").name = p + "_is_odd";
    plant("constraint-name-convention", p + "_name." + p + "_is_odd");
    for (const char* end : {"_left", "_right"})
      table_in(database_, p + end).checks = {{p + "_ck", "(id > 0)", true}};
    plant("shared-constraint-name", p + "_ck");
    add_index(table_in(database_, p + "_index"), {"id"}).valid = false;
    plant("invalid-index", p + "_index.ix_" + p + "_index_id");

    const std::string half = p + "_half";
    catalog_foreign_key& key = add_key(database_, half, "a", p + "_whole");
    key.name = "fk_" + half + "_a_b";
    key.columns = {"a", "b"};
    key.target_columns = {"id", "b"};
    column_in(table_in(database_, half), "b").nullable = false;
    column_in(table_in(database_, p + "_whole"), "b");
    table_in(database_, half).indexes.back().columns = {"a", "b"};
    plant("partly-nullable-key", half + ".fk_" + half + "_a_b");
  }

  void plant_paths(const std::string& p) {
    add_key(database_, p + "_near", "far_id", p + "_far");
    add_key(database_, p + "_near", "mid_id", p + "_mid");
    add_key(database_, p + "_mid", "far_id", p + "_far");
    add_key(database_, p + "_far", "a", any_table());
    add_key(database_, p + "_before", "near_id", p + "_near");
    plant("several-paths", p + "_near -> public." + p + "_far");

    add_key(database_, p + "_a", "b_id", p + "_b");
    add_key(database_, p + "_b", "c_id", p + "_c");
    add_key(database_, p + "_c", "a_id", p + "_a");
    plant("foreign-key-cycle", p + "_a, public." + p + "_b, public." + p + "_c");
  }

  std::mt19937 random_;
  catalog database_;
  faults planted_;
};

}  // namespace

TEST_CASE("lint: of hundreds of tables, every planted fault is found and nothing else") {
  for (const unsigned seed : {1U, 2U, 3U, 4U, 5U}) {
    generated_schema generated{seed};
    REQUIRE(generated.database().tables.size() == 300);
    CHECK(found_in(generated.database()) == faults{});
    generated.plant_faults(8);
    CHECK(found_in(generated.database()) == generated.planted());
    CHECK(lint(generated.database()).size() == generated.planted().size());
  }
}

TEST_CASE("lint: every rule that a PostgreSQL database can break is planted above") {
  generated_schema generated{7};
  generated.plant_faults(1);
  std::set<std::string> planted;
  for (const auto& fault : generated.planted()) planted.insert(fault.substr(0, fault.find(' ')));
  std::set<std::string> known;
  for (const auto& rule : lint_rules()) known.insert(std::string{rule.id});
  planted.insert("dangling-foreign-key");
  CHECK(planted == known);
}

TEST_CASE("lint: findings come in the order of the rules, then of the objects") {
  generated_schema generated{8};
  generated.plant_faults(3);
  const auto findings = lint(generated.database());
  std::vector<std::pair<std::size_t, std::string>> places;
  for (const auto& each : findings) {
    const auto rule = std::find_if(lint_rules().begin(), lint_rules().end(),
                                   [&](const lint_rule& known) { return known.id == each.rule; });
    places.emplace_back(rule - lint_rules().begin(), each.object);
  }
  CHECK(std::is_sorted(places.begin(), places.end()));
  CHECK(findings == lint(generated.database()));
}

TEST_CASE("lint: the manual has a chapter for every rule, and for no other") {
  std::istringstream manual{test::content_of(std::string{NAVA_SOURCE_ROOT} + "/docs/lint.md")};
  std::vector<std::string> headings, rules;
  for (std::string line; std::getline(manual, line);)
    if (line.starts_with("### ")) headings.push_back(line.substr(4));
  for (const auto& rule : lint_rules()) rules.emplace_back(rule.id);
  CHECK(headings == rules);
}
