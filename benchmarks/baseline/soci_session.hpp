// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soci/soci.h>

#include <nava/persistence/database_url.hpp>

namespace nava::benchmarks {

/// A session of SOCI on `url`, as a program without Nava would have it. Throws soci::soci_error.
[[nodiscard]] soci::session soci_session(const persistence::database_url& url);

}  // namespace nava::benchmarks
