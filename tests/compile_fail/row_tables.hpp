// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/rows.hpp>

// A table whose columns are all in its primary key.
namespace rows {

using namespace nava::schema;

struct grant {
  std::string role;
  std::string user;
};

struct grant_table : table<grant, "grant", column<"role", &grant::role>,
                           column<"user", &grant::user>, primary_key<&grant::role, &grant::user>> {
};

}  // namespace rows
