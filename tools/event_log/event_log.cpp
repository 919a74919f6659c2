// SPDX-License-Identifier: Apache-2.0
#include "tools/event_log/event_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/engine/definition.hpp>
#include <nava/persistence/store.hpp>
#include <nava/schema/text.hpp>
#include <stdexcept>
#include <unordered_map>

#include "tools/event_log/csv_reader.hpp"
#include "tools/event_log/log_file.hpp"
#include "tools/event_log/xes_reader.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

// Room for what turns an activity into an event key: `#` and a number.
constexpr std::size_t activity_bytes_max = nava::key_bytes_max - 16;

constexpr std::string_view default_resource_column = "org:resource";

using row_fields = std::vector<std::string>;

// A row of either format: the names of its columns or attributes and their values.
struct record {
  std::size_t line = 0;
  json::object values;
};

class csv_log {
 public:
  csv_log(const std::string& file, std::istream& content, const log_columns& columns)
      : file_(file), reader_(content) {
    if (!reader_.next(header_))
      throw std::runtime_error{fmt::format("{} is empty; a log begins with a header", file)};
    for (auto name = header_.begin(); name != header_.end(); ++name)
      if (std::find(std::next(name), header_.end(), *name) != header_.end())
        throw std::runtime_error{
            fmt::format("{} has two columns '{}'; rename one of them", file, *name)};
    expect(columns.case_id, "--case-column");
    expect(columns.activity, "--activity-column");
    expect(columns.time, "--time-column");
    if (columns.resource) expect(*columns.resource, "--resource-column");
  }

  bool next(record& row) {
    if (!reader_.next(fields_)) return false;
    row.line = reader_.line();
    row.values.clear();
    for (std::size_t i = 0; i < header_.size(); ++i) row.values.emplace(header_[i], fields_[i]);
    return true;
  }

 private:
  void expect(const std::string& column, std::string_view option) const {
    if (std::find(header_.begin(), header_.end(), column) != header_.end()) return;
    std::string there;
    for (std::size_t i = 0; i < std::min(header_.size(), columns_told_max); ++i)
      there += fmt::format("{}'{}'", i == 0 ? "" : ", ", cut(header_[i], column_width_told_max));
    if (header_.size() > columns_told_max) there += " …";
    throw std::runtime_error{fmt::format(
        "{} has no column '{}'; name the column that has it with {}; there {}{}", file_, column,
        option, header_.size() == 1 ? "is only " : "are ",
        header_.size() == 1 ? there + ", so if another separator than , ; or tab is used, name it "
                                      "in a first line, such as sep=|"
                            : there)};
  }

  static constexpr std::size_t columns_told_max = 8;
  static constexpr std::size_t column_width_told_max = 40;

  std::string file_;
  csv_reader reader_;
  row_fields header_;
  row_fields fields_;
};

class xes_log {
 public:
  explicit xes_log(std::istream& content) : reader_(content) {}

  bool next(record& row) {
    if (!reader_.next(event_)) return false;
    row.line = event_.line;
    row.values = std::move(event_.values);
    return true;
  }

 private:
  xes_reader reader_;
  xes_event event_;
};

// Nothing for a list or a container.
std::optional<std::string> text_of(const json::value& value) {
  if (value.is_string()) return std::string{value.get_string()};
  if (value.is_double()) return fmt::format("{}", value.get_double());
  if (const json::value* inner =
          value.is_object() ? value.get_object().if_contains("value") : nullptr)
    return text_of(*inner);
  if (value.is_structured() || value.is_null()) return std::nullopt;
  return json::serialize(value);
}

class log_reader {
 public:
  log_reader(const std::string& file, const log_columns& columns)
      : name_(file), columns_(columns), file_(file) {
    if (file_.kind() == log_file::format::xes)
      xes_.emplace(file_.content());
    else
      csv_.emplace(file, file_.content(), columns);
  }

  bool next(log_row& row) {
    if (!read()) return false;
    row.line = record_.line;
    row.case_id = checked(columns_.case_id, "--case-column", "case", nava::key_bytes_max);
    row.activity = checked(columns_.activity, "--activity-column", "activity", activity_bytes_max);
    if (row.activity.starts_with(engine::runtime_prefix))
      fail(fmt::format("an activity must not begin with '{}'", engine::runtime_prefix));
    row.resource = taken(resource_column()).value_or("");
    if (row.resource.size() > nava::key_bytes_max)
      fail(fmt::format("the resource is longer than {} bytes", nava::key_bytes_max));
    const std::string time_text = required(columns_.time, "--time-column");
    const auto time = parse_log_time(time_text, columns_.zone);
    if (!time) fail(bad_time(time_text));
    row.time = *time;
    row.others = std::move(record_.values);
    return true;
  }

