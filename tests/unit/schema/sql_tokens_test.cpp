// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/expression_rules.hpp>
#include <nava/schema/sql_tokens.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace nava::schema;

namespace {

using sources = std::vector<std::string>;

sources sources_of(std::string_view sql, sql_quotes quotes = sql_quotes::standard) {
  sources all;
  for (auto next = take_token(sql, quotes); next.type != sql_token::kind::end;
       next = take_token(sql, quotes))
    all.emplace_back(next.source);
  return all;
}

sql_token first_of(std::string_view sql, sql_quotes quotes = sql_quotes::standard) {
  return take_token(sql, quotes);
}

}  // namespace

TEST_CASE("sql tokens: operators are split as PostgreSQL splits them") {
  CHECK(sources_of("a=-1::int<=b||c@-d") ==
        sources{"a", "=", "-", "1", "::", "int", "<=", "b", "||", "c", "@-", "d"});
  CHECK(sources_of("a*/*c*/b") == sources{"a", "*", "b"});
}

TEST_CASE("sql tokens: a number is one token, in each of its forms") {
  for (const char* number : {"12", "1.5e-3", ".5", "2E+7", "0x1F", "1_000"}) {
    CHECK(sources_of(number) == sources{number});
    CHECK(first_of(number).type == sql_token::kind::number);
  }
  CHECK(sources_of("0xe+1") == sources{"0xe", "+", "1"});
  CHECK(sources_of("2e-x") == sources{"2e", "-", "x"});
  CHECK(sources_of("t.5a") == sources{"t", ".5a"});
  CHECK(sources_of("t.a") == sources{"t", ".", "a"});
}

TEST_CASE("sql tokens: quotes of SQLite are identifiers where they are asked for") {
  CHECK(sources_of("[a b] `c``d`", sql_quotes::sqlite) == sources{"[a b]", "`c``d`"});
  CHECK(unquoted(first_of("`c``d`", sql_quotes::sqlite)) == "c`d");
  CHECK(unquoted(first_of("[a[[b]", sql_quotes::sqlite)) == "a[[b");
  CHECK(sources_of("a[1]") == sources{"a", "[", "1", "]"});
  CHECK(unquoted(first_of("'it''s'")) == "it's");
  CHECK(inside_quotes(first_of("\"a\"\"b\"")) == "a\"\"b");
}

TEST_CASE("sql tokens: a quote that does not end reaches to the end, and says so") {
  for (const char* sql : {"'a", "\"", "'it''"}) {
    CHECK_FALSE(first_of(sql).is_closed);
    CHECK(first_of(sql).source == sql);
  }
  CHECK(unquoted(first_of("\"")).empty());
  CHECK_FALSE(first_of("[a", sql_quotes::sqlite).is_closed);
}

TEST_CASE("sql tokens: white space and comments stand before a token") {
  const auto token = first_of(" /* a */ -- b\n c");
  CHECK(token.source == "c");
  CHECK(token.has_gap);
  CHECK(token.has_comment);
  CHECK_FALSE(first_of(" c").has_comment);
  CHECK_FALSE(first_of("c").has_gap);
  CHECK(first_of("/*/ a").type == sql_token::kind::end);
}

TEST_CASE("sql tokens: an expression is whole where it could stand in parentheses") {
  for (const char* sql : {"a > 0", "(a = ')') OR b = ';'", "\"a;\" <> '--'"})
    CHECK(rules::is_whole(sql));
  for (const char* sql : {"", " \n\t", "a)", "(a", "a) OR (b", "a; b", "a -- b", "a /* b */", "'a"})
    CHECK_FALSE(rules::is_whole(sql));
  CHECK_FALSE(rules::is_whole(std::string_view{"a\0b", 3}));
}
