// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/description.hpp>
#include <string>
#include <vector>

namespace nava::test {

/// A schema that no rule may refuse, shaped after what applications have.
struct right_schema {
  std::string name;
  const schema::database_description* description = nullptr;
  bool has_workflows = false;  ///< begins with the tables of Nava
};

[[nodiscard]] std::vector<right_schema> right_schemas();

}  // namespace nava::test
