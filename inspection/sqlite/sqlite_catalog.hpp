// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/inspection/catalog.hpp>
#include <nava/persistence/database_url.hpp>

namespace nava::inspection {

using namespace persistence;

/// read_file_catalog() on a SQLite file.
[[nodiscard]] catalog read_file_catalog(const database_url& url);

}  // namespace nava::inspection
