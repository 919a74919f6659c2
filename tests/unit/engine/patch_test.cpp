// SPDX-License-Identifier: Apache-2.0
#include "engine/patch.hpp"

#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "support/catch.hpp"

namespace {

using namespace nava;
using namespace nava::schema;
using engine::columns_of;
using engine::patch;
using engine::value_in;

const timestamp noon = *parse_timestamp("2026-03-01T12:00:00Z");

template <class Table, auto Member, class Value>
concept CanSet = requires(patch<Table> change, Value value) {
  change.template set<Member>(value);
};

static_assert(CanSet<workflow_step_table, &workflow_step::stm_state, std::string_view>);
static_assert(CanSet<workflow_step_table, &workflow_step::stm_label, std::string>);
static_assert(CanSet<workflow_step_table, &workflow_step::stm_label, std::nullopt_t>);
static_assert(CanSet<workflow_step_table, &workflow_step::status, step_status>);
static_assert(CanSet<workflow_step_table, &workflow_step::ts_finish, std::optional<timestamp>>);
static_assert(CanSet<workflow_table, &workflow::progress, double>);
static_assert(CanSet<workflow_stage_table, &workflow_stage::status, stage_status>);

static_assert(!CanSet<workflow_step_table, &workflow_stage::status, stage_status>);
static_assert(!CanSet<workflow_step_table, &workflow_step::status, workflow_status>);
static_assert(!CanSet<workflow_step_table, &workflow_step::status, std::string>);
static_assert(!CanSet<workflow_step_table, &workflow_step::status, std::nullopt_t>);
static_assert(!CanSet<workflow_step_table, &workflow_step::stm_state, std::nullopt_t>);
static_assert(!CanSet<workflow_step_table, &workflow_step::stm_state, step_status>);
static_assert(!CanSet<workflow_step_table, &workflow_step::ts_finish, std::string>);
static_assert(!CanSet<workflow_table, &workflow::progress, bool>);
static_assert(!CanSet<workflow_table, &workflow::progress, std::int64_t>);
static_assert(!CanSet<workflow_table, &workflow::revision, double>);

}  // namespace

TEST_CASE("a patch has a key per column, in the order in which they are set, as rows have them") {
  auto change = patch<workflow_step_table>{}
                    .set<&workflow_step::stm_state>("ASKED")
                    .set<&workflow_step::ts_transit>(noon)
                    .set<&workflow_step::stm_label>(std::nullopt);
  change.set<&workflow_step::status>(step_status::completed);
  CHECK(json::serialize(change.values()) ==
        R"({"stm_state":"ASKED","ts_transit":"2026-03-01T12:00:00.000000Z","stm_label":null,)"
        R"("status":"COMPLETED"})");
  CHECK(change.columns() == columns_where<workflow_step_table>([](std::string_view name) {
          return name == "stm_state" || name == "ts_transit" || name == "stm_label" ||
                 name == "status";
        }));
  CHECK(change.columns() == columns_in<workflow_step_table>(change.values()));

  workflow_step row;
  row.stm_label = "old";
  merge<workflow_step_table>(row, change.values());
  CHECK(row.stm_state == "ASKED");
  CHECK_FALSE(row.stm_label.has_value());
}

TEST_CASE("a column that is set twice has the later value, and its place in the order") {
  const auto change = patch<workflow_table>{}
                          .set<&workflow::progress>(0.5)
                          .set<&workflow::title>("one")
                          .set<&workflow::progress>(1.0);
  CHECK(json::serialize(change.values()) == R"({"progress":1E0,"title":"one"})");
  CHECK(change.columns() == columns_of<workflow_table, &workflow::title, &workflow::progress>);
  CHECK_FALSE(change.empty());
  CHECK(patch<workflow_table>{}.empty());
}

TEST_CASE("a value is read from a mutation by its column, and one of another form is refused") {
  const json::object values{{"key", "review"}, {"status", "ERROR"}, {"order", "first"}};
  CHECK(value_in<workflow_stage_table, &workflow_stage::key>(values) == "review");
  CHECK(value_in<workflow_stage_table, &workflow_stage::status>(values) == stage_status::error);
  CHECK_THROWS_AS((value_in<workflow_stage_table, &workflow_stage::order>(values)),
                  std::invalid_argument);
  CHECK_THROWS_AS((value_in<workflow_stage_table, &workflow_stage::stage_name>(values)),
                  std::invalid_argument);
}
