// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/backends.hpp"
#include "support/key_rings.hpp"
#include "support/stores.hpp"

/// A case of the suite that every store passes.
#define STORE_TEST_CASE(NAME)                                                             \
  BACKEND_TEST_CASE("store: " NAME, "[store]", sqlite_memory, sqlite_sealed, sqlite_file, \
                    postgresql_kept, partitioned_kept)
