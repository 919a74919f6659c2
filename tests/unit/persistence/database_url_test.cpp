// SPDX-License-Identifier: Apache-2.0
#include <nava/persistence/database_url.hpp>

#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using nava::test::error_of;

namespace {

std::string printed(std::string_view text) { return database_url{text}.printable(); }

}  // namespace

TEST_CASE("database_url: a file, memory and a server are told apart") {
  const database_url file{"sqlite:some dir/claims.db"};
  CHECK(file.backend() == backend::sqlite);
  CHECK(file.location() == "some dir/claims.db");
  CHECK_FALSE(file.in_memory());

  const database_url memory{"sqlite::memory:"};
  CHECK(memory.backend() == backend::sqlite);
  CHECK(memory.in_memory());

  for (const std::string text : {"postgresql://", "postgres://", "postgresql://user@host:5433/db",
                                 "postgresql:///db?host=/tmp", "postgresql:///?service=name",
                                 "postgresql://[::1]/db", "postgresql://a,b/db"}) {
    const database_url server{text};
    CHECK(server.backend() == backend::postgresql);
    CHECK(server.location() == text);
    CHECK_FALSE(server.in_memory());
  }
}

TEST_CASE("database_url: a schema comes beside the text, and never into it") {
  const database_url usual{"postgresql:///db"};
  CHECK(usual.schema() == "nava");
  const database_url other = usual.in_schema("claims");
  CHECK(other.schema() == "claims");
  CHECK(other.location() == usual.location());
  CHECK(usual.schema() == "nava");
  CHECK(database_url{"postgresql:///db", "claims"}.printable() == "postgresql:///db");
}

TEST_CASE("database_url: what others mean by a URL of SQLite is refused, and says what to write") {
  const std::vector<std::pair<std::string, std::string>> refused{
      {"sqlite:file:x", "sqlite:./file:"},
      {"sqlite:file:x?mode=memory", "sqlite:./file:"},
      {"sqlite:file:///tmp/x.db?cache=shared", "sqlite:./file:"},
      {"sqlite:file::memory:", "sqlite:./file:"},
      {"sqlite://x.db", "sqlite:/var/lib/nava.db"},
      {"sqlite:///x.db", "sqlite:/var/lib/nava.db"},
      {"sqlite::memory", "sqlite::memory:"},
      {"sqlite::MEMORY:", "sqlite::memory:"},
      {"sqlite::memory:?cache=shared", "sqlite::memory:"},
      {"sqlite:", "use sqlite:PATH"},
      {"sqlite:x.db?mode=ro", "the path alone"},
      {"sqlite:/tmp/x.db?immutable=1&vfs=unix-none", "the path alone"},
      {"sqlite:x.db?nolock=", "the path alone"}};
  for (const auto& [text, advice] : refused) {
    INFO(text);
    const error thrown = error_of([&] { database_url{text}; });
    CHECK(thrown.kind() == error_kind::invalid_input);
    CHECK_THAT(thrown.what(), Catch::Contains(advice));
  }
  for (const std::string text :
       {"sqlite:./file:x", "sqlite:./:memory:", "sqlite:what?.db", "sqlite:a#b.db", "sqlite:50%.db",
        "sqlite:my%20file.db", "sqlite:a?b c=d.db", "sqlite:a=b?.db", "sqlite:?", "sqlite:?=1"})
    CHECK(database_url{text}.location() == text.substr(7));
}

TEST_CASE("database_url: anything else is refused, and says what to write instead") {
  for (const std::string& text :
       {std::string{}, std::string{"claims.db"}, std::string{"sqlite"}, std::string{"sqlite:"},
        std::string{"mysql://host/db"}, std::string{"http://host"}, std::string{"POSTGRESQL://h"},
        std::string{"host=localhost dbname=x"}, std::string{"postgresql:/db"},
        std::string{"postgresql://h/db?no_such_option=1"}, std::string{"postgresql://h/%zz"},
        std::string{"postgresql://[::1/db"}, std::string{"sqlite:a\0b", 10},
        std::string{"sqlite:\xFF"}}) {
    INFO(text);
    CHECK(error_of([&] { database_url{text}; }).kind() == error_kind::invalid_input);
  }
}

TEST_CASE("database_url: a password is masked wherever libpq would read one") {
  CHECK(printed("postgresql://me:s3cret@host:5432/db") == "postgresql://me:***@host:5432/db");
  CHECK(printed("postgresql:///db?user=me&password=s3cret&host=h") ==
        "postgresql:///db?user=me&password=***&host=h");
  CHECK(printed("postgresql://me:s3cret@h/db?password=s3cret") ==
        "postgresql://me:***@h/db?password=***");
  for (const std::string_view text :
       {"postgresql://me:a?s3cret@h/db", "postgresql://me:a:s3cret@h/db",
        "postgresql://:s3cret@h/db", "postgresql:///db?password=a&password=s3cret",
        "postgresql:///db?sslpassword=a&password=s3cret", "postgresql:///db?sslpassword=s3cret",
        "postgresql:///db?p%61ssword=s3cret", "postgresql:///password=x?password=s3cret",
        "postgresql://u:x@h/db?user=u&password=s3cret"}) {
    INFO(text);
    CHECK(printed(text).find("s3cret") == std::string::npos);
  }
}

TEST_CASE("database_url: a URL without a password is printed as it is") {
  for (const std::string text :
       {"postgresql://", "postgresql://me@host:5432/db", "postgresql://host:5432/db?user=me",
        "postgresql:///db?host=/tmp&user=me", "postgresql://[::1]:5432/db", "sqlite:claims.db",
        "sqlite::memory:", "sqlite:a:b@c"})
    CHECK(printed(text) == text);
}

TEST_CASE("database_url: the password of a refused URL is not in the message") {
  for (const std::string text :
       {"postgresql://me:s3cret@h/db?no_such_option=1", "postgresql:///%zz?password=s3cret",
        "postgresql://me:s3cret@[::1/db", "postgresql://me:a@s3cret@h/db",
        "postgresql://me:s3cret/more@h/db", "postgresql://me:a/s3cret@h:5432/db"}) {
    const error thrown = error_of([&] { database_url{text}; });
    CHECK(std::string{thrown.what()}.find("s3cret") == std::string::npos);
  }
}