  /// Why the content cannot be read; empty where it can.
  [[nodiscard]] std::string fault() const { return file_.fault(); }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error{fmt::format("{}: line {}: {}", name_, record_.line, why)};
  }

  bool read() { return xes_ ? xes_->next(record_) : csv_->next(record_); }

  [[nodiscard]] std::string resource_column() const {
    return columns_.resource.value_or(std::string{default_resource_column});
  }

  [[nodiscard]] std::string bad_time(std::string_view text) const {
    const std::string local = std::string{text} + 'Z';
    // What parses and has a zone was beyond the years in that.
    if (schema::is_beyond_the_years(text) || schema::is_beyond_the_years(local) ||
        (columns_.zone && schema::parse_timestamp(local)))
      return "the time lies outside of the years 1 to 9999 in UTC; correct it or leave out the row";
    if (columns_.zone)
      return "the time does not parse; write it as 2011-10-11 13:45:40.276, with an offset such as "
             "+02:00 or without";
    return "the time does not parse; write it as 2011-10-11 13:45:40.276+02:00, with an offset, or "
           "say with --time-zone where the clock stood";
  }

  // The text of a column, which is then none of the others, unless there is more to it than text.
  std::optional<std::string> taken(const std::string& column) {
    const auto found = record_.values.find(column);
    if (found == record_.values.end()) return std::nullopt;
    auto text = text_of(found->value());
    if (!found->value().is_structured()) record_.values.stable_erase(found);
    return text;
  }

  std::string required(const std::string& column, std::string_view option) {
    auto text = taken(column);
    if (!text)
      fail(
          fmt::format("the event has no '{}' that is a text; name the attribute that has it with "
                      "{}",
                      column, option));
    return *std::move(text);
  }

  std::string checked(const std::string& column, std::string_view option, std::string_view what,
                      std::size_t bytes_max) {
    std::string text = required(column, option);
    if (text.empty()) fail(fmt::format("the {} is empty", what));
    if (text.size() > bytes_max)
      fail(fmt::format("the {} is longer than {} bytes", what, bytes_max));
    return text;
  }

  std::string name_;
  const log_columns& columns_;
  log_file file_;
  std::optional<csv_log> csv_;
  std::optional<xes_log> xes_;
  record record_;
};

// Counts the rows of a log by case and activity.
class log_counts {
 public:
  /// How often the case has had the activity, this time included.
  std::size_t add(const std::string& case_id, const std::string& activity) {
    const auto place = static_cast<std::uint32_t>(survey.activities.size());
    const auto [known, is_new] = places_.emplace(activity, place);
    if (is_new) survey.activities.push_back({activity, 0});
    const std::uint32_t times = ++step_of(survey.cases[case_id], known->second).times;
    std::size_t& most = survey.activities[known->second].times;
    most = std::max<std::size_t>(most, times);
    ++survey.rows;
    return times;
  }

  [[nodiscard]] bool has(const std::string& case_id) const {
    return survey.cases.contains(case_id);
  }

  log_survey survey;

 private:
  static planned_step& step_of(std::vector<planned_step>& plan, std::uint32_t activity) {
    const auto found = std::find_if(plan.begin(), plan.end(), [&](const planned_step& entry) {
      return entry.activity == activity;
    });
    return found == plan.end() ? plan.emplace_back(planned_step{activity, 0}) : *found;
  }

  std::unordered_map<std::string, std::uint32_t> places_;
};

log_survey count_log(const std::string& file, const log_columns& columns,
                     const std::function<void(const log_row&)>& visit) {
  log_counts counts;
  std::optional<log_reader> reader;
  const auto fail = [&](const std::exception& failure) {
    const std::string fault = reader ? reader->fault() : "";
    throw std::runtime_error{fmt::format("{}: {}", file, fault.empty() ? failure.what() : fault)};
  };
  try {
    reader.emplace(file, columns);
    log_row row;
    while (reader->next(row)) {
      row.is_first_of_case = !counts.has(row.case_id);
      row.occurrence = counts.add(row.case_id, row.activity);
      counts.survey.names_resources = counts.survey.names_resources || !row.resource.empty();
      visit(row);
    }
  } catch (const csv_error& failure) {
    fail(failure);
  } catch (const xes_error& failure) {
    fail(failure);
  }
  return std::move(counts.survey);
}

}  // namespace

void read_log(const std::string& file, const log_columns& columns,
              const std::function<void(const log_row&)>& visit) {
  (void)count_log(file, columns, visit);
}

log_survey survey_log(const std::string& file, const log_columns& columns) {
  progress_line progress{"checking row"};
  std::size_t rows = 0;
  return count_log(file, columns, [&](const log_row&) { progress.advance_to(++rows); });
}

}  // namespace nava::tools
