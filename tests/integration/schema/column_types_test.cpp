// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <limits>
#include <nava/persistence/related_rows.hpp>
#include <nava/persistence/rows.hpp>

#include "support/made_ledger.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace nava::test::ledger;

namespace {

date day(int year, unsigned month, unsigned number) {
  return std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{number};
}

bytes octets(std::initializer_list<int> values) {
  bytes made;
  for (const int value : values) made.push_back(static_cast<std::byte>(value));
  return made;
}

uuid bank(std::uint8_t number) {
  uuid id{};
  id.data[15] = number;
  return id;
}

std::vector<account> some_accounts() {
  return {{.number = {999'999},
           .owner = "Größe 'n' \"Maß\"",
           .status = standing::closed,
           .level = 100,
           .entries = std::numeric_limits<std::int64_t>::max(),
           .rate = 1.0 / 3,
           .balance = {999'999'999'999'999'999},
           .opened = day(9999, 12, 31),
           .changed = timestamp{std::chrono::microseconds{1'700'000'000'123'456}},
           .seal = octets({0, 1, 127, 128, 255}),
           .labels = {"", "a,b", "{\"c\"}", "NULL", "größer\n"},
           .data = {{"n", 1}},
           .is_blocked = true,
           .bank = bank(1)},
          {.number = {-1}, .owner = "b", .level = -5, .balance = {-5}, .opened = day(1, 1, 1)}};
}

std::vector<line> some_lines() {
  return {{.digest = octets({1, 2}),
           .account_number = {999'999},
           .place = std::numeric_limits<std::int32_t>::max(),
           .reverses = std::nullopt,
           .level = std::numeric_limits<std::int32_t>::min(),
           .rate = -0.0,
           .amount = decimal<18, 9>{-123'456'789'012'345'678},
           .due = day(2024, 2, 29),
           .seal = bytes{},
           .labels = std::vector<std::string>{}},
          // Each that may be NULL is.
          {.digest = bytes{}, .account_number = {999'999}, .place = 1},
          {.digest = octets({255}), .account_number = {999'999}, .place = -1, .reverses = 1}};
}

}  // namespace

#define LEDGER_TEST_CASE(NAME) \
  TEMPLATE_TEST_CASE("column types: " NAME, "[schema]", sqlite_file, postgresql_schema)

#define MAKE_LEDGER                   \
  if (!TestType::available()) return; \
  const made_ledger<TestType> made;   \
  store& store = made.rows()

LEDGER_TEST_CASE("every value comes back as it was written, and NULL as NULL") {
  MAKE_LEDGER;
  const auto accounts = some_accounts();
  const auto lines = some_lines();
  insert_rows<books>(store, accounts);
  insert_rows<books>(store, lines);
  const auto found = load_related<books, "lines", descending<&line::place>>(store, accounts);
  REQUIRE(found.of(accounts[0]).size() == 3);
  for (std::size_t i = 0; i < lines.size(); ++i)
    CHECK(schema::to_json<line_table>(found.of(accounts[0])[i]) ==
          schema::to_json<line_table>(lines[i]));
  CHECK(found.of(accounts[1]).empty());
  const auto owners = load_related<books, "account">(store, lines);
  CHECK(schema::to_json<account_table>(owners.of(lines[0])) ==
        schema::to_json<account_table>(accounts[0]));
  CHECK(made.findings().empty());
}

LEDGER_TEST_CASE("rows are found by keys of every type, to be changed and removed") {
  MAKE_LEDGER;
  auto accounts = some_accounts();
  auto lines = some_lines();
  insert_rows<books>(store, accounts);
  insert_rows<books>(store, lines);
  accounts[1].balance = {-123};
  accounts[1].labels = {"x"};
  lines[1].amount = decimal<18, 9>{1};
  lines[1].seal = octets({9});
  CHECK(update_rows<books>(store, accounts) == 2);
  CHECK(update_rows<books>(store, lines) == 3);
  CHECK(
      made.raw->value("SELECT count(*) FROM \"account\" WHERE \"balance\" < 0 AND \"balance\" > -2 "
                      "OR \"balance\" = -123") == "1");
  const auto found = load_related<books, "lines", descending<&line::place>>(store, accounts);
  CHECK(schema::to_json<line_table>(found.of(accounts[0])[1]) ==
        schema::to_json<line_table>(lines[1]));
  CHECK(remove_rows<books>(store, std::vector{lines[0], lines[2]}) == 2);
  CHECK(made.raw->value("SELECT count(*) FROM \"line\"") == "1");
}

LEDGER_TEST_CASE("rows sort by days, decimals and octets as they are ordered") {
  MAKE_LEDGER;
  auto accounts = some_accounts();
  insert_rows<books>(store, accounts);
  std::vector<line> lines;
  for (int i = 0; i < 4; ++i)
    lines.push_back({.digest = octets({i * 80}),
                     .account_number = {999'999},
                     .place = i,
                     .amount = decimal<18, 9>{(i - 2) * 10'000'000'000},
                     .due = day(2000 + 900 * i, 1, 1)});
  insert_rows<books>(store, lines);
  const auto places = [&](const auto& found) {
    std::vector<std::int32_t> order;
    for (const line& one : found.of(accounts[0])) order.push_back(one.place);
    return order;
  };
  const std::vector<std::int32_t> rising{0, 1, 2, 3}, falling{3, 2, 1, 0};
  CHECK(places(load_related<books, "lines", ascending<&line::amount>>(store, accounts)) == rising);
  CHECK(places(load_related<books, "lines", descending<&line::due>>(store, accounts)) == falling);
  CHECK(places(load_related<books, "lines", descending<&line::digest>>(
            store, accounts, {.limit = 2})) == std::vector<std::int32_t>{3, 2});
}

LEDGER_TEST_CASE("what others write without a column gets its default") {
  MAKE_LEDGER;
  const auto before =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  made.raw->run("INSERT INTO \"account\" (\"number\") VALUES (7)");
  insert_rows<books>(store, std::vector<line>{{.digest = octets({1}), .account_number = {7}}});
  const auto lines = std::vector<line>{{.digest = octets({1}), .account_number = {7}}};
  account found = load_related<books, "account">(store, lines).of(lines[0]);
  CHECK(found.changed >= before);
  CHECK(found.changed <= std::chrono::system_clock::now());
  found.changed = {};
  CHECK(schema::to_json<account_table>(found) ==
        schema::to_json<account_table>(
            {.number = {7},
             .owner = "",
             .status = standing::open,
             .level = -1,
             .entries = 0,
             .rate = 0.5,
             .balance = {-5},
             .opened = day(2026, 1, 31),
             .changed = {},
             .seal = octets({0, 255}),
             .labels = {},
             .data = {},
             .is_blocked = true,
             .bank = *schema::parse_uuid("018f3c1e-0000-7000-8000-000000000001")}));
}

LEDGER_TEST_CASE("a CHECK of one's own, and a unique expression, refuse a row") {
  MAKE_LEDGER;
  auto accounts = some_accounts();
  insert_rows<books>(store, accounts);
  account another{.number = {5}, .owner = "Other", .level = 101};
  const auto insert = [&] { insert_rows<books>(store, std::vector{another}); };
  CHECK(error_of(insert).kind() == error_kind::check);
  another.level = 1;
  another.owner = "B";  // There is a b.
  CHECK(error_of(insert).kind() == error_kind::unique);
  another.owner = "C";
  CHECK_NOTHROW(insert());
}

LEDGER_TEST_CASE("a value that a column could not hold is refused by name before it is written") {
  MAKE_LEDGER;
  const auto refused = [&](const account& wrong) {
    const error thrown = error_of([&] { insert_rows<books>(store, std::vector{wrong}); });
    CHECK(thrown.kind() == error_kind::invalid_input);
    return std::string{thrown.what()};
  };
  account wrong = some_accounts()[0];
  wrong.number = {1'000'000};
  CHECK(refused(wrong) ==
        "a value of account.number has more digits than its column; round it, or give the column "
        "more");
  wrong = some_accounts()[0];
  wrong.opened = date::max();
  CHECK(refused(wrong).starts_with("a value of account.opened is a time outside of the years"));

  // Of whoever writes rows as JSON.
  const auto& table = *schema::find_table(books::description, "line");
  json::object row = schema::to_json<line_table>(some_lines()[0]);
  const std::vector<std::pair<std::string, json::value>> misfits{{"amount", "1.5"},
                                                                 {"amount", "1234567890.000000000"},
                                                                 {"amount", 1.5},
                                                                 {"amount", "1,500000000"},
                                                                 {"due", "2023-02-29"},
                                                                 {"due", "2023-2-1"},
                                                                 {"seal", "00ff"},
                                                                 {"seal", "\\x0"},
                                                                 {"seal", "\\xFF"},
                                                                 {"labels", "{}"},
                                                                 {"labels", json::array{1}},
                                                                 {"account_number", "01"}};
  for (const auto& [column, value] : misfits) {
    CAPTURE(column, value);
    json::object misfit = row;
    misfit[column] = value;
    json::array rows;
    rows.emplace_back(misfit);
    const error thrown = error_of([&] { (void)store.write_rows(table, verb::insert, rows); });
    CHECK(thrown.kind() == error_kind::invalid_input);
    CHECK(thrown.what() ==
          "line." + column + " is not written as its column has it; write it as to_object() does");
  }
}

LEDGER_TEST_CASE("what is deleted sets the columns NULL that were named, and no other") {
  MAKE_LEDGER;
  const auto accounts = some_accounts();
  const auto lines = some_lines();
  insert_rows<books>(store, accounts);
  insert_rows<books>(store, lines);
  CHECK(remove_rows<books>(store, std::vector{lines[1]}) == 1);
  CHECK(made.raw->value("SELECT count(*) FROM \"line\" WHERE \"reverses\" IS NULL AND "
                        "\"account_number\" = 999999") == "2");
  CHECK(update_rows<books>(store, std::vector{lines[0]}) == 1);
  insert_rows<books>(store, std::vector{lines[1]});
  CHECK(update_rows<books>(store, std::vector{lines[2]}) == 1);
  CHECK(remove_rows<books>(store, std::vector{accounts[0]}) == 1);
  CHECK(made.raw->value("SELECT count(*) FROM \"line\"") == "0");
}

LEDGER_TEST_CASE("a deferred key is checked at COMMIT") {
  MAKE_LEDGER;
  (void)store;
  const std::string row =
      "INSERT INTO \"line\" (\"digest\", \"account_number\", \"place\") VALUES (" +
      std::string{made.is_sqlite ? "X'07'" : "'\\x07'"} + ", 8, 1)";
  auto& raw = *made.raw;
  if (made.is_sqlite) raw.run("PRAGMA foreign_keys = ON");
  raw.run("BEGIN");
  raw.run(row);
  raw.run("INSERT INTO \"account\" (\"number\") VALUES (8)");
  raw.run("COMMIT");
  CHECK(raw.value("SELECT count(*) FROM \"line\"") == "1");
  raw.run("DELETE FROM \"account\"");
  raw.run("BEGIN");
  raw.run(row);
  CHECK_THROWS(raw.run("COMMIT"));
  if (made.is_sqlite) raw.run("ROLLBACK");
  // A store's statement is a transaction: it learns at its end.
  CHECK(error_of([&] {
          insert_rows<books>(store, std::vector<line>{{.account_number = {8}}});
        }).kind() == error_kind::foreign_key);
  CHECK(raw.value("SELECT count(*) FROM \"line\"") == "0");
}

TEST_CASE("column types: SQLite refuses by CHECKs what PostgreSQL refuses by types") {
  const made_ledger<sqlite_file> made;
  made.raw->run("INSERT INTO \"account\" (\"number\") VALUES (1)");
  int place = 0;
  const auto insert = [&](std::string_view column, std::string_view value) {
    ++place;
    made.raw->run(
        fmt::format("INSERT INTO \"line\" (\"digest\", \"account_number\", \"place\", \"{}\") "
                    "VALUES (X'{:04x}', 1, "
                    "{}, {})",
                    column, place, place, value));
  };
  const auto refused = [&](std::string_view column, std::string_view value) {
    CAPTURE(column, value);
    std::string message;
    try {
      insert(column, value);
    } catch (const std::runtime_error& thrown) {
      message = thrown.what();
    }
    const bool by_check = message.find(fmt::format("ck_line_{}", column)) != message.npos;
    const bool by_type = message.find("cannot store") != message.npos;
    CAPTURE(message);
    CHECK((by_check || by_type));
  };
  const auto taken = [&](std::string_view column, std::string_view value) {
    CAPTURE(column, value);
    CHECK_NOTHROW(insert(column, value));
  };
  for (const auto* day : {"'2024-02-29'", "'0001-01-01'", "'9999-12-31'", "NULL"})
    taken("due", day);
  for (const auto* none : {"'2026-02-30'", "'2026-2-3'", "'now'", "'garbage'", "''", "'2026-13-45'",
                           "'0000-12-31'", "'-0044-03-15'", "'10000-01-01'", "'2026-01-01 '"})
    refused("due", none);
  for (const auto* number : {"2147483647", "-2147483648", "NULL"}) taken("level", number);
  for (const auto* number : {"2147483648", "-2147483649", "0.5", "'a'"}) refused("level", number);
  for (const auto* units : {"999999999999999999", "-999999999999999999", "0", "NULL"})
    taken("amount", units);
  for (const auto* units : {"1000000000000000000", "-1000000000000000000", "0.5"})
    refused("amount", units);
  for (const auto* array : {"'[]'", "'[\"a\"]'", "NULL"}) taken("labels", array);
  for (const auto* array : {"'{}'", "'a'", "'1'", "''"}) refused("labels", array);
  taken("seal", "X'00'");
  refused("seal", "'text'");
}
