// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "persistence/connection/connection.hpp"

namespace nava::persistence::postgresql {

/// Why the encoding of a database does not do for texts in UTF-8, and what to do.
struct encoding_fault {
  std::string reason;
  bool refuses_texts;  ///< else the server stores any bytes as text
};

/// Nothing for UTF8. Throws error.
[[nodiscard]] std::optional<encoding_fault> find_encoding_fault(connection& on);

}  // namespace nava::persistence::postgresql
