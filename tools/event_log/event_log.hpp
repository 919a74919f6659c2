// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <nava/schema/types.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/event_log/log_time.hpp"

/// Process event logs in CSV or XES, packed by gzip or not: one row per thing that happened in a
/// case.
namespace nava::tools {

/// The columns that a log must have, by the names of its header; in XES, the attributes.
struct log_columns {
  std::string case_id = "case:concept:name";
  std::string activity = "concept:name";
  std::string time = "time:timestamp";
  std::optional<std::string> resource{};  ///< none: `org:resource`, where the log has it
  time_zone zone{};                       ///< of times without an offset; none: they are refused
};

struct log_row {
  std::size_t line = 0;  ///< where the row begins in the file, from 1
  std::string case_id;
  std::string activity;
  std::size_t occurrence = 1;  ///< of the activity in its case, from 1
  std::string resource;        ///< empty where the log names none
  timestamp time{};
  json::object others;  ///< the columns that have no meaning here; those of CSV as text
  bool is_first_of_case = false;
};

/// Reads the rows of a log in the order of the file and checks each. Throws std::runtime_error
/// with one line that names the file, the line and what to do.
void read_log(const std::string& file, const log_columns& columns,
              const std::function<void(const log_row&)>& visit);

/// An activity and how often one case has it, at most.
struct planned_activity {
  std::string activity;
  std::size_t times = 0;
};

/// The same of one case, small because there may be millions.
struct planned_step {
  std::uint32_t activity = 0;  ///< its place in log_survey::activities
  std::uint32_t times = 0;
};

/// What a whole log holds, learned in one pass; grows with the cases, not with the rows.
struct log_survey {
  std::vector<planned_activity> activities;  ///< in order of appearance
  std::unordered_map<std::string, std::vector<planned_step>> cases;
  std::size_t rows = 0;
  bool names_resources = false;  ///< a row does
};

[[nodiscard]] log_survey survey_log(const std::string& file, const log_columns& columns);

}  // namespace nava::tools
