// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace nava::persistence::postgresql {

/// What every session runs first: one script, one round trip, whatever the role, the database or
/// the URL have set.
extern const char* const session_setup;

}  // namespace nava::persistence::postgresql
