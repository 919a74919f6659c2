// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <filesystem>
#include <random>

#include "persistence/postgresql/connection/server_connection.hpp"
#include "support/startup_listener.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    encoded.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return encoded;
}

// Of characters that mean something to a shell, to SQL, to a URL or to a connect string, and of
// others.
std::string some_text(std::mt19937& random) {
  constexpr std::array<std::string_view, 24> characters{
      " ", "  ", "\t", "\n", "'", "\"", "\\", "=", "%", "&",  "?", "#",
      "/", ":",  "@",  ",",  ";", "$",  "+",  "a", "ü", "日", "😀", "="};
  std::string text;
  for (auto left = std::uniform_int_distribution<int>{1, 12}(random); left > 0; --left)
    text += characters[std::uniform_int_distribution<std::size_t>{0, 23}(random)];
  return text;
}

startup said_to(const std::string& directory, const std::string& url) {
  startup_listener server{directory};
  const error refused = error_of([&] {
    (void)postgresql::server_connection{database_url{url}, deadline::in(std::chrono::seconds{10})};
  });
  CHECK(refused.kind() == error_kind::connection_lost);
  return server.heard();
}

}  // namespace

TEST_CASE("postgresql connect: every value of a URL arrives as it is") {
  constexpr int rounds = 300;
  const temporary_directory place;
  std::mt19937 random{20261128};
  for (int round = 0; round < rounds; ++round) {
    const std::string user = some_text(random), password = some_text(random);
    const std::string database = some_text(random), application = some_text(random);
    const std::string options = some_text(random);
    const auto directory = place.path() / (" a'b\"=" + std::to_string(round));
    std::filesystem::create_directory(directory);
    const startup heard =
        said_to(directory, "postgresql://" + percent_encoded(user) + ":" +
                               percent_encoded(password) + "@/" + percent_encoded(database) +
                               "?host=" + percent_encoded(directory.string()) +
                               "&application_name=" + percent_encoded(application) +
                               "&options=" + percent_encoded(options));
    CHECK(heard.parameters.at("user") == user);
    CHECK(heard.parameters.at("database") == database);
    CHECK(heard.parameters.at("application_name") == application);
    CHECK(heard.parameters.at("options") == options);
    CHECK(heard.parameters.at("client_encoding") == "UTF8");
    CHECK(heard.password == password);
  }
}

TEST_CASE("postgresql connect: the same values as parameters of the URL") {
  const temporary_directory place;
  const startup heard = said_to(
      place.path(), "postgresql://?host=" + percent_encoded(place.path().string()) +
                        "&user=john%20smith%40&password=three%20small%20words&dbname=two%20%20"
                        "blanks&fallback_application_name=it%27s%20me");
  CHECK(heard.parameters.at("user") == "john smith@");
  CHECK(heard.parameters.at("database") == "two  blanks");
  CHECK(heard.parameters.at("application_name") == "it's me");
  CHECK(heard.password == "three small words");
}

TEST_CASE("postgresql connect: a timeout that is no number is refused") {
  const error refused = error_of([] {
    (void)postgresql::server_connection{
        database_url{"postgresql:///db?host=%2Fno%2Fsuch&connect_timeout=soon"}};
  });
  CHECK_THAT(refused.what(), Catch::Contains("connect_timeout"));
}
