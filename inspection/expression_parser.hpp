// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inspection/expression_tokens.hpp"

namespace nava::inspection::detail {

/// A condition in one spelling for all conditions of one meaning.
struct canonical_text {
  std::string text;
  /// The condition has a literal of a time, which a server writes in the zone of its session.
  bool has_time = false;
};

/// Parses a condition. Nothing where the parser does not know its grammar, or where the condition
/// is too long or nested too deeply. Pure.
[[nodiscard]] std::optional<canonical_text> canonical(const std::vector<token>& tokens);

}  // namespace nava::inspection::detail
