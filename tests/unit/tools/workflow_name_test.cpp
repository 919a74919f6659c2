// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/workflow_name.hpp"

#include <nava/schema/text.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::tools;

TEST_CASE("tool: a workflow is named by its id or its resource") {
  const std::string id = "01890a5d-ac96-774b-bcce-b302099a8057";
  CHECK(parse_workflow_name(id)->id == schema::parse_uuid(id));
  CHECK_FALSE(parse_workflow_name("loan/2026/17")->id);
  for (const auto* text : {"", "loan", "/17", "loan/", "/"}) CHECK_FALSE(parse_workflow_name(text));
}
