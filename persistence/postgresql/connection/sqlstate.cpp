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

constexpr std::string_view disk_full = "53100";

error_kind kind_of(std::string_view sqlstate, bool connection_is_bad) {
  if (connection_is_bad || sqlstate.starts_with("08") ||
      is_one_of(sqlstate, {"57P01", "57P02", "57P03"}))
    return error_kind::connection_lost;
  // It has answered: nothing was written, and the call may be made again.
  if (sqlstate == disk_full) return error_kind::contention;
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

std::string text_of(const server_message& said) {
  if (!may_hold_values(said.sqlstate)) return one_line(said.text);
  std::string text{meaning(said.sqlstate)};
  if (!said.column.empty()) text += fmt::format(": {}.{}", said.table, said.column);
  return one_line(std::move(text));
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

error error_of(const server_message& said, bool connection_is_bad, const std::string& constraint) {
  const error_kind kind = kind_of(said.sqlstate, connection_is_bad);
  std::string text{said.sqlstate == disk_full && !connection_is_bad
                       ? "the server's disk is full; nothing was written"
                       : to_text(kind)};
  if (!said.sqlstate.empty()) text += fmt::format(" (SQLSTATE {})", one_line(said.sqlstate));
  if (!constraint.empty()) text += fmt::format(": constraint {}", one_line(constraint));
  if (const std::string message = text_of(said); !message.empty()) text += ": " + message;
  return error{kind, text, said.sqlstate, constraint};
}

// Libpq's own words, where the server said nothing, speak of the connection.
error failure_of(const PGresult* failed, const PGconn* connection, const std::string& constraint) {
  server_message said{.sqlstate = field(failed, PG_DIAG_SQLSTATE),
                      .text = field(failed, PG_DIAG_MESSAGE_PRIMARY),
                      .table = field(failed, PG_DIAG_TABLE_NAME),
                      .column = field(failed, PG_DIAG_COLUMN_NAME)};
  if (said.text.empty() && failed != nullptr) said.text = PQresultErrorMessage(failed);
  if (one_line(said.text).empty()) said.text = PQerrorMessage(connection);
  return error_of(said, PQstatus(connection) != CONNECTION_OK, constraint);
}

}  // namespace nava::persistence::postgresql
