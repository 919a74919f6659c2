// SPDX-License-Identifier: Apache-2.0
#include "persistence/rows/json_text.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <nava/persistence/store.hpp>
#include <nava/workflow/error.hpp>
#include <random>

#include "support/stores.hpp"
#include "workflow/storable.hpp"

using namespace nava;
using namespace nava::persistence;
using nava::test::error_of;

namespace {

std::uint64_t bits_of(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

json::value storable(json::value value) {
  make_storable(value, "row");
  return value;
}

std::string refusal_of(json::value value) {
  return error_of([&] { make_storable(value, "row"); }).what();
}

json::value levels(std::size_t count) {
  json::value value = json::array{};
  for (std::size_t i = 1; i < count; ++i) value = json::object{{"n", value}};
  return value;
}

}  // namespace

TEST_CASE("json_text: a hundred thousand random doubles are read back bit for bit") {
  std::mt19937_64 random{42};
  int read = 0;
  int changed = 0;
  while (read < 100'000) {
    double value = 0;
    const std::uint64_t bits = random();
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    ++read;
    const auto back = parse_stored_json(json::serialize(json::value(value)));
    changed += bits_of(back.to_number<double>()) != bits_of(value) ? 1 : 0;
  }
  CHECK(changed == 0);
}

TEST_CASE("json_text: doubles at the edges are read as they are written") {
  CHECK(parse_stored_json("0.1").as_double() == 0.1);
  CHECK(parse_stored_json("5e-324").as_double() == 5e-324);
  CHECK(parse_stored_json("2.2250738585072011e-308").as_double() == 2.2250738585072011e-308);
  CHECK(parse_stored_json("1.7976931348623157e308").as_double() == 1.7976931348623157e308);
  CHECK(parse_stored_json("18446744073709551616").as_double() == 0x1p64);
  CHECK(parse_stored_json("-9223372036854775808").as_int64() ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(parse_stored_json("18446744073709551615").as_uint64() ==
        std::numeric_limits<std::uint64_t>::max());
  CHECK(parse_stored_json("[0.1, 2.5, {\"a\": 1e-7}]") == json::value{0.1, 2.5, {{"a", 1e-7}}});
}

TEST_CASE("json_text: text that is not JSON is an error, and is not in the message") {
  for (const std::string_view text : {"", "{", "s3cret", "{\"a\": s3cret}", "1 2", "[1,]", "NaN"}) {
    const error thrown = error_of([&] { (void)parse_stored_json(text); });
    CHECK(thrown.kind() == error_kind::other);
    CHECK_THAT(thrown.what(), !Catch::Matchers::Contains("s3cret"));
  }
}

TEST_CASE("json_text: an integral number is made an integer, no other is changed") {
  CHECK(storable(2.0).is_int64());
  CHECK(storable(-0.0) == json::value(0));
  CHECK(storable(-0x1p63).as_int64() == std::numeric_limits<std::int64_t>::min());
  CHECK(storable(0x1p63).as_uint64() == std::uint64_t{1} << 63);
  CHECK(storable(0x1p64).as_double() == 0x1p64);
  CHECK(storable(std::uint64_t{7}).is_int64());
  CHECK(storable(2.5).as_double() == 2.5);
  CHECK(storable({{"a", {1.0, {{"b", 3.0}}}}}) == json::value{{"a", {1, {{"b", 3}}}}});
  CHECK(storable({"text", true, nullptr}) == json::value{"text", true, nullptr});
}

TEST_CASE("json_text: what is refused is named by its path, and its value is not told") {
  const double infinity = std::numeric_limits<double>::infinity();
  using Catch::Matchers::StartsWith;
  CHECK_THAT(refusal_of({{"a", {{"b", infinity}}}}), StartsWith("row.a.b is not a finite number"));
  CHECK_THAT(refusal_of({{"a", std::nan("")}}), StartsWith("row.a is not a finite number"));
  CHECK_THAT(refusal_of({{"a", {1, json::string("x\0y", 3)}}}), StartsWith("row.a contains a NUL"));
  CHECK_THAT(refusal_of({{"a", "\xFF"}}), StartsWith("row.a is not valid UTF-8"));
  CHECK(refusal_of({{"a", {{"\xFF", 1}}}}) == "row.a is not valid UTF-8; convert it first");
}

TEST_CASE("json_text: payloads are as deep as the limit and no deeper") {
  CHECK_NOTHROW(storable({{"payload", levels(json_depth_max)}}));
  CHECK_THAT(refusal_of({{"payload", levels(json_depth_max + 1)}}),
             Catch::Matchers::Contains("nested deeper"));
  const auto text =
      json::serialize(json::value{{"table", {{{"payload", levels(json_depth_max)}}}}});
  CHECK_NOTHROW(parse_stored_json(text));
}

TEST_CASE("json_text: a number that no double holds is refused, and a tiny one is 0") {
  for (const std::string& text :
       std::vector<std::string>{"1e400", "[-1e309]", "1" + std::string(400, '0')}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_stored_json(text), unreadable_value);
    CHECK_THROWS_WITH(parse_stored_json(text), Catch::Matchers::Contains("too large"));
  }
  CHECK(parse_stored_json("1e-400") == 0.0);
  CHECK(parse_stored_json("1.7976931348623157e308") == std::numeric_limits<double>::max());
}
