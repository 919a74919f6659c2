// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/migration.hpp>

/// The tables of an application that refer to Nava's: claim to workflow, claim_line to claim. Its
/// migrations also move rows.
namespace nava::test::claims {

inline constexpr int newest = 3;

/// Made by nava_embed_migrations from the files in claim_migrations/.
[[nodiscard]] const persistence::migration_set& migrations();

}  // namespace nava::test::claims
