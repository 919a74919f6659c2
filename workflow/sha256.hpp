// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace nava {

/// Returns the SHA-256 of `octets` as 64 hex digits in lower case. Throws error (other) where the
/// cryptographic library refuses. Thread-safe.
[[nodiscard]] std::string sha256(std::string_view octets);

}  // namespace nava
