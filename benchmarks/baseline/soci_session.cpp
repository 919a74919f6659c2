// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/soci_session.hpp"

#include <libpq-fe.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

namespace nava::benchmarks {
namespace {

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    encoded.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return encoded;
}

// SOCI splits a connect string at blanks and takes quotes away; of a URL it wants one parameter at
// least. So all that a URL says is handed over as parameters of one without either.
std::string connect_string(const std::string& url) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
      PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree};
  std::string text = "postgresql://?fallback_application_name=nava_bench";
  for (const auto* option = options.get(); option != nullptr && option->keyword != nullptr;
       ++option)
    if (option->val != nullptr)
      text.append("&").append(option->keyword).append("=").append(percent_encoded(option->val));
  return text;
}

}  // namespace

soci::session soci_session(const persistence::database_url& url) {
  if (url.backend() == persistence::backend::postgresql)
    return soci::session{soci::postgresql, connect_string(url.location())};
  // Without an equals sign all of it is the path.
  const std::string& path = url.location();
  if (path.find('=') == std::string::npos) return soci::session{soci::sqlite3, path};
  return soci::session{soci::sqlite3, "dbname=\"" + path + "\""};
}

}  // namespace nava::benchmarks
