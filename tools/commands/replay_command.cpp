// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/replay_command.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nava/nava.hpp>
#include <ostream>
#include <unordered_map>
#include <unordered_set>

#include "tools/event_log/log_file.hpp"
#include "tools/terminal/json_output.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

using nava::delivery;

constexpr std::string_view stage_key = "log";
constexpr std::string_view role_key = "resource";
constexpr std::string_view resource_name = "case";
constexpr std::string_view resource_field = "resource";

void record(step_context& step, const event& row) {
  // A row without a resource has nobody who took part.
  if (const json::value* who = row.args.if_contains(resource_field))
    step.workflow().add_participant(role_key, who->as_string());
  step.finish();
}

// The steps of a case are planned when it starts, so it completes with the last of its rows.
void plan_steps(workflow_context& workflow) {
  const json::value plan = workflow.params().at("plan");
  for (const auto& entry : plan.as_array())
    for (std::int64_t i = 0; i < entry.at("times").as_int64(); ++i)
      workflow.add_step(entry.at("activity").as_string());
}

definition definition_of(const log_survey& survey, const std::string& key) {
  definition_builder builder{key, revision{1}};
  builder.title(key).role(std::string{role_key}, "Resource of the log");
  builder.stage(std::string{stage_key}, "Log");
  for (const auto& [activity, times] : survey.activities)
    builder.step(activity, {.stage = std::string{stage_key}, .repeats = times > 1})
        .on(activity, record);
  builder.on_started(plan_steps);
  return builder.build();
}

json::object params_of(const log_survey& survey, const std::string& case_id) {
  json::array entries;
  for (const auto& [place, times] : survey.cases.at(case_id))
    entries.push_back({{"activity", survey.activities[place].activity},
                       {"times", static_cast<std::int64_t>(times)}});
  return {{"plan", std::move(entries)}};
}

struct tally {
  std::size_t applied = 0;
  std::size_t known = 0;

  void count(delivery result) { ++(result == delivery::applied ? applied : known); }
};

// A log is replayed to look at it, often into a database that has nothing yet.
persistence::store_options migrating(persistence::store_options options) {
  options.on_older = persistence::store_options::schema_policy::migrate;
  return options;
}

// None of a log without rows: a definition has a step.
std::vector<definition> definitions_of(const log_survey& survey, const std::string& key) {
  if (survey.rows == 0) return {};
  return {definition_of(survey, key)};
}

class log_replay {
 public:
  log_replay(const target& where, const log_survey& survey, std::string key,
             std::vector<definition> definitions)
      : survey_(survey),
        key_(std::move(key)),
        runtime_(where.url, std::move(definitions),
                 {.store = migrating(where.store), .clock = [this] { return now_; }}) {}

  /// Throws refused and nava::error, where nothing of the row was stored.
  void apply(const log_row& row) {
    now_ = row.time;
    const resource about{std::string{resource_name}, row.case_id};
    if (row.is_first_of_case) start(about, row);
    const uuid& workflow_id = ids_.at(row.case_id).id;
    json::object args;
    if (!row.resource.empty()) args[resource_field] = row.resource;
    const auto outcomes =
        runtime_.deliver({.name = row.activity,
                          .resource = about,
                          .selector = nava::step_id(workflow_id, row.activity, row.occurrence),
                          .key = fmt::format("{}#{}", row.activity, row.occurrence),
                          .args = std::move(args),
                          .data = row.others,
                          .at = row.time});
    events.count(outcomes.front().result);
  }

  /// The workflow of a case, where it is of an earlier run.
  [[nodiscard]] std::optional<uuid> known(const std::string& case_id) const {
    const auto found = ids_.find(case_id);
    if (found == ids_.end() || !found->second.was_there) return std::nullopt;
    return found->second.id;
  }

  tally workflows;
  tally events;

 private:
  struct started_case {
    uuid id{};
    bool was_there = false;
  };

  void start(const resource& about, const log_row& row) {
    const auto started =
        runtime_.start(key_, about, params_of(survey_, row.case_id), {.title = row.case_id});
    workflows.count(started.result);
    ids_.emplace(row.case_id, started_case{started.workflow_id,
                                           started.result == nava::delivery::already_applied});
  }

  const log_survey& survey_;
  std::string key_;
  timestamp now_{};
  std::unordered_map<std::string, started_case> ids_;
  runtime runtime_;
};

/// The cases that could not be replayed. Each is told once, with its first row that failed.
class left_cases {
 public:
  left_cases(const replay_options& options, const target& where, std::ostream& err)
      : options_(options), where_(where), err_(err) {}

  [[nodiscard]] bool has(const std::string& case_id) const { return cases_.contains(case_id); }
  [[nodiscard]] std::size_t size() const { return cases_.size(); }

