// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/description.hpp>

namespace nava::test {

/// More columns than a function of SQLite takes arguments for.
[[nodiscard]] const schema::database_description& wide_schema();

}  // namespace nava::test
