// SPDX-License-Identifier: Apache-2.0
#include "support/eventually.hpp"
#include "support/own_server.hpp"
#include "support/stores.hpp"
#include "support/units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* name = "db.example";
const std::string sessions_of_nava =
    "FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'nava'";

std::string verified_by(const std::filesystem::path& root) {
  return "&sslmode=verify-full&sslrootcert=" + root.string() + "&password=hunter2";
}

// What opening a store at `url` says, which must be that nothing was connected to.
std::string refusal_of(const std::string& url) {
  const error thrown = error_of([&] { (void)open_store(database_url{url}); });
  CHECK(thrown.kind() == error_kind::connection_lost);
  CHECK_THAT(thrown.what(), !Contains("hunter2"));
  return thrown.what();
}

}  // namespace

TEST_CASE("postgresql tls: a store works with verify-full, and refuses whom it cannot verify") {
  if (!own_server::available()) return;
  own_server server;
  server.listen();
  server.make();
  const auto another = server.encrypt_as("another.example");
  const auto certificate = server.encrypt_as(name);
  const std::string url = server.url_as(name);
  REQUIRE(eventually([&] {
    try {
      (void)migrate(database_url{url + verified_by(certificate)});
      return true;
    } catch (const error&) {
      return false;  // the server has not read its settings yet
    }
  }));

  SECTION("all sessions are encrypted") {
    const auto store = open_store(database_url{url + verified_by(certificate)});
    const unit_of_work unit = first_unit(1);
    store->create(unit);
    const auto listener = store->listen();
    CHECK(workflow_json(store->load(unit.workflow.id).value().state) ==
          workflow_json(expected_workflow{}.apply(unit).state()));
    const auto raw = server.raw();
    CHECK(eventually([&] { return raw->value("SELECT count(*) " + sessions_of_nava) == "2"; }));
    CHECK(raw->value("SELECT count(*) " + sessions_of_nava + " AND NOT ssl") == "0");
  }
  SECTION("a server of another name") {
    CHECK_THAT(refusal_of(server.url_as("other.example") + verified_by(certificate)),
               Contains("server certificate for \"db.example\" does not match host name "
                        "\"other.example\""));
  }
  SECTION("a certificate that nobody vouches for") {
    CHECK_THAT(refusal_of(url + verified_by(another)), Contains("certificate verify failed"));
  }
  SECTION("no file of those who vouch") {
    CHECK_THAT(refusal_of(url + verified_by(certificate.string() + ".missing")),
               Contains("root certificate file") && Contains("does not exist"));
  }
  SECTION("a server that does not encrypt") {
    server.raw()->run("ALTER SYSTEM SET ssl = off");
    server.raw()->run("SELECT pg_reload_conf()");
    CHECK(eventually([&] {
      try {
        (void)open_store(database_url{url + verified_by(certificate)});
        return false;
      } catch (const error&) {
        return true;
      }
    }));
    CHECK_THAT(refusal_of(url + verified_by(certificate)), Contains("server does not support SSL"));
  }
}