  void add(const log_row& row, const std::optional<uuid>& known, std::string_view why) {
    cases_.insert(row.case_id);
    if (cases_.size() > told_max) return;
    std::string text =
        fmt::format("{}: line {}: case '{}': {}", options_.file, row.line, row.case_id, why);
    if (known)
      text += fmt::format(
          "; the case has changed since it was replayed: run nava delete {}{} and replay the log "
          "again, or replay all of it anew with --definition NAME",
          schema::to_text(*known), where_options());
    err_ << fmt::format("nava: {}\n", printable(text));
  }

  void finish() const {
    if (cases_.size() > told_max)
      err_ << fmt::format("nava: and {} more cases like these\n", cases_.size() - told_max);
  }

 private:
  static constexpr std::size_t told_max = 10;

  [[nodiscard]] std::string where_options() const {
    const std::string& schema = where_.url.schema();
    return fmt::format(" --database {}{}", where_.url.printable(),
                       schema == persistence::default_schema ? "" : " --schema " + schema);
  }

  const replay_options& options_;
  const target& where_;
  std::ostream& err_;
  std::unordered_set<std::string> cases_;
};

struct stopped {};

void print(std::ostream& out, const log_replay& done, std::size_t cases_left, double seconds,
           bool as_json) {
  const double rate = seconds > 0 ? static_cast<double>(done.events.applied) / seconds : 0;
  if (as_json) {
    write_json(out, json::object{{"workflows", done.workflows.applied},
                                 {"events", done.events.applied},
                                 {"workflows_known", done.workflows.known},
                                 {"events_known", done.events.known},
                                 {"cases_left", cases_left},
                                 {"seconds", seconds},
                                 {"events_per_second", rate}});
    out << '\n';
    return;
  }
  if (done.workflows.known + done.events.known > 0)
    out << fmt::format("{} workflows and {} events were there already and were not applied again\n",
                       done.workflows.known, done.events.known);
  out << fmt::format("replayed {} workflows, {} events in {:.1f} s ({:.0f} events/s)\n",
                     done.workflows.applied, done.events.applied, seconds, rate);
}

std::unique_ptr<log_replay> open_replay(const target& where, const log_survey& survey,
                                        const std::string& key) {
  auto definitions = definitions_of(survey, key);
  try {
    return std::make_unique<log_replay>(where, survey, key, std::move(definitions));
  } catch (const definition_error&) {
    throw std::runtime_error{fmt::format(
        "another log, or this one before it had other activities or more of one in a case, was "
        "replayed as '{}'; replay this one under a name of its own with --definition",
        key)};
  }
}

// What concerns the row and its case alone; anything else would fail for the next one too.
bool is_of_row(const nava::error& failure) {
  return failure.kind() == nava::error_kind::invalid_input;
}

// Returns false where somebody stopped it.
bool replay_rows(log_replay& run, left_cases& left, const replay_options& options,
                 std::size_t rows) {
  progress_line progress{"replaying event", rows};
  std::size_t row_number = 0;
  const auto apply = [&](const log_row& row) {
    if (interrupted()) throw stopped{};
    progress.advance_to(++row_number);
    if (left.has(row.case_id)) return;
    const auto leave = [&](const std::exception& failure) {
      progress.clear();
      left.add(row, run.known(row.case_id), failure.what());
    };
    try {
      run.apply(row);
    } catch (const refused& refusal) {
      leave(refusal);
    } catch (const nava::error& failure) {
      if (!is_of_row(failure)) throw;
      leave(failure);
    }
  };
  try {
    read_log(options.file, options.columns, apply);
    return true;
  } catch (const stopped&) {
    return false;
  }
}

}  // namespace

int replay(const target& where, const replay_options& options, std::ostream& out,
           std::ostream& err) {
  const log_survey survey = survey_log(options.file, options.columns);
  const std::string key = options.wfdef_key.empty() ? log_name(options.file) : options.wfdef_key;
  const auto begin = std::chrono::steady_clock::now();
  const auto run = open_replay(where, survey, key);
  if (survey.rows > 0 && !survey.names_resources)
    err << "nava: note: the log names no resources, so nobody takes part in its workflows; if a "
           "column has them, name it with --resource-column\n";
  watch_for_interrupt();
  left_cases left{options, where, err};
  const bool is_done = replay_rows(*run, left, options, survey.rows);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  left.finish();
  print(out, *run, left.size(), elapsed.count(), options.json);
  if (!is_done) err << "nava: stopped; run the same command again to go on\n";
  return is_done && left.size() == 0 ? 0 : 1;
}

}  // namespace nava::tools
