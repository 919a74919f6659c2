// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/inspection/catalog.hpp>
#include <nava/persistence/database_url.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nava::inspection {

using namespace persistence;

/// read_server_catalog() on a PostgreSQL server, from version 13 on.
[[nodiscard]] catalog read_server_catalog(const database_url& url, std::string_view schema);

/// The other schemas that have tables with foreign keys to tables of `schema`.
[[nodiscard]] std::vector<std::string> schemas_referring_to(const database_url& url,
                                                            std::string_view schema);

}  // namespace nava::inspection
