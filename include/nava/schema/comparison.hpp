// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/catalog.hpp>
#include <nava/schema/finding.hpp>
#include <span>

namespace nava::schema {

/// Where `live` differs from the tables that `expected` describes, each with the statement that
/// mends it. `schema` is where the tables are (SQLite: `main`); tables there that are neither
/// described nor in `known` are findings too. Pure.
[[nodiscard]] std::vector<finding> compare(const catalog& live,
                                           const database_description& expected,
                                           std::string_view schema,
                                           std::span<const std::string_view> known = {});

}  // namespace nava::schema
