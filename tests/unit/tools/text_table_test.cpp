// SPDX-License-Identifier: Apache-2.0
#include "tools/terminal/text_table.hpp"

#include <sstream>

#include "support/catch.hpp"
#include "tools/terminal/text_width.hpp"

using nava::tools::column_kind;
using nava::tools::cut;
using nava::tools::printable;
using nava::tools::text_table;
using nava::tools::width;
using nava::tools::wrap;

namespace {

using lines = std::vector<std::string>;

std::string printed(const text_table& table, std::size_t columns) {
  std::ostringstream out;
  table.print(out, columns, "  ");
  return out.str();
}

text_table sample() {
  text_table table{
      {{"STEP", column_kind::text}, {"STATUS"}, {"STARTED"}, {"OWNER", column_kind::detail}}};
  table.add({"Ask the manager", "ACTIVE", "2026-03-02 16:05:00Z", ""});
  table.add({"Read and weigh all of the papers", "ERROR", "", "sam"});
  return table;
}

}  // namespace

TEST_CASE("text: a width is that of the terminal") {
  CHECK(width("abc") == 3);
  CHECK(width("é") == 1);
  CHECK(width("e\u0301") == 1);
  CHECK(width("漢字") == 4);
  CHECK(width("ｶﾅ") == 2);
  CHECK(width("한") == 2);
  CHECK(width("🚀") == 2);
  CHECK(width("") == 0);
}

TEST_CASE("text: a cut ends within the columns") {
  CHECK(cut("abcdef", 6) == "abcdef");
  CHECK(cut("abcdef", 5) == "abcd…");
  CHECK(cut("漢字漢字", 6) == "漢字…");
  CHECK(cut("漢字漢字", 8) == "漢字漢字");
  CHECK(cut("e\u0301e\u0301e\u0301", 2) == "e\u0301…");
}

TEST_CASE("text: lines are broken at blanks, and within a word that is too long") {
  CHECK(wrap("", 5) == lines{""});
  CHECK(wrap("one two three", 20) == lines{"one two three"});
  CHECK(wrap("one two three", 7) == lines{"one two", "three"});
  CHECK(wrap("one two three", 6) == lines{"one", "two", "three"});
  CHECK(wrap("abcdefgh", 3) == lines{"abc", "def", "gh"});
  CHECK(wrap("漢字漢字", 5) == lines{"漢字", "漢字"});
}

TEST_CASE("text: what a terminal would obey is a question mark") {
  CHECK(printable("a\x1b[2Jb\n") == "a?[2Jb?");
  CHECK(printable("\u0085x\u009b") == "?x?");
  CHECK(printable("user\u202Egpj.exe") == "user?gpj.exe");
  CHECK(printable("a\u2028b\u2066c") == "a?b?c");
  CHECK(printable("\xC3\x28") == "?(");
  CHECK(printable(std::string{"a\0b", 3}) == "a?b");
  CHECK(printable("Ünïcödé 漢字 🚀") == "Ünïcödé 漢字 🚀");
}

TEST_CASE("table: a row is a line where it fits, and no detail is a column") {
  const std::string wide =
      "  STEP                              STATUS  STARTED\n"
      "  Ask the manager                   ACTIVE  2026-03-02 16:05:00Z\n"
      "  Read and weigh all of the papers  ERROR\n"
      "      owner sam\n";
  CHECK(printed(sample(), 0) == wide);
  CHECK(printed(sample(), 64) == wide);
}

TEST_CASE("table: texts are broken before columns are given up") {
  CHECK(printed(sample(), 56) ==
        "  STEP                      STATUS  STARTED\n"
        "  Ask the manager           ACTIVE  2026-03-02 16:05:00Z\n"
        "  Read and weigh all of     ERROR\n"
        "  the papers\n"
        "      owner sam\n");
}

TEST_CASE("table: columns that do not fit stand beneath, and a time is never broken") {
  CHECK(printed(sample(), 44) ==
        "  STEP                              STATUS\n"
        "  Ask the manager                   ACTIVE\n"
        "      started 2026-03-02 16:05:00Z\n"
        "  Read and weigh all of the papers  ERROR\n"
        "      owner sam\n");
}

TEST_CASE("table: wide characters are aligned") {
  text_table table{{{"NAME", column_kind::text}, {"STATUS"}}};
  table.add({"漢字", "ACTIVE"});
  table.add({"e\u0301e\u0301", "ERROR"});
  table.add({"🚀🚀🚀", "PAUSED"});
  CHECK(printed(table, 0) ==
        "  NAME    STATUS\n"
        "  漢字    ACTIVE\n"
        "  e\u0301e\u0301      ERROR\n"
        "  🚀🚀🚀  PAUSED\n");
}

TEST_CASE("table: pairs are kept together where a line holds them") {
  using nava::tools::lines_of_pairs;
  CHECK(lines_of_pairs({"due 2026-03-02 16:05:00Z", "owner sam"}, 40) ==
        lines{"due 2026-03-02 16:05:00Z  owner sam"});
  CHECK(lines_of_pairs({"due 2026-03-02 16:05:00Z", "owner sam"}, 30) ==
        lines{"due 2026-03-02 16:05:00Z", "owner sam"});
  CHECK(lines_of_pairs({"memory one two three"}, 10) == lines{"memory one", "two three"});
}
