// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "benchmarks/baseline/client.hpp"
#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {

struct loaded {
  std::vector<uuid> ids;  ///< of the workflows, oldest first
  std::int64_t rows = 0;  ///< in all tables
};

/// How many workflows are open at the same time, and so have their rows side by side.
inline constexpr std::int64_t open_workflows = 2000;

/// When the workflows start, evenly spread over `length`.
struct starts {
  timestamp begin{};
  std::chrono::microseconds length{};

  [[nodiscard]] timestamp of(std::int64_t number, std::int64_t workflows) const {
    return begin + length / workflows * number;
  }
};

/// The year that ended a month ago.
[[nodiscard]] starts last_year();

/// How long after its start a loaded workflow finishes.
inline constexpr std::chrono::minutes lifetime_of_loaded{30};

/// The `number`-th id, the same in every run: version 7, oldest first.
[[nodiscard]] uuid id_of_loaded(std::int64_t number, std::int64_t of,
                                const starts& when = last_year());

/// Fills the tables in `schema` (ignored on SQLite), which are empty, with finished workflows of
/// 103 child rows, interleaved as in production: row k of each of the open ones, then row k + 1.
/// Counts afterwards, and throws std::runtime_error where a row is missing. The same workflows have
/// the same ids in every schema.
loaded load(const options& given, const std::string& schema, report& out,
            const starts& when = last_year());

/// Runs what only some roles may; where the server refuses, says so and goes on.
void attempt(client& server, const std::string& sql, report& out);

}  // namespace nava::benchmarks
