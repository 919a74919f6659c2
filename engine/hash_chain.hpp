// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nava/schema/workflow_rows.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The hash chain over the past of a workflow: each row's link is the SHA-256 of the link before
/// and of the row. docs/operations.md says how a row becomes text, for whoever computes it
/// elsewhere.
namespace nava::engine {

/// The rows of the past, each vector in the order of `seq`.
struct past_rows {
  const std::vector<schema::workflow_mutation>& mutations;
  const std::vector<schema::workflow_message>& messages;
  const std::vector<schema::workflow_event>& events;
};

/// Where a chain ends: what workflow::chain holds, as `1:SEQ:LINK`. 1 is the version of the form.
struct chain_end {
  std::int64_t seq = 0;
  std::string link{};

  [[nodiscard]] std::string text() const;
  friend bool operator==(const chain_end&, const chain_end&) = default;
};

/// Nothing for any other text.
[[nodiscard]] std::optional<chain_end> parse_chain_end(std::string_view text);

/// Goes on from `end` over the rows behind it, up to `last_seq`.
[[nodiscard]] chain_end chained(chain_end end, const past_rows& rows, std::int64_t last_seq);

/// Returns `value` as JSON with sorted keys and without blanks, the same for values that either
/// database takes for equal. Throws as make_storable() does, and names `where`.
[[nodiscard]] std::string canonical_text(json::value value, std::string_view where = "value");

}  // namespace nava::engine
