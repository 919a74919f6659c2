// SPDX-License-Identifier: Apache-2.0
#include <libpq-fe.h>

#include <memory>

#include "benchmarks/baseline/soci_session.hpp"
#include "support/stores.hpp"

using namespace nava::test;
using nava::benchmarks::soci_session;
using nava::persistence::database_url;

namespace {

std::string percent_encoded(const std::string& text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    encoded.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return encoded;
}

// The URL of the tests without any parameter, as most people write one.
std::string plain_url(const std::string& database) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
      PQconninfoParse(postgresql_url(), nullptr), &PQconninfoFree};
  const auto value = [&](std::string_view keyword) {
    for (const auto* option = options.get(); option->keyword != nullptr; ++option)
      if (option->keyword == keyword && option->val != nullptr) return std::string{option->val};
    return std::string{};
  };
  std::string url = "postgresql://";
  if (!value("user").empty()) url += percent_encoded(value("user")) + "@";
  url += percent_encoded(value("host"));
  if (!value("port").empty()) url += ":" + value("port");
  return url + "/" + percent_encoded(database.empty() ? value("dbname") : database);
}

std::string database_of(soci::session& session) {
  std::string name;
  session << "SELECT current_database()", soci::into(name);
  return name;
}

}  // namespace

TEST_CASE("bench: the sessions of SOCI take a URL without parameters") {
  if (!postgresql_schema::available()) return;
  auto session = soci_session(database_url{plain_url({})});
  CHECK_FALSE(database_of(session).empty());
}

TEST_CASE("bench: the sessions of SOCI reach a database with blanks and quotes in its name") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema database;
  const auto raw = database.raw();
  const std::string name = database.schema() + " two  blanks and a ' = ";
  raw->run("CREATE DATABASE \"" + name + "\" TEMPLATE template0");
  {
    auto session = soci_session(database_url{plain_url(name)});
    CHECK(database_of(session) == name);
  }
  raw->run("DROP DATABASE \"" + name + "\" WITH (FORCE)");
}
