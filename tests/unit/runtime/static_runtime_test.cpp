// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "support/catch.hpp"

using namespace nava;

namespace {

definition only_note() {
  definition_builder builder{"note", revision{1}};
  builder.stage("review", "Review").step("ask", {.stage = "review"});
  builder.on("note", [](workflow_context& workflow, const event& happened) {
    workflow.memorize(happened.data);
  });
  return builder.build();
}

// Made before main() begins, when constants of the library's other sources may not be there yet
// unless the compiler has put them there.
runtime before_main{database_url{"sqlite::memory:"}, {only_note()}};

}  // namespace

TEST_CASE("a runtime can be made before main") {
  const resource about{"claim", "1"};
  const uuid id = before_main.start("note", about).workflow_id;
  before_main.deliver(
      {.name = "note", .resource = about, .key = nava::no_key, .data = {{"seen", true}}});
  CHECK(before_main.store().load(id).value().state.memory.memory == json::object{{"seen", true}});
}
