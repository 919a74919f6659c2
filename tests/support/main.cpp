// SPDX-License-Identifier: Apache-2.0
#define CATCH_CONFIG_RUNNER
#include <cstdlib>
#include <iostream>

#include "support/catch.hpp"
#include "support/skip.hpp"

namespace {

// As ctest is told by SKIP_RETURN_CODE.
constexpr int all_skipped = 77;

int passed = 0;
int failed = 0;
int skipped = 0;
bool case_is_skipped = false;
bool is_running = false;

// The numbers that scripts/test.sh sums: a process runs many cases, of which ctest sees one result.
class case_counter : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;

  void testRunStarting(const Catch::TestRunInfo& info) override {
    TestEventListenerBase::testRunStarting(info);
    is_running = true;
  }

  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    TestEventListenerBase::testCaseStarting(info);
    case_is_skipped = false;
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    ++(stats.totals.testCases.failed != 0 ? failed : case_is_skipped ? skipped : passed);
    TestEventListenerBase::testCaseEnded(stats);
  }

  // Called after a fatal signal too.
  void testRunEnded(const Catch::TestRunStats& stats) override {
    is_running = false;
    std::cout << "cases: " << passed << " passed, " << failed << " failed, " << skipped
              << " skipped" << std::endl;
    TestEventListenerBase::testRunEnded(stats);
  }
};

CATCH_REGISTER_LISTENER(case_counter)

// A case that calls exit(0) would take the others with it, and the process would pass.
void refuse_to_end_early() {
  if (!is_running) return;
  std::cerr << "a case ended the process" << std::endl;
  std::_Exit(EXIT_FAILURE);
}

}  // namespace

void nava::test::skip(const std::string& reason) {
  case_is_skipped = true;
  WARN("skipped: " << reason);
}

int main(int argc, char** argv) {
  std::atexit(refuse_to_end_early);
  Catch::Session session;
  if (const int refused = session.applyCommandLine(argc, argv); refused != 0) return refused;
  // A filter that matches no case is a mistake.
  session.configData().warnings = Catch::WarnAbout::NoTests;
  const int code = session.run();
  if (code != 0) return code == all_skipped ? EXIT_FAILURE : code;
  return skipped > 0 && passed == 0 ? all_skipped : EXIT_SUCCESS;
}
