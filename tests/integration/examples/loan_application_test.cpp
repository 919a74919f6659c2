// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include "support/eventually.hpp"
#include "support/program.hpp"
#include "support/stores.hpp"

using namespace nava::test;
using Catch::Contains;

namespace {

int events_stored(const std::string& location) {
  try {
    return std::stoi(raw_sqlite(location)->value("SELECT count(*) FROM workflow_event"));
  } catch (const std::runtime_error&) {
    return 0;  // The tables are not there yet.
  }
}

}  // namespace

TEST_CASE("examples: a loan whose process is killed goes on where it was", "[examples]") {
  sqlite_file whole, killed;
  const auto url = [](const sqlite_file& database) { return "sqlite:" + database.path().string(); };
  const auto undisturbed = program{NAVA_LOAN_EXAMPLE, {"--brief", url(whole)}}.wait();
  REQUIRE(undisturbed.exit_code == 0);

  program telling{NAVA_LOAN_EXAMPLE, {"--brief", "--pace", "50", url(killed)}};
  REQUIRE(eventually([&] { return events_stored(killed.path()) > 10 || !telling.is_running(); }));
  telling.send(SIGKILL);
  CHECK(telling.wait().exit_code == 128 + SIGKILL);
  const int before = events_stored(killed.path());
  REQUIRE(before > 10);

  const auto rest = program{NAVA_LOAN_EXAMPLE, {"--brief", url(killed)}}.wait();
  CHECK(rest.exit_code == 0);
  CHECK_THAT(rest.out, Contains("is in this database with " + std::to_string(before) + " events") &&
                           Contains("COMPLETED, 100 % of the steps finished") &&
                           Contains("applied to nothing, give the stored status"));
  CHECK(events_stored(killed.path()) == events_stored(whole.path()));

  const auto again = program{NAVA_LOAN_EXAMPLE, {url(killed)}}.wait();
  CHECK_THAT(again.out, Contains("is already in this database"));
  CHECK(events_stored(killed.path()) == events_stored(whole.path()));
}

TEST_CASE("examples: a loan is not told to words that mean nothing", "[examples]") {
  using words = std::vector<std::string>;
  for (const auto& arguments : {words{"--fast"}, words{"--pace"}, words{"--pace", "soon"},
                                words{"--pace", "-1"}, words{"sqlite:a.db", "sqlite:b.db"}}) {
    const auto result = program{NAVA_LOAN_EXAMPLE, arguments}.wait();
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Catch::StartsWith("usage: loan_application"));
  }
}
