// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/connection/sqlstate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace nava::persistence::postgresql {
namespace {

bool is_one_of(std::string_view state, std::initializer_list<std::string_view> states) {
  return std::find(states.begin(), states.end(), state) != states.end();
}

error_kind kind_of(std::string_view sqlstate, bool connection_is_bad) {
  if (connection_is_bad || sqlstate.starts_with("08") ||
      is_one_of(sqlstate, {"57P01", "57P02", "57P03"}))
    return error_kind::connection_lost;
  if (sqlstate == "23505") return error_kind::unique;
  if (is_one_of(sqlstate, {"23503", "23001"})) return error_kind::foreign_key;
  if (is_one_of(sqlstate, {"23514", "23502"})) return error_kind::check;
  if (is_one_of(sqlstate, {"40001", "40P01", "55P03", "57014"})) return error_kind::contention;
  return error_kind::other;
}

// The server quotes values in messages of these classes: data and constraints.
bool may_hold_values(std::string_view sqlstate) {
  return sqlstate.starts_with("22") || sqlstate.starts_with("23");
}

// In the place of a message that may hold values: what the state means.
std::string_view meaning(std::string_view sqlstate) {
  constexpr std::pair<std::string_view, std::string_view> meanings[] = {
      {"22001", "a text is too long for its column"},
      {"22003", "a number is out of the range of its type"},
      {"22007", "a text is no date or time"},
      {"22008", "a date or time is out of range"},
      {"22012", "division by zero"},
      {"22021", "a text is not valid in the encoding of the database"},
      {"22023", "a parameter has a value that is not allowed"},
      {"22P02", "a text does not have the form of its type"},
      {"22P05", "the encoding of the database lacks a character; use a database in UTF8"},
      {"23502", "NULL in a column that must have a value"},
      {"23P01", "an exclusion constraint refused a row"}};
  for (const auto& [state, text] : meanings)
    if (state == sqlstate) return text;
  return sqlstate.starts_with("22") ? "a value does not fit" : "";
}

// Libpq's own words, where the server said nothing, speak of the connection.
std::string message_of(const PGresult* failed, const PGconn* connection,
                       std::string_view sqlstate) {
  if (may_hold_values(sqlstate)) {
    std::string text{meaning(sqlstate)};
    const std::string column = field(failed, PG_DIAG_COLUMN_NAME);
    if (!column.empty()) text += fmt::format(": {}.{}", field(failed, PG_DIAG_TABLE_NAME), column);
    return text;
  }
  std::string text = one_line(field(failed, PG_DIAG_MESSAGE_PRIMARY));
  if (text.empty() && failed != nullptr) text = one_line(PQresultErrorMessage(failed));
  if (text.empty()) text = one_line(PQerrorMessage(connection));
  return text;
}

}  // namespace

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string field(const PGresult* result, int code) {
  const char* text = result == nullptr ? nullptr : PQresultErrorField(result, code);
  return text == nullptr ? std::string{} : std::string{text};
}

error failure_of(const PGresult* failed, const PGconn* connection, const std::string& constraint) {
  std::string sqlstate = field(failed, PG_DIAG_SQLSTATE);
  const error_kind kind = kind_of(sqlstate, PQstatus(connection) != CONNECTION_OK);
  std::string text{to_text(kind)};
  if (!sqlstate.empty()) text += fmt::format(" (SQLSTATE {})", sqlstate);
  if (!constraint.empty()) text += fmt::format(": constraint {}", one_line(constraint));
  if (const std::string message = message_of(failed, connection, sqlstate); !message.empty())
    text += ": " + message;
  return error{kind, text, std::move(sqlstate), constraint};
}

}  // namespace nava::persistence::postgresql
