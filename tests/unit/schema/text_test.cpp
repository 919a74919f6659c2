// SPDX-License-Identifier: Apache-2.0
#include <cctype>
#include <limits>
#include <nava/schema/text.hpp>
#include <random>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::schema;
using namespace std::chrono_literals;

namespace {

timestamp at(int year, unsigned month, unsigned day, std::chrono::microseconds of_day = 0us) {
  return std::chrono::sys_days{std::chrono::year{year} / month / day} + of_day;
}

}  // namespace

TEST_CASE("text: a uuid is written in lower case with hyphens, and read back") {
  const std::string text = "018f3c1e-0000-7abc-8def-0123456789ab";
  const auto read = parse_uuid(text);
  REQUIRE(read);
  CHECK(to_text(*read) == text);
  CHECK(read->data[0] == 0x01);
  CHECK(read->data[15] == 0xAB);
  CHECK(parse_uuid("018F3C1E-0000-7ABC-8DEF-0123456789AB") == read);
  CHECK(to_text(uuid{}) == "00000000-0000-0000-0000-000000000000");
}

TEST_CASE("text: any uuid survives its text") {
  std::mt19937 random{1};
  for (int i = 0; i < 1000; ++i) {
    uuid value{};
    for (auto& byte : value) byte = static_cast<std::uint8_t>(random());
    CHECK(parse_uuid(to_text(value)) == value);
  }
}

TEST_CASE("text: what is not a uuid in full is not read") {
  for (const std::string_view text :
       {"", "018f3c1e", "018f3c1e00007abc8def0123456789ab", "018f3c1e-0000-7abc-8def-0123456789a",
        "018f3c1e-0000-7abc-8def-0123456789abc", "{018f3c1e-0000-7abc-8def-0123456789ab}",
        "018f3c1e-0000-7abc-8def-0123456789ag", "018f3c1e-0000-7abc-8def_0123456789ab",
        "018f3c1e-00007-abc-8def-0123456789ab", " 18f3c1e-0000-7abc-8def-0123456789ab",
        "+18f3c1e-0000-7abc-8def-0123456789ab"})
    CHECK_FALSE(parse_uuid(text));
}

TEST_CASE("text: of all bytes a uuid takes hexadecimal digits alone, in either case") {
  const std::string whole = "018f3c1e-0000-7abc-8def-0123456789ab";
  for (const std::size_t place : {std::size_t{0}, std::size_t{1}, whole.size() - 1})
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = whole;
      text[place] = static_cast<char>(byte);
      INFO(place << ' ' << byte);
      const auto value = parse_uuid(text);
      REQUIRE(value.has_value() == (std::isxdigit(byte) != 0));
      if (!value) continue;
      text[place] = static_cast<char>(std::tolower(byte));
      CHECK(to_text(*value) == text);
    }
}

TEST_CASE("text: a timestamp is written in UTC with six digits") {
  CHECK(to_text(at(2011, 10, 11, 11h + 45min + 40s + 276ms)) == "2011-10-11T11:45:40.276000Z");
  CHECK(to_text(at(1969, 12, 31, 24h - 1us)) == "1969-12-31T23:59:59.999999Z");
  CHECK(to_text(at(1, 1, 1)) == "0001-01-01T00:00:00.000000Z");
  CHECK(to_text(at(9999, 12, 31, 24h - 1us)) == "9999-12-31T23:59:59.999999Z");
}

TEST_CASE("text: a timestamp is read in every form that a database or ISO 8601 gives it") {
  const timestamp expected = at(2011, 10, 11, 11h + 45min + 40s + 276ms);
  for (const std::string_view text :
       {"2011-10-11T11:45:40.276Z", "2011-10-11 11:45:40.276Z", "2011-10-11T11:45:40.276000Z",
        "2011-10-11T11:45:40.276000999Z", "2011-10-11T11:45:40.276+00:00",
        "2011-10-11T11:45:40.276+00", "2011-10-11T13:45:40.276+02:00",
        "2011-10-11T13:45:40.276+0200", "2011-10-11T13:45:40.276+02",
        "2011-10-11T01:15:40.276-10:30", "2011-10-12T01:30:40.276+13:45"})
    CHECK(parse_timestamp(text) == expected);
  CHECK(parse_timestamp("2011-10-11T11:45:40Z") == at(2011, 10, 11, 11h + 45min + 40s));
}

