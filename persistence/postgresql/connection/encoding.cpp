// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/connection/encoding.hpp"

#include <fmt/format.h>

namespace nava::persistence::postgresql {

std::optional<encoding_fault> find_encoding_fault(connection& on) {
  static const statement encoding{"SELECT pg_catalog.current_setting('server_encoding')", {}, 1};
  const std::string name = on.execute(encoding).at(0).at(0).value();
  if (name == "UTF8") return std::nullopt;
  const bool takes_all = name == "SQL_ASCII";
  return encoding_fault{
      fmt::format("the database has the encoding {}, {}; make another with: CREATE DATABASE "
                  "name ENCODING 'UTF8' TEMPLATE template0",
                  name,
                  takes_all ? "so the server does not see which texts are none"
                            : "which lacks characters that texts of workflows may have"),
      !takes_all};
}

}  // namespace nava::persistence::postgresql
