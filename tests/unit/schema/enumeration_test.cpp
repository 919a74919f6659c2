// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/row.hpp>

#include "support/catch.hpp"

namespace {

using namespace nava::schema;

enum class mood : std::int8_t { low = -3, even = 0, high = 100 };
enum class answer : bool { no, yes };
enum bits : unsigned { none = 0, first = 1, last = 1u << 31 };

struct diary {
  nava::uuid id{};
  mood today = mood::even;
};

}  // namespace

template <>
struct nava::schema::enum_names<mood> {
  static constexpr std::array names{enum_name{mood::high, "HIGH"}, enum_name{mood::low, "LOW"},
                                    enum_name{mood::even, "it's even"}};
};
template <>
struct nava::schema::enum_names<answer> {
  static constexpr std::array names{enum_name{answer::yes, "YES"}, enum_name{answer::no, "NO"}};
};
template <>
struct nava::schema::enum_names<bits> {
  static constexpr std::array names{enum_name{none, "NONE"}, enum_name{first, "FIRST"},
                                    enum_name{last, "LAST"}};
};

namespace {

struct diary_table : table<diary, "diary", column<"id", &diary::id>, column<"today", &diary::today>,
                           primary_key<&diary::id>> {};

}  // namespace

TEST_CASE("enumeration: names and values find each other, whatever the order and the gaps") {
  static_assert(to_text(mood::low) == "LOW");
  static_assert(from_text<mood>("HIGH") == mood::high);
  for (const auto& [value, text] : enum_names<mood>::names) {
    CHECK(to_text(value) == text);
    CHECK(from_text<mood>(text) == value);
    CHECK(has_name(value));
  }
  CHECK(to_text(answer::yes) == "YES");
  CHECK(to_text(last) == "LAST");
  CHECK_FALSE(from_text<mood>("low"));
  CHECK_FALSE(from_text<mood>(""));
}

TEST_CASE(
    "enumeration: a value that is no enumerator has no name, and is not read past the names") {
  for (const int value : {-128, -4, -1, 1, 3, 99, 127}) {
    const auto none_of_them = static_cast<mood>(value);
    CHECK_FALSE(has_name(none_of_them));
    CHECK_THROWS_AS(to_text(none_of_them), std::invalid_argument);
    CHECK_THROWS_WITH(to_json<diary_table>({.today = none_of_them}),
                      "a value of diary.today is none of its enumeration; write one that "
                      "enum_names has");
  }
}

TEST_CASE("enumeration: the CHECK has the names in the order in which they are written") {
  const auto& column = diary_table::column_descriptions[1];
  CHECK(std::vector<std::string_view>{column.values.begin(), column.values.end()} ==
        std::vector<std::string_view>{"HIGH", "LOW", "it's even"});
}
