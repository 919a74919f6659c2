// SPDX-License-Identifier: Apache-2.0
#include "inspection/sqlite/create_table.hpp"

#include <nava/schema/ascii_case.hpp>
#include <string>

#include "inspection/sqlite/create_index.hpp"
#include "inspection/sqlite/token_reader.hpp"
#include "support/catch.hpp"

using namespace nava::inspection;

namespace {

using names = std::vector<std::string>;

// What was understood, in lines that are easy to compare.
names lines_of(const std::string& sql) {
  const auto table = parse_create_table(sql);
  if (!table) return {"not understood"};
  const auto list = [](const names& columns) {
    std::string text;
    for (const auto& column : columns) text += (text.empty() ? "" : "|") + column;
    return text;
  };
  names lines;
  for (const auto& key : table->keys)
    lines.push_back((key.is_primary ? "primary " : "unique ") + key.name + ": " +
                    list(key.columns));
  for (const auto& check : table->checks)
    lines.push_back("check " + check.name + ": " + check.expression);
  for (const auto& key : table->foreign_keys)
    lines.push_back("foreign " + key.name + ": " + list(key.columns) +
                    (key.deferrable ? " deferrable" : "") +
                    (key.initially_deferred ? " deferred" : ""));
  for (const auto& column : table->generated_columns)
    lines.push_back("generated " + column.name + ": " + column.expression);
  return lines;
}

}  // namespace

TEST_CASE("create table: constraints of columns and of the table are told with their names") {
  CHECK(
      lines_of("CREATE TABLE t (a INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT, b TEXT NOT "
               "NULL CONSTRAINT u UNIQUE ON CONFLICT REPLACE CHECK (b <> ''), c, "
               "CONSTRAINT u2 UNIQUE (b, c), CONSTRAINT ck CHECK (c > 0), CONSTRAINT fk FOREIGN "
               "KEY (b, c) REFERENCES o (x, y) ON DELETE SET NULL ON UPDATE SET DEFAULT) STRICT") ==
      names{"primary pk: a", "unique u: b", "unique u2: b|c", "check : b <> ''", "check ck: c > 0",
            "foreign fk: b|c"});
}

TEST_CASE("create table: names may be in any quotes and hold any character") {
  CHECK(
      lines_of("CREATE TABLE \"t (\" (\"a \"\",)\" TEXT CONSTRAINT `c ``,` CHECK (\"a \"\",)\" <> "
               "')'), [b,(] INT CONSTRAINT 'it''s' UNIQUE, PRIMARY KEY ([b,(], `a \",)` DESC))") ==
      names{"unique it's: b,(", "primary : b,(|a \",)", "check c `,: \"a \"\",)\" <> ')'"});
}

TEST_CASE("create table: comments and white space make no difference") {
  CHECK(
      lines_of("create\ttable t(-- a ) comment, of ' one line\n a int/* ( */check /**/ (a > -- x\n"
               "  0\n\tAND a<9 ),b text/*,*/)/* never ends") == names{"check : a > 0 AND a<9"});
}

TEST_CASE("create table: parentheses are taken as they nest") {
  CHECK(lines_of("CREATE TABLE t (a DECIMAL(10, 2) DEFAULT (max(1, 2)) CHECK ((a IN (1, 2)) OR "
                 "(a = (3))), b INT DEFAULT -1 CHECK (b), c AS (a + (b)) STORED, d INT GENERATED "
                 "ALWAYS AS (coalesce(a, ')')) VIRTUAL NOT NULL)") ==
        names{"check : (a IN (1, 2)) OR (a = (3))", "check : b", "generated c: a + (b)",
              "generated d: coalesce(a, ')')"});
}

TEST_CASE("create table: only DEFERRABLE INITIALLY DEFERRED defers") {
  CHECK(lines_of("CREATE TABLE t (a REFERENCES o DEFERRABLE INITIALLY DEFERRED, b REFERENCES o "
                 "DEFERRABLE, c REFERENCES o DEFERRABLE INITIALLY IMMEDIATE, d REFERENCES o (x) ON "
                 "DELETE NO ACTION MATCH FULL NOT DEFERRABLE INITIALLY DEFERRED, e REFERENCES o "
                 "NOT NULL DEFERRABLE INITIALLY DEFERRED)") ==
        names{"foreign : a deferrable deferred", "foreign : b deferrable", "foreign : c deferrable",
              "foreign : d", "foreign : e deferrable deferred"});
}

