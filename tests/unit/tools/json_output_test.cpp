// SPDX-License-Identifier: Apache-2.0
#include "tools/terminal/json_output.hpp"

#include <nava/schema/workflow_tables.hpp>
#include <sstream>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::tools;

namespace {

std::string written(const json::value& value) {
  std::ostringstream out;
  write_json(out, value);
  return out.str();
}

}  // namespace

TEST_CASE("json: numbers are written as people write them") {
  CHECK(written(1.5) == "1.5");
  CHECK(written(0.1) == "0.1");
  CHECK(written(-2.0) == "-2");
  CHECK(written(1e300) == "1e+300");
  CHECK(written(std::uint64_t{18446744073709551615U}) == "18446744073709551615");
  CHECK(written({{"a", {1, 2.5, nullptr}}, {"b\n", json::object{}}, {"c", json::array{}}}) ==
        R"({"a":[1,2.5,null],"b\n":{},"c":[]})");
  CHECK(json::parse(written(0.30000000000000004)).as_double() == 0.30000000000000004);
}

TEST_CASE("json: a column without a value is null, in its place") {
  schema::workflow_step step;
  step.title = "Ask";
  const json::object row = row_as_json<schema::workflow_step_table>(step);
  CHECK(row.size() == schema::workflow_step_table::column_descriptions.size());
  CHECK(row.at("owner_id").is_null());
  CHECK(row.at("title") == "Ask");
  CHECK(row.begin()->key() == schema::workflow_step_table::column_descriptions.front().name);
}
