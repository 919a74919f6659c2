// SPDX-License-Identifier: Apache-2.0
#include "support/sql_script.hpp"

#include "support/catch.hpp"

using nava::test::statements_of;
using statements = std::vector<std::string>;

TEST_CASE("sql script: is cut at each semicolon outside of quotes and comments") {
  CHECK(statements_of("CREATE TABLE a (b text);\n\nDROP TABLE a;\n") ==
        statements{"CREATE TABLE a (b text)", "DROP TABLE a"});
  CHECK(statements_of("SELECT 'a;''b;' AS \"c;\"; SELECT 2") ==
        statements{"SELECT 'a;''b;' AS \"c;\"", "SELECT 2"});
  CHECK(statements_of("-- it's; one\nSELECT -- two;\n1; -- three") == statements{"SELECT \n1"});
  CHECK(statements_of("SELECT '--;'") == statements{"SELECT '--;'"});
  CHECK(statements_of("-- only; a comment").empty());
  CHECK(statements_of(" ;\n;") == statements{});
}
