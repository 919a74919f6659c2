// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/key_ring.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace nava::persistence {

/// Returns `plain`, sealed by AES-256-GCM under a random nonce, as text: `1:` and Base64 of nonce,
/// ciphertext and tag. `place` is sealed with it: whoever unseals must name the same. Throws error
/// (other) where the cryptographic library refuses. Thread-safe.
[[nodiscard]] std::string sealed_text(const workflow_key& key, std::string_view plain,
                                      std::string_view place);

/// Returns what was sealed; none where another key or place sealed it, or somebody has changed it.
/// Throws error (other) where the cryptographic library refuses. Thread-safe.
[[nodiscard]] std::optional<std::string> unsealed(const workflow_key& key, std::string_view sealed,
                                                  std::string_view place);

/// Whether `text` has the form of a sealed one.
[[nodiscard]] bool is_sealed_text(std::string_view text);

}  // namespace nava::persistence