TEST_CASE("text: a leap day is read where the calendar has it") {
  CHECK(parse_timestamp("2024-02-29T00:00:00Z") == at(2024, 2, 29));
  CHECK(parse_timestamp("2000-02-29T00:00:00Z") == at(2000, 2, 29));
  CHECK_FALSE(parse_timestamp("2023-02-29T00:00:00Z"));
  CHECK_FALSE(parse_timestamp("1900-02-29T00:00:00Z"));
  CHECK_FALSE(parse_timestamp("2100-02-29T00:00:00Z"));
  CHECK(parse_timestamp("2024-02-29T23:59:59.999999-01:00") == at(2024, 3, 1, 1h - 1us));
}

TEST_CASE("text: a timestamp that is ambiguous, impossible or cut is not read") {
  for (const std::string_view text : {"",
                                      "2011-10-11",
                                      "2011-10-11T11:45Z",
                                      "2011-10-11T11:45:40",
                                      "2011-10-11T11:45:40.276",
                                      "2011-13-11T11:45:40Z",
                                      "2011-00-11T11:45:40Z",
                                      "2011-10-32T11:45:40Z",
                                      "2011-04-31T11:45:40Z",
                                      "2011-10-11T24:00:00Z",
                                      "2011-10-11T11:60:40Z",
                                      "2011-10-11T11:45:60Z",
                                      "2011-10-11T11:45:40.Z",
                                      "2011-10-11T11:45:40.1234567890Z",
                                      "2011-10-11T11:45:40ZZ",
                                      "2011-10-11T11:45:40Z ",
                                      " 2011-10-11T11:45:40Z",
                                      "2011-10-11t11:45:40Z",
                                      "2011-10-11T11:45:40z",
                                      "2011-10-11T11:45:40+",
                                      "2011-10-11T11:45:40+1",
                                      "2011-10-11T11:45:40+01:",
                                      "2011-10-11T11:45:40+01:60",
                                      "2011-10-11T11:45:40+16:00",
                                      "2011-10-11T11:45:40,276Z",
                                      "12011-10-11T11:45:40Z",
                                      "-011-10-11T11:45:40Z",
                                      "infinity",
                                      "2011/10/11T11:45:40Z"}) {
    INFO(text);
    CHECK_FALSE(parse_timestamp(text));
  }
}

TEST_CASE("text: any timestamp of the years 1 to 9999 survives its text, and texts sort as times") {
  std::mt19937_64 random{1};
  std::uniform_int_distribution<std::int64_t> within{at(1, 1, 1).time_since_epoch().count(),
                                                     at(9999, 12, 31).time_since_epoch().count()};
  timestamp before = at(2000, 1, 1);
  for (int i = 0; i < 10'000; ++i) {
    const timestamp value{std::chrono::microseconds{within(random)}};
    CHECK(parse_timestamp(to_text(value)) == value);
    CHECK((to_text(before) < to_text(value)) == (before < value));
    before = value;
  }
}

TEST_CASE("text: well-formed UTF-8 is told from the rest") {
  for (const std::string_view text :
       {"", "plain", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "a\xE2\x82\xAC z"})
    CHECK(is_valid_utf8(text));
  for (const std::string_view text : {"\x80",
                                      "\xBF",
                                      "\xC0\x80",
                                      "\xC0\xAF",
                                      "\xC1\xBF",
                                      "\xC2",
                                      "\xC2\x7F",
                                      "\xC2\xC0",
                                      "\xE0\x80\x80",
                                      "\xE0\x9F\xBF",
                                      "\xE2\x82",
                                      "\xE2\x28\xA1",
                                      "\xE2\x82\x28",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xF0\x80\x80\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF0\x9F\x98",
                                      "\xF0\x28\x8C\xBC",
                                      "\xF0\x90\x28\xBC",
                                      "\xF0\x90\x8C\x28",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xF8\x88\x80\x80\x80",
                                      "\xFE",
                                      "\xFF",
                                      "ok\xC3"})
    CHECK_FALSE(is_valid_utf8(text));
}

