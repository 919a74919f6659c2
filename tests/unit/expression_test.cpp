// SPDX-License-Identifier: Apache-2.0
#include "schema/expression.hpp"

#include "support/catch.hpp"

using nava::schema::detail::canonical_expression;
using nava::schema::detail::mentions;

namespace {

bool same(std::string_view a, std::string_view b) {
  INFO(a << "  ->  " << canonical_expression(a));
  INFO(b << "  ->  " << canonical_expression(b));
  return canonical_expression(a) == canonical_expression(b);
}

}  // namespace

TEST_CASE("expression: what was written is what PostgreSQL prints") {
  // Each printed by PostgreSQL 15 for the text before it.
  CHECK(same(R"("status" IN ('A', 'B'))", "(status = ANY (ARRAY['A'::text, 'B'::text]))"));
  CHECK(same(R"("status" IN ('A'))", "(status = 'A'::text)"));
  CHECK(same(R"("status" IN ('A', 'B'))",
             "((status)::text = ANY ((ARRAY['A'::character varying, 'B'::character "
             "varying])::text[]))"));
  CHECK(same(R"("order" NOT IN ('A', 'B'))", R"(("order" <> ALL (ARRAY['A'::text, 'B'::text])))"));
  CHECK(same(R"("n" IN (1, 2))", "(n = ANY (ARRAY[(1)::bigint, (2)::bigint]))"));
  CHECK(same(R"("event_key" IS NOT NULL)", "(event_key IS NOT NULL)"));
  CHECK(same("a IS NOT NULL AND (b > 3 OR c = 'x') and not d",
             "((a IS NOT NULL) AND ((b > 3) OR (c = 'x'::text)) AND (NOT d))"));
  CHECK(same("n > -5 AND r<0.5", "((n > '-5'::integer) AND (r < (0.5)::double precision))"));
  CHECK(same("n=-5", "(n = '-5'::integer)"));
  CHECK(same("n BETWEEN 1 AND 3 + 1", "((n >= 1) AND (n <= (3 + 1)))"));
  CHECK(same("n NOT BETWEEN 1 AND 3", "((n < 1) OR (n > 3))"));
  CHECK(same("t LIKE 'a%' AND t not like 'b%'", "((t ~~ 'a%'::text) AND (t !~~ 'b%'::text))"));
  CHECK(same("a + b * 2 != 7", "((a + (b * 2)) <> 7)"));
  CHECK(same("length(t) > 3 and lower(t) || 'x' = 'ax'",
             "((length(t) > 3) AND ((lower(t) || 'x'::text) = 'ax'::text))"));
  CHECK(same("n IN (-1, 2)", "(n = ANY (ARRAY[('-1'::integer)::bigint, (2)::bigint]))"));
  CHECK(same("r > -0.5", "(r > ('-0.5'::numeric)::double precision)"));
  CHECK(same("NOT a AND NOT (d OR a)", "((NOT a) AND (NOT (d OR a)))"));
  CHECK(same("n IS DISTINCT FROM 3", "(n IS DISTINCT FROM 3)"));
}

TEST_CASE("expression: spellings without a difference are one") {
  CHECK(same("\"x\" IS NULL OR json_valid(\"x\")", "((x is null) or (json_valid(x)))"));
  CHECK(same("x IN (0, 1)", "x in(1,0,1) -- in another order\n"));
  CHECK(same("(a AND b) AND /* all */ c", "a AND (b AND c)"));
  CHECK(same("", "  "));
}

TEST_CASE("expression: a difference is not lost") {
  CHECK_FALSE(same("x = 'A'", "x = 'a'"));
  CHECK_FALSE(same("x = ' A'", "x = 'A'"));
  CHECK_FALSE(same("x = 'it''s'", "x = 'its'"));
  CHECK_FALSE(same("x IN ('A', 'B')", "x IN ('A')"));
  CHECK_FALSE(same("x IN ('A')", "x NOT IN ('A')"));
  CHECK_FALSE(same("a AND (b OR c)", "(a AND b) OR c"));
  CHECK_FALSE(same("NOT (a OR b)", "(NOT a) OR b"));
  CHECK_FALSE(same("(a - b) - c = 0", "a - (b - c) = 0"));
  CHECK_FALSE(same("x IS NULL", "x IS NOT NULL"));
  CHECK_FALSE(same("x < 1", "x <= 1"));
  CHECK_FALSE(same("x = 1", "x = -1"));
  CHECK_FALSE(same("x = 'ABC'", "x = 'ABC'::character(1)"));
  CHECK_FALSE(same("x = 1", "x::integer = 1"));
  CHECK_FALSE(same("x IN (1, 2)", "x < ANY (ARRAY[1, 2])"));
  CHECK_FALSE(same("x = ANY (ARRAY[1, 2])", "x = ALL (ARRAY[1, 2])"));
  CHECK_FALSE(same("f(a, b)", "f(b, a)"));
  CHECK_FALSE(same("a.x", "b.x"));
  CHECK_FALSE(same("x", ""));
}

TEST_CASE("expression: what it does not read is compared by its words") {
  CHECK(same("CASE WHEN a THEN b ELSE c END", "(CASE  WHEN a THEN b ELSE (c) END)"));
  CHECK_FALSE(same("CASE WHEN a THEN b ELSE c END", "CASE WHEN a THEN c ELSE b END"));
  for (const std::string_view broken :
       {"(",   ")",        "x =", "x IN", "x IN (", "'open",       "\"open",
        "x::", "x::text(", "a b", "\"\"", "NOT",    "x BETWEEN 1", "f(",
        "a.",  "ARRAY[",   "::",  "-",    "x IS",   "/* open"})
    CHECK(canonical_expression(broken) == canonical_expression(broken));
  CHECK_FALSE(same("x = (", "y = ("));
}

TEST_CASE("expression: one that is nested without end is compared by its words") {
  constexpr std::size_t far = 100'000;
  CHECK(same(std::string(far, '(') + "a" + std::string(far, ')'), "(((a"));
  std::string sum = "a";
  for (std::size_t i = 0; i < far; ++i) sum += "+a";
  CHECK_FALSE(same(sum, "a"));
}

TEST_CASE("expression: an identifier is found, a literal is not one") {
  CHECK(mentions("(lower(\"Title\") = 'x')", "Title"));
  CHECK(mentions("(STATUS = 'x')", "status"));
  CHECK_FALSE(mentions("(a = 'status')", "status"));
  CHECK_FALSE(mentions("(status_code = 1)", "status"));
}
