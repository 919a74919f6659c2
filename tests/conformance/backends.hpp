// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/stores.hpp"

/// A case of the suite that every store passes: one ctest test per backend. In its body,
/// `database` is an empty database of that backend. Wants `using namespace nava::test`.
#define STORE_TEST_CASE(NAME) \
  STORE_TEST_CASE_IN(NAME, INTERNAL_CATCH_UNIQUE_NAME(nava_store_case_), [store])

#define STORE_TEST_CASE_IN(NAME, BODY, TAGS)                                               \
  static void BODY(nava::test::test_database& database);                                   \
  TEMPLATE_TEST_CASE("store: " NAME, #TAGS, sqlite_memory, sqlite_file, postgresql_schema, \
                     postgresql_partitioned) {                                             \
    if (!TestType::available()) return;                                                    \
    TestType fresh;                                                                        \
    BODY(fresh);                                                                           \
  }                                                                                        \
  static void BODY(nava::test::test_database& database)
