// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/layout.hpp>
#include <string_view>

#include "persistence/connection/connection.hpp"

/// The statements of query_set that read workflows with their children, each in one round trip.
namespace nava::persistence::postgresql {

[[nodiscard]] statement load_by_id_statement(std::string_view schema);
[[nodiscard]] statement load_by_resource_statement(std::string_view schema, layout layout);
[[nodiscard]] statement history_statement(std::string_view schema);

}  // namespace nava::persistence::postgresql
