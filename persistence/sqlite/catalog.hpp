// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/database_url.hpp>
#include <nava/schema/catalog.hpp>

namespace nava::persistence::sqlite {

/// read_catalog() on a SQLite file.
[[nodiscard]] schema::catalog read_catalog(const database_url& url);

}  // namespace nava::persistence::sqlite
