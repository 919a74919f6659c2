// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/inspection/finding.hpp>
#include <nava/persistence/database_url.hpp>
#include <nava/schema/description.hpp>
#include <string_view>
#include <vector>

namespace nava::inspection {

/// Looks for what opens tables that row-level security separates by company: policies that are
/// missing or changed, and roles that pass by all policies. `expected` is of a company_schema.
/// Throws error as read_catalog() does.
[[nodiscard]] std::vector<finding> check_companies(const persistence::database_url& url,
                                                   const schema::database_description& expected,
                                                   std::string_view schema);

}  // namespace nava::inspection
