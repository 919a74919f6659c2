// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/catch.hpp"
#include "support/databases.hpp"

/// A case for each of some kinds of test_database. In its body, `database` is an empty one of that
/// kind. Skipped where the kind is not available. Wants `using namespace nava::test`.
#define BACKEND_TEST_CASE(NAME, TAGS, ...) \
  BACKEND_TEST_CASE_IN(INTERNAL_CATCH_UNIQUE_NAME(nava_backend_case_), NAME, TAGS, __VA_ARGS__)

#define BACKEND_TEST_CASE_IN(BODY, NAME, TAGS, ...)      \
  static void BODY(nava::test::test_database& database); \
  TEMPLATE_TEST_CASE(NAME, TAGS, __VA_ARGS__) {          \
    if (!TestType::available()) return;                  \
    TestType fresh;                                      \
    BODY(fresh);                                         \
  }                                                      \
  static void BODY(nava::test::test_database& database)

/// On each database that outlives a process.
#define LASTING_TEST_CASE(NAME, TAGS) \
  BACKEND_TEST_CASE(NAME, TAGS, sqlite_file, postgresql_schema)
