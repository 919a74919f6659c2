// SPDX-License-Identifier: Apache-2.0
#include "persistence/rows/row_record.hpp"

#include <bit>
#include <limits>

#include "support/sample_table.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::schema;
using nava::test::sample;
using nava::test::sample_table;

namespace {

std::string big_endian(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = bytes; i-- > 0;) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

struct field {
  std::uint32_t oid;
  std::optional<std::string> value;
};

std::string record_of(const std::vector<field>& fields) {
  std::string text = big_endian(fields.size(), 4);
  for (const auto& [oid, value] : fields) {
    text += big_endian(oid, 4);
    text += value ? big_endian(value->size(), 4) + *value : big_endian(0xFFFFFFFF, 4);
  }
  return text;
}

// As PostgreSQL 15 sends `ROW(...)` of these types.
std::vector<field> full_fields() {
  return {{2950, std::string(15, '\0') + "\x07"},
          {25, std::string{"a\0name", 6}},
          {16, "\x01"},
          {20, big_endian(static_cast<std::uint64_t>(-5), 8)},
          {701, big_endian(std::bit_cast<std::uint64_t>(1.0 / 3), 8)},
          {1184, big_endian(static_cast<std::uint64_t>(-1), 8)},
          {25, "IGNORED"},
          {3802, "\x01{\"a\": 0.1}"},
          {3802, "\x01[\"x\", 2]"}};
}

sample read(const std::vector<field>& fields) {
  return from_record<sample_table>(record_of(fields));
}

// Of full_fields() with one of them replaced: the column that is blamed, or nothing.
std::string refused(std::size_t at, field other) {
  auto fields = full_fields();
  fields[at] = std::move(other);
  try {
    (void)read(fields);
  } catch (const conversion_error& thrown) {
    return thrown.what();
  }
  return {};
}

std::string blaming(const std::string& column) { return conversion_error{"sample", column}.what(); }

}  // namespace

TEST_CASE("row_record: a value of every type is read") {
  const sample row = read(full_fields());
  CHECK(to_text(row.id) == "00000000-0000-0000-0000-000000000007");
  CHECK(row.name == std::string_view{"a\0name", 6});
  CHECK(row.done);
  CHECK(row.count == -5);
  CHECK(std::bit_cast<std::uint64_t>(row.ratio) == std::bit_cast<std::uint64_t>(1.0 / 3));
  CHECK(to_text(row.at.value()) == "1999-12-31T23:59:59.999999Z");
  CHECK(row.status == step_status::ignored);
  CHECK(row.payload == json::object{{"a", 0.1}});
  CHECK(row.tags == json::array{"x", 2});
}

TEST_CASE("row_record: integers and times are read up to their ends") {
  auto fields = full_fields();
  const auto set_count = [&](std::int64_t value) {
    fields[3].value = big_endian(static_cast<std::uint64_t>(value), 8);
    return read(fields).count;
  };
  for (const auto value : {std::numeric_limits<std::int64_t>::min(), std::int64_t{0},
                           std::numeric_limits<std::int64_t>::max()})
    CHECK(set_count(value) == value);
  const timestamp epoch = parse_timestamp("2000-01-01T00:00:00Z").value();
  for (const std::string text : {"0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"}) {
    const auto since = (parse_timestamp(text).value() - epoch).count();
    fields[5].value = big_endian(static_cast<std::uint64_t>(since), 8);
    CHECK(to_text(read(fields).at.value()) == text);
    const auto beyond = text.starts_with('0') ? since - 1 : since + 1;
    CHECK(refused(5, {1184, big_endian(static_cast<std::uint64_t>(beyond), 8)}) == blaming("at"));
  }
}

TEST_CASE("row_record: NULL leaves what may be NULL empty, and fits nothing else") {
  auto fields = full_fields();
  fields[5].value.reset();
  fields[6].value.reset();
  CHECK_FALSE(read(fields).at);
  CHECK_FALSE(read(fields).status);
  CHECK(refused(1, {25, std::nullopt}) == blaming("name"));
  CHECK(refused(7, {3802, std::nullopt}) == blaming("payload"));
}

TEST_CASE("row_record: a value of another type or form is refused, naming its column") {
  CHECK(refused(0, {2950, "short"}) == blaming("_id"));
  CHECK(refused(1, {1043, "a name"}) == blaming("name"));
  CHECK(refused(2, {16, ""}) == blaming("done"));
  CHECK(refused(3, {23, big_endian(5, 4)}) == blaming("count"));
  CHECK(refused(3, {20, big_endian(5, 4)}) == blaming("count"));
  CHECK(refused(4, {20, big_endian(5, 8)}) == blaming("ratio"));
  for (const double none :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()})
    CHECK(refused(4, {701, big_endian(std::bit_cast<std::uint64_t>(none), 8)}) == blaming("ratio"));
  // The times that PostgreSQL calls infinity and -infinity.
  CHECK(refused(5, {1184, big_endian(0x7FFFFFFFFFFFFFFF, 8)}) == blaming("at"));
  CHECK(refused(5, {1184, big_endian(0x8000000000000000, 8)}) == blaming("at"));
  CHECK(refused(6, {25, "UNKNOWN"}) == blaming("status"));
  CHECK(refused(7, {3802, "\x02{}"}) == blaming("payload"));
  CHECK(refused(7, {3802, ""}) == blaming("payload"));
  CHECK(refused(7, {3802, "\x01[]"}) == blaming("payload"));
  CHECK(refused(8, {3802, "\x01{}"}) == blaming("tags"));
  CHECK(refused(8, {3802, "\x01[]"}).empty());
}

TEST_CASE("row_record: JSON that is none is an error of the database") {
  auto fields = full_fields();
  fields[7].value = "\x01{\"s3cret";
  const error thrown = nava::test::error_of([&] { (void)read(fields); });
  CHECK(thrown.kind() == error_kind::other);
  CHECK_THAT(thrown.what(), !Catch::Matchers::Contains("s3cret"));
}

TEST_CASE("row_record: a record that ends too early or too late is refused") {
  const std::string whole = record_of(full_fields());
  CHECK_NOTHROW(from_record<sample_table>(whole));
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK_THROWS_AS(from_record<sample_table>(std::string{whole.substr(0, length)}),
                    conversion_error);
  CHECK_THROWS_AS(from_record<sample_table>(whole + record_of({{16, "\x01"}}).substr(4)),
                  conversion_error);
}