TEST_CASE("create table: a name belongs to the constraint behind it and to no other") {
  CHECK(lines_of("CREATE TABLE t (a CONSTRAINT n1 NOT NULL UNIQUE, b CONSTRAINT n2 DEFAULT 1 CHECK "
                 "(b), c CONSTRAINT n3, d UNIQUE, CONSTRAINT n4 CONSTRAINT n5 CHECK (a) CONSTRAINT "
                 "n6 UNIQUE (a, b) CHECK (c))") == names{"unique : a", "unique : d",
                                                         "unique n6: a|b", "check : b",
                                                         "check n5: a", "check : c"});
}

TEST_CASE("create table: a default or an action that looks like a constraint is none") {
  CHECK(
      lines_of("CREATE TABLE t (a DEFAULT 'UNIQUE', b DEFAULT +1.5e-3 UNIQUE, c DEFAULT "
               "CURRENT_TIME REFERENCES \"check\" ON DELETE CASCADE ON UPDATE RESTRICT, \"unique\" "
               "\"check\" x'00')") == names{"unique : b", "foreign : c"});
}

TEST_CASE("create table: what is not understood is said to be so") {
  for (const std::string sql :
       {"", "CREATE TABLE t", "CREATE TABLE t (a", "CREATE TABLE t (a 'b)", "CREATE TABLE t ()",
        "CREATE TABLE t (a,)", "CREATE TABLE t (a CHECK)", "CREATE TABLE t (a CHECK 1)",
        "CREATE TABLE t (a PRIMARY)", "CREATE TABLE t (a, UNIQUE ())",
        "CREATE TABLE t (a CONSTRAINT)", "CREATE TABLE t (a DEFAULT)",
        "CREATE TABLE t (a DEFERRABLE)", "DROP TABLE t (a)",
        "CREATE TABLE t (a REFERENCES o DEFERRABLE INITIALLY LATE)", "CREATE TABLE [t (a)"})
    CHECK(lines_of(sql) == names{"not understood"});
  CHECK(lines_of("CREATE TABLE t (a CHECK (" + std::string(100'000, '(') + "a") ==
        names{"not understood"});
  CHECK(lines_of("CREATE TABLE t (a) /*" + std::string(sql_bytes_max, ' ')) ==
        names{"not understood"});
}

TEST_CASE("create table: every beginning and every end of a statement is read or refused") {
  const std::string whole =
      "CREATE TABLE \"t\" (a DECIMAL(10, 2) CONSTRAINT [x] CHECK (a IN ('(', `b`)) /* c */ DEFAULT "
      "-1, b REFERENCES o (x) ON DELETE SET NULL NOT DEFERRABLE, PRIMARY KEY (a, b)) -- end";
  std::size_t understood = 0;
  for (std::size_t i = 0; i <= whole.size(); ++i) {
    understood += lines_of(whole.substr(0, i)) == names{"not understood"} ? 0u : 1u;
    (void)lines_of(whole.substr(i));
    (void)parse_create_index(whole.substr(0, i));
    (void)parse_create_index(whole.substr(i));
  }
  CHECK(understood == std::string_view{") -- end"}.size());
}

TEST_CASE("create index: expressions are told without what pragmas tell, and the condition") {
  const auto index = parse_create_index(
      "CREATE UNIQUE INDEX IF NOT EXISTS \"main\".\"i (\" ON t (a DESC, lower(b) COLLATE nocase "
      "ASC, "
      "((a + b)), (a) || (b), [c d]) WHERE a > 0  AND b IN (1, 2) -- some");
  REQUIRE(index);
  CHECK(index->columns == names{"a", "lower(b)", "a + b", "(a) || (b)", "[c d]"});
  CHECK(index->where == "a > 0 AND b IN (1, 2)");
  CHECK(parse_create_index("CREATE INDEX i ON t (a)").value().where.empty());
  CHECK_FALSE(parse_create_index("CREATE INDEX i ON t (a"));
  CHECK_FALSE(parse_create_index("CREATE INDEX i ON t (a) 'x"));
  CHECK_FALSE(parse_create_index("CREATE INDEX i ON t (a) USING b"));
}

TEST_CASE("sql names: upper and lower case differ outside ASCII only") {
  CHECK(nava::schema::are_same_but_for_case("Straße_1", "sTRAßE_1"));
  CHECK_FALSE(nava::schema::are_same_but_for_case("Ä", "ä"));
  CHECK_FALSE(nava::schema::are_same_but_for_case("a", "ab"));
  CHECK(nava::schema::in_lower_case("aZ_Ä") == "az_Ä");
}
