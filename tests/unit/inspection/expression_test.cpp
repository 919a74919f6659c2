// SPDX-License-Identifier: Apache-2.0
#include "inspection/expression.hpp"

#include "support/catch.hpp"

using nava::inspection::detail::compare_expressions;
using nava::inspection::detail::likeness;
using nava::schema::dialect;

namespace {

bool same(std::string_view a, std::string_view b, dialect dialect = dialect::postgresql) {
  INFO(a << "  and  " << b);
  const auto alike = compare_expressions(a, b, dialect);
  CHECK(compare_expressions(b, a, dialect) == alike);
  REQUIRE(alike != likeness::unknown);
  return alike == likeness::same;
}

bool is_unknown(std::string_view a, std::string_view b) {
  return compare_expressions(a, b, dialect::postgresql) == likeness::unknown;
}

bool mentions(std::string_view sql, std::string_view name, dialect dialect = dialect::postgresql) {
  return nava::inspection::detail::mentions(sql, name, dialect);
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
  CHECK(same("n IS NOT DISTINCT FROM 3", "(NOT (n IS DISTINCT FROM 3))"));
  CHECK(same("kind NOT IN ('a')", "(kind <> 'a'::text)"));
  CHECK(same("NOT kind = 'a'", "(NOT (kind = 'a'::text))"));
  CHECK(same("rank > 1e3", "((rank)::numeric > '1000'::numeric)"));
  CHECK(same("score > 1e3", "(score > ('1000'::numeric)::double precision)"));
  CHECK(same("score < -1e3", "(score < ('-1000'::numeric)::double precision)"));
  CHECK(same("score > 1.50e-3 and rank < 0.50",
             "((score > (0.00150)::double precision) AND ((rank)::numeric < 0.50))"));
  CHECK(same("score between 1e-7 and 2.5E+2",
             "((score >= (0.0000001)::double precision) AND (score <= ('250'::numeric)::double "
             "precision))"));
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
  CHECK_FALSE(same("x > 1e3", "x > 1e4"));
  CHECK_FALSE(same("x > 1e3", "x > 1e-3"));
  CHECK_FALSE(same("x > 1000", "x > 1"));
  CHECK_FALSE(same("x > 0.1", "x > 0.01"));
  CHECK_FALSE(same("x > 0", "x > 10"));
  CHECK_FALSE(same("x IS DISTINCT FROM 3", "x IS NOT DISTINCT FROM 3"));
  CHECK_FALSE(same("\"Note\" = 1", "\"note\" = 1"));
  CHECK_FALSE(same("x = 'ABC'", "x = 'ABC'::character(1)"));
  CHECK_FALSE(same("x = 1", "x::integer = 1"));
  CHECK_FALSE(same("x IN (1, 2)", "x < ANY (ARRAY[1, 2])"));
  CHECK_FALSE(same("x = ANY (ARRAY[1, 2])", "x = ALL (ARRAY[1, 2])"));
  CHECK_FALSE(same("f(a, b)", "f(b, a)"));
  CHECK_FALSE(same("a.x", "b.x"));
  CHECK_FALSE(same("x", ""));
}

TEST_CASE("expression: what it does not read is the same word for word, or unknown") {
  CHECK(same("CASE WHEN a THEN b ELSE c END", "CASE  WHEN a\n THEN b ELSE c END"));
  CHECK(is_unknown("CASE WHEN a THEN b ELSE c END", "CASE WHEN (a) THEN b ELSE c END"));
  CHECK(is_unknown("CASE WHEN a THEN b ELSE c END", "CASE WHEN a THEN c ELSE b END"));
  CHECK_FALSE(same("CASE WHEN a THEN b ELSE c END", ""));
  for (const std::string_view broken :
       {"(",   ")",        "x =", "x IN", "x IN (", "'open",       "\"open",
        "x::", "x::text(", "a b", "NOT",  "x = 1e", "x BETWEEN 1", "f(",
        "a.",  "ARRAY[",   "::",  "-",    "x IS",   "x = 1.2.3 4"}) {
    INFO(broken);
    CHECK(same(broken, broken));
    CHECK(is_unknown(broken, "x = 2 AND y = 3") ==
          (broken != std::string_view{"'open"} && broken != std::string_view{"\"open"}));
  }
}

TEST_CASE("expression: a literal of a time is printed as the session of a server does") {
  const std::string printed = "(ts > '2020-01-01 00:00:00+00'::timestamp with time zone)";
  CHECK(is_unknown("ts > '2020-01-01T00:00:00.000000Z'", printed));
  CHECK(is_unknown("ts > '2020-01-01'", printed));
  CHECK(same("ts > '2020-01-01 00:00:00+00'", printed));
  CHECK_FALSE(same("d > '2020-01-02'", "(d > '2020-01-01'::date)"));
}

TEST_CASE("expression: one that is nested without end is not read") {
  constexpr std::size_t far = 100'000;
  CHECK(is_unknown(std::string(far, '(') + "a" + std::string(far, ')'), "(((a"));
  std::string sum = "a";
  for (std::size_t i = 0; i < far; ++i) sum += "+a";
  CHECK(is_unknown(sum, "a"));
  CHECK(same(sum, sum));
}

TEST_CASE("expression: SQLite does not tell the case of names") {
  CHECK(same("\"Note\" = 'A'", "note = 'A'", dialect::sqlite));
  CHECK_FALSE(same("\"Note\" = 'A'", "note = 'a'", dialect::sqlite));
  CHECK(mentions("(\"NOTE\" = 'x')", "Note", dialect::sqlite));
  CHECK(mentions("(NOTE = 'x')", "Note", dialect::sqlite));
}

TEST_CASE("expression: SQLite reads other quotes of names") {
  CHECK(same("[Note] = `b`", "\"note\" = \"b\"", dialect::sqlite));
  CHECK(mentions("([a b] = 1)", "a b", dialect::sqlite));
  CHECK_FALSE(mentions("([a b] = 1)", "a", dialect::sqlite));
}

TEST_CASE("expression: a number may begin with its point") {
  CHECK(same("a > .50", "(a > 0.5)"));
  CHECK_FALSE(same("a > .05", "(a > 0.5)"));
}

TEST_CASE("expression: an identifier is found, a literal is not one") {
  CHECK(mentions("(lower(\"Title\") = 'x')", "Title"));
  CHECK(mentions("(STATUS = 'x')", "status"));
  CHECK_FALSE(mentions("(a = 'status')", "status"));
  CHECK_FALSE(mentions("(status_code = 1)", "status"));
}
