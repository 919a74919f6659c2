// SPDX-License-Identifier: Apache-2.0
#include "tools/event_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nava/engine/definition.hpp>
#include <nava/persistence/store.hpp>
#include <nava/schema/text.hpp>
#include <stdexcept>
#include <unordered_map>

#include "tools/csv_reader.hpp"
#include "tools/terminal.hpp"

namespace nava::tools {
namespace {

// Room for what turns an activity into an event key: `#` and a number.
constexpr std::size_t activity_bytes_max = persistence::key_bytes_max - 16;

using row_fields = std::vector<std::string>;

class log_reader {
 public:
  log_reader(const std::string& file, const log_columns& columns)
      : file_(file), stream_(file, std::ios::binary), reader_(stream_) {
    // It is read twice, to be checked and to be replayed; a pipe is empty by then.
    if (std::filesystem::exists(file) && !std::filesystem::is_regular_file(file))
      throw std::runtime_error{fmt::format("{} is no regular file; save the log in one", file)};
    if (!stream_.is_open()) throw std::runtime_error{fmt::format("cannot read {}", file)};
    if (!reader_.next(header_))
      throw std::runtime_error{fmt::format("{} is empty; a log begins with a header", file)};
    for (auto name = header_.begin(); name != header_.end(); ++name)
      if (std::find(std::next(name), header_.end(), *name) != header_.end())
        throw std::runtime_error{
            fmt::format("{} has two columns '{}'; rename one of them", file, *name)};
    case_id_ = position(columns.case_id, "--case-column");
    activity_ = position(columns.activity, "--activity-column");
    time_ = position(columns.time, "--time-column");
    resource_ = position(columns.resource, "--resource-column");
  }

  bool next(log_row& row) {
    if (!reader_.next(fields_)) return false;
    row.line = reader_.line();
    row.case_id = checked(fields_[case_id_], "case", persistence::key_bytes_max);
    row.activity = checked(fields_[activity_], "activity", activity_bytes_max);
    if (row.activity.starts_with(engine::runtime_event_prefix))
      fail(fmt::format("an activity must not begin with '{}'", engine::runtime_event_prefix));
    row.resource = fields_[resource_];
    if (row.resource.size() > persistence::key_bytes_max)
      fail(fmt::format("the resource is longer than {} bytes", persistence::key_bytes_max));
    const auto time = schema::parse_timestamp(fields_[time_]);
    if (!time && schema::is_beyond_the_years(fields_[time_]))
      fail("the time lies outside of the years 1 to 9999 in UTC; correct it or leave out the row");
    if (!time)
      fail("the time does not parse; write it as 2011-10-11 13:45:40.276+02:00, with an offset");
    row.time = *time;
    row.others.clear();
    for (std::size_t i = 0; i < header_.size(); ++i)
      if (i != case_id_ && i != activity_ && i != time_ && i != resource_)
        row.others[header_[i]] = fields_[i];
    return true;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error{fmt::format("{}: line {}: {}", file_, reader_.line(), why)};
  }

  std::size_t position(const std::string& column, std::string_view option) const {
    const auto found = std::find(header_.begin(), header_.end(), column);
    if (found == header_.end())
      throw std::runtime_error{
          fmt::format("{} has no column '{}'; name the column that has it "
                      "with {}",
                      file_, column, option)};
    return static_cast<std::size_t>(found - header_.begin());
  }

  const std::string& checked(const std::string& text, std::string_view what,
                             std::size_t bytes_max) const {
    if (text.empty()) fail(fmt::format("the {} is empty", what));
    if (text.size() > bytes_max)
      fail(fmt::format("the {} is longer than {} bytes", what, bytes_max));
    return text;
  }

  std::string file_;
  std::ifstream stream_;
  csv_reader reader_;
  row_fields header_;
  row_fields fields_;
  std::size_t case_id_ = 0, activity_ = 0, time_ = 0, resource_ = 0;
};

planned_activity& planned(std::vector<planned_activity>& plan, const std::string& activity) {
  const auto found = std::find_if(plan.begin(), plan.end(),
                                  [&](const auto& entry) { return entry.activity == activity; });
  return found == plan.end() ? plan.emplace_back(planned_activity{activity, 0}) : *found;
}

}  // namespace

void read_log(const std::string& file, const log_columns& columns,
              const std::function<void(const log_row&)>& visit) {
  std::unordered_map<std::string, std::unordered_map<std::string, std::size_t>> seen;
  try {
    log_reader reader{file, columns};
    log_row row;
    while (reader.next(row)) {
      auto& activities = seen[row.case_id];
      row.is_first_of_case = activities.empty();
      row.occurrence = ++activities[row.activity];
      visit(row);
    }
  } catch (const csv_error& failure) {
    throw std::runtime_error{fmt::format("{}: {}", file, failure.what())};
  }
}

log_survey survey_log(const std::string& file, const log_columns& columns) {
  log_survey survey;
  progress_line progress{"checking row"};
  read_log(file, columns, [&](const log_row& row) {
    progress.advance_to(++survey.rows);
    planned(survey.cases[row.case_id], row.activity).times = row.occurrence;
    planned_activity& overall = planned(survey.activities, row.activity);
    overall.times = std::max(overall.times, row.occurrence);
  });
  return survey;
}

}  // namespace nava::tools