TEST_CASE("text: every code point is well-formed in its one encoding, surrogates are not") {
  for (unsigned point = 0x80; point <= 0x10FFFF; ++point) {
    std::string text;
    const auto tail = [&](unsigned shift) {
      text += static_cast<char>(0x80 | ((point >> shift) & 0x3F));
    };
    if (point < 0x800) {
      text += static_cast<char>(0xC0 | (point >> 6));
    } else if (point < 0x10000) {
      text += static_cast<char>(0xE0 | (point >> 12));
      tail(6);
    } else {
      text += static_cast<char>(0xF0 | (point >> 18));
      tail(12);
      tail(6);
    }
    tail(0);
    if (is_valid_utf8(text) != (point < 0xD800 || point > 0xDFFF)) FAIL("code point " << point);
  }
  SUCCEED();
}

TEST_CASE("text: a day is read and written in one form, of the days that there are") {
  const auto day = [](int year, unsigned month, unsigned number) {
    return date{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{number}};
  };
  CHECK(to_text(day(2024, 2, 29)) == "2024-02-29");
  CHECK(parse_date("0001-01-01") == day(1, 1, 1));
  CHECK(parse_date("9999-12-31") == day(9999, 12, 31));
  CHECK(has_text(day(1, 1, 1)));
  CHECK_FALSE(has_text(day(0, 12, 31)));
  CHECK_FALSE(has_text(day(10000, 1, 1)));
  CHECK_FALSE(has_text(date::max()));
  CHECK_FALSE(has_text(date::min()));
  for (const std::string_view wrong :
       {"", "2023-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "0000-01-01", "2024-1-01",
        "2024-01-01 ", "2024/01/01", "+024-01-01", "2024-01-01T00:00:00Z", "infinity"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_date(wrong));
  }
}

TEST_CASE("text: octets are two digits each") {
  const bytes value{std::byte{0}, std::byte{0x1F}, std::byte{0xFF}};
  CHECK(to_text(value) == "\\x001fff");
  CHECK(parse_bytes("\\x001fff") == value);
  CHECK(parse_bytes("\\x") == bytes{});
  for (const std::string_view wrong : {"", "x00", "00", "\\x0", "\\xFF", "\\x0g", "\\\\x00"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_bytes(wrong));
  }
}

TEST_CASE("text: a decimal has all the digits of its column, and no more") {
  constexpr decimal_size money{12, 2}, whole{3, 0}, fraction{2, 2}, widest{18, 9};
  CHECK(to_decimal_text(1990, money) == "19.90");
  CHECK(to_decimal_text(-5, money) == "-0.05");
  CHECK(to_decimal_text(0, money) == "0.00");
  CHECK(to_decimal_text(-7, whole) == "-7");
  CHECK(to_decimal_text(99, fraction) == "0.99");
  const std::vector<std::pair<std::int64_t, decimal_size>> numbers{
      {1990, money}, {-5, money},    {0, money},
      {-999, whole}, {99, fraction}, {999'999'999'999'999'999, widest},
      {-1, widest}};
  for (const auto& [units, digits] : numbers) {
    CAPTURE(units, digits.precision, digits.scale);
    CHECK(has_digits(units, digits));
    CHECK(parse_decimal(to_decimal_text(units, digits), digits) == units);
  }
  CHECK_FALSE(has_digits(1000, whole));
  CHECK_FALSE(has_digits(-1000, whole));
  CHECK_FALSE(has_digits(std::numeric_limits<std::int64_t>::min(), widest));
  const std::vector<std::pair<std::string_view, decimal_size>> misfits{
      {"", money},      {"1", money},    {"1.5", money},
      {"1.500", money}, {".50", money},  {"01.50", money},
      {"+1.50", money}, {"1e2", money},  {"12345678901.00", money},
      {"-", money},     {"1,50", money}, {"NaN", money},
      {"1.", whole},    {"1000", whole}, {"1.00", fraction}};
  for (const auto& [wrong, digits] : misfits) {
    CAPTURE(wrong, digits.precision, digits.scale);
    CHECK_FALSE(parse_decimal(wrong, digits));
  }
}
