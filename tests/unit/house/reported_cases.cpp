// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdlib>

#include "support/catch.hpp"
#include "support/skip.hpp"

// Run by reported_cases_test.cmake, each by its tag.

TEST_CASE("is skipped", "[skip]") { nava::test::skip("nothing is given"); }

TEST_CASE("passes", "[pass]") { SUCCEED(); }

TEST_CASE("fails", "[fail]") { FAIL(); }

TEST_CASE("is skipped and fails", "[skip_and_fail]") {
  nava::test::skip("nothing is given");
  FAIL();
}

TEST_CASE("aborts", "[abort]") { std::abort(); }

TEST_CASE("is killed", "[kill]") { (void)std::raise(SIGKILL); }

TEST_CASE("ends the process", "[exit]") { std::exit(EXIT_SUCCESS); }
