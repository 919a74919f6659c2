// SPDX-License-Identifier: Apache-2.0
#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <nava/persistence/database_url.hpp>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>

namespace nava::persistence {
namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";
constexpr std::string_view postgresql_schemes[] = {"postgresql://", "postgres://"};
constexpr std::string_view memory_path = ":memory:";

constexpr const char* usage =
    "use sqlite:PATH, sqlite::memory: or postgresql://[user@][host][:port]/[database]";

// What other programs read in a URL of SQLite and Nava does not: such a URL would lead to another
// file than it says, or to none.
bool has_parameter(std::string_view path) {
  const std::size_t mark = path.rfind('?');
  const std::size_t equals = path.find('=', std::min(mark, path.size()));
  const auto is_letter = [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); };
  return equals != std::string_view::npos && equals > mark + 1 &&
         std::all_of(path.begin() + static_cast<std::ptrdiff_t>(mark) + 1,
                     path.begin() + static_cast<std::ptrdiff_t>(equals), is_letter);
}

void check_sqlite_path(std::string_view path) {
  const auto refuse = [&](std::string_view why) {
    throw error{error_kind::invalid_input,
                std::string{"the database URL 'sqlite:"}.append(path).append("' ").append(why)};
  };
  if (path.empty()) refuse(std::string{"names no file; "} + usage);
  if (path.starts_with("file:"))
    refuse(
        "is written as SQLite's own URIs are; write sqlite:PATH, and sqlite:./file:… for a file "
        "with such a name");
  if (path.starts_with("//"))
    refuse(
        "has slashes that mean nothing; write sqlite:PATH, as in sqlite:nava.db for a file here "
        "and sqlite:/var/lib/nava.db for one elsewhere");
  if (path.front() == ':' && path != memory_path)
    refuse(
        "names no file; write sqlite::memory: for a database in memory, or sqlite:./:… for a "
        "file with such a name");
  if (has_parameter(path))
    refuse("has a parameter, and SQLite files have none here; write the path alone");
}

// A password that is not percent-encoded runs over into the host or the port, and libpq's
// complaints about those would show it.
bool has_stray_password(const PQconninfoOption* options) {
  for (const auto* option = options; option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword, value = option->val;
    if (keyword == "host" && value.find('@') != std::string_view::npos) return true;
    if (keyword == "port" && value.find_first_not_of("0123456789,") != std::string_view::npos)
      return true;
  }
  return false;
}

void check_postgresql_url(const std::string& url, const std::string& printable) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
      PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree};
  if (!options)
    throw error{error_kind::invalid_input, "malformed database URL '" + printable + "'; " + usage};
  if (has_stray_password(options.get()))
    throw error{error_kind::invalid_input,
                "malformed database URL '" + printable +
                    "'; write @ as %40, / as %2F and : as %3A in a user or password"};
}

// libpq reads parameters of any order and number, and percent-encoded names as well; what it
// might take for a password (sslpassword is one) is masked.
void mask_parameters(std::string& text) {
  std::size_t begin = text.find('?');
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('&', ++begin), text.size());
    const std::size_t equals = text.find('=', begin);
    if (equals < end) {
      const std::string_view name = std::string_view{text}.substr(begin, equals - begin);
      if (name.ends_with("password") || name.find('%') != std::string_view::npos) {
        text.replace(equals + 1, end - equals - 1, "***");
        begin = equals + 4;
        continue;
      }
    }
    begin = end;
  }
}

}  // namespace

database_url::database_url(std::string_view text, std::string_view schema) : schema_(schema) {
  if (text.find('\0') != std::string_view::npos || !schema::is_valid_utf8(text))
    throw error{error_kind::invalid_input, "a database URL must be UTF-8 without NUL bytes"};
  if (text.starts_with(sqlite_scheme)) {
    backend_ = persistence::backend::sqlite;
    location_ = text.substr(sqlite_scheme.size());
    check_sqlite_path(location_);
    return;
  }
  for (const auto scheme : postgresql_schemes) {
    if (!text.starts_with(scheme)) continue;
    backend_ = persistence::backend::postgresql;
    location_ = text;
    check_postgresql_url(location_, printable());
    return;
  }
  throw error{error_kind::invalid_input,
              std::string{"a database URL begins with sqlite: or postgresql://; "} + usage};
}

database_url database_url::in_schema(std::string_view schema) const {
  database_url other = *this;
  other.schema_ = schema;
  return other;
}

bool database_url::in_memory() const noexcept {
  return backend_ == persistence::backend::sqlite && location_ == memory_path;
}

std::string database_url::printable() const {
  if (backend_ == persistence::backend::sqlite) return std::string{sqlite_scheme} + location_;
  std::string text = location_;
  const std::size_t authority = text.find("://") + 3;
  // A password may hold '?', and one pasted in without quoting may hold '@' too.
  const std::size_t query = text.find('?', std::min(text.find('@', authority), text.size()));
  const std::size_t at = text.rfind('@', query);
  const std::size_t colon = text.find(':', authority);
  if (at != std::string::npos && colon < at) text.replace(colon + 1, at - colon - 1, "***");
  mask_parameters(text);
  return text;
}

}  // namespace nava::persistence
