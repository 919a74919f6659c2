// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/connection/octets.hpp"

#include <sqlite3.h>

#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>
#include <new>

namespace nava::persistence::sqlite {
namespace {

// Called by C, through which no exception may pass.
void octets(sqlite3_context* context, int, sqlite3_value** arguments) try {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(arguments[0]));
  if (text == nullptr) return;
  const std::string_view written{text, static_cast<std::size_t>(sqlite3_value_bytes(arguments[0]))};
  const auto value = schema::parse_bytes(written);
  if (!value) return;
  if (value->empty())
    sqlite3_result_zeroblob(context, 0);
  else
    sqlite3_result_blob64(context, value->data(), value->size(), SQLITE_TRANSIENT);
} catch (const std::bad_alloc&) {
  sqlite3_result_error_nomem(context);
}

}  // namespace

void define_octets(void* connection) {
  constexpr int arguments = 1;
  constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  if (sqlite3_create_function_v2(static_cast<sqlite3*>(connection), octets_function, arguments,
                                 flags, nullptr, &octets, nullptr, nullptr, nullptr) != SQLITE_OK)
    throw error{error_kind::other, "SQLite takes no function of an application; link another"};
}

}  // namespace nava::persistence::sqlite
