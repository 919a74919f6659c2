// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/connection/own_functions.hpp"

#include <sqlite3.h>

#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>
#include <new>
#include <optional>

#include "workflow/sha256.hpp"

namespace nava::persistence::sqlite {
namespace {

std::optional<std::string_view> text_of(sqlite3_value* argument) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(argument));
  if (text == nullptr) return std::nullopt;
  return std::string_view{text, static_cast<std::size_t>(sqlite3_value_bytes(argument))};
}

// Called by C, through which no exception may pass.
void octets(sqlite3_context* context, int, sqlite3_value** arguments) try {
  const auto written = text_of(arguments[0]);
  if (!written) return;
  const auto value = schema::parse_bytes(*written);
  if (!value) return;
  if (value->empty())
    sqlite3_result_zeroblob(context, 0);
  else
    sqlite3_result_blob64(context, value->data(), value->size(), SQLITE_TRANSIENT);
} catch (const std::bad_alloc&) {
  sqlite3_result_error_nomem(context);
}

void hash(sqlite3_context* context, int, sqlite3_value** arguments) try {
  const auto text = text_of(arguments[0]);
  if (!text) return;
  const std::string digits = sha256(*text);
  sqlite3_result_text(context, digits.data(), static_cast<int>(digits.size()), SQLITE_TRANSIENT);
} catch (const std::bad_alloc&) {
  sqlite3_result_error_nomem(context);
} catch (const error& failure) {
  sqlite3_result_error(context, failure.what(), -1);
}

void define(sqlite3* connection, const char* name,
            void (*function)(sqlite3_context*, int, sqlite3_value**)) {
  constexpr int arguments = 1;
  constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  if (sqlite3_create_function_v2(connection, name, arguments, flags, nullptr, function, nullptr,
                                 nullptr, nullptr) != SQLITE_OK)
    throw error{error_kind::other, "SQLite takes no function of an application; link another"};
}

}  // namespace

void define_own_functions(void* connection) {
  define(static_cast<sqlite3*>(connection), octets_function, &octets);
  define(static_cast<sqlite3*>(connection), sha256_function, &hash);
}

}  // namespace nava::persistence::sqlite
