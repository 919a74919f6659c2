// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/backends.hpp"
#include "support/replayed.hpp"

/// A BACKEND_TEST_CASE of what the engine stores: at its end every workflow that is there keeps its
/// promises. One in memory is gone by then.
#define ENGINE_TEST_CASE(NAME, TAGS, ...) \
  ENGINE_TEST_CASE_IN(INTERNAL_CATCH_UNIQUE_NAME(nava_engine_case_), NAME, TAGS, __VA_ARGS__)

#define ENGINE_TEST_CASE_IN(BODY, NAME, TAGS, ...)                               \
  static void BODY(nava::test::test_database& database);                         \
  TEMPLATE_TEST_CASE(NAME, TAGS, __VA_ARGS__) {                                  \
    if (!TestType::available()) return;                                          \
    TestType fresh;                                                              \
    BODY(fresh);                                                                 \
    CHECK(nava::test::all_broken_promises(fresh) == std::vector<std::string>{}); \
  }                                                                              \
  static void BODY(nava::test::test_database& database)

namespace nava::test {

[[nodiscard]] inline std::vector<std::string> all_broken_promises(const test_database& database) {
  std::vector<std::string> broken;
  if (database.url().in_memory()) return broken;
  const auto store = database.open();
  persistence::list_request request{.limit = persistence::list_rows_max};
  do {
    const auto page = store->list(request);
    for (const auto& row : page.workflows)
      for (const std::string& promise : broken_promises(*store, row.id))
        broken.push_back(schema::to_text(row.id) + ": " + promise);
    request.after = page.next;
  } while (!request.after.empty());
  return broken;
}

}  // namespace nava::test
