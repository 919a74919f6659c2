// SPDX-License-Identifier: Apache-2.0
#include "tools/replay.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <nava/nava.hpp>
#include <ostream>
#include <unordered_map>

#include "tools/terminal.hpp"

namespace nava::tools {
namespace {

using persistence::commit_result;

constexpr std::string_view stage_key = "log";
constexpr std::string_view role_key = "resource";
constexpr std::string_view resource_name = "case";
constexpr std::string_view resource_field = "resource";

void record(step_context& step, const event& row) {
  const auto who = row.args.at(resource_field).as_string();
  if (!who.empty()) step.workflow().add_participant(role_key, who);
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

json::object params_of(const std::vector<planned_activity>& plan) {
  json::array entries;
  for (const auto& [activity, times] : plan)
    entries.push_back({{"activity", activity}, {"times", static_cast<std::int64_t>(times)}});
  return {{"plan", std::move(entries)}};
}

struct tally {
  std::size_t applied = 0;
  std::size_t known = 0;

  void count(commit_result result) { ++(result == commit_result::applied ? applied : known); }
};

class log_replay {
 public:
  log_replay(const target& where, const log_survey& survey, std::string key)
      : survey_(survey),
        key_(std::move(key)),
        runtime_(where.url, {definition_of(survey, key_)},
                 {.store = where.store, .clock = [this] { return now_; }}) {}

  void apply(const log_row& row) {
    now_ = row.time;
    const resource about{std::string{resource_name}, row.case_id};
    if (row.is_first_of_case) start(about, row);
    const uuid& workflow_id = ids_.at(row.case_id);
    const auto outcomes =
        runtime_.deliver({.name = row.activity,
                          .resource = about,
                          .selector = engine::step_id(workflow_id, row.activity, row.occurrence),
                          .key = fmt::format("{}#{}", row.activity, row.occurrence),
                          .args = {{resource_field, row.resource}},
                          .data = row.others,
                          .at = row.time});
    events.count(outcomes.front().result);
  }

  tally workflows;
  tally events;

 private:
  void start(const resource& about, const log_row& row) {
    const auto started = runtime_.start(key_, about, params_of(survey_.cases.at(row.case_id)),
                                        {.title = row.case_id});
    workflows.count(started.result);
    ids_.emplace(row.case_id, started.workflow_id);
  }

  const log_survey& survey_;
  std::string key_;
  timestamp now_{};
  std::unordered_map<std::string, uuid> ids_;
  runtime runtime_;
};

struct stopped {};

void print(std::ostream& out, const log_replay& done, double seconds, bool as_json) {
  const double rate = seconds > 0 ? static_cast<double>(done.events.applied) / seconds : 0;
  if (as_json) {
    out << json::object{{"workflows", done.workflows.applied},
                        {"events", done.events.applied},
                        {"workflows_known", done.workflows.known},
                        {"events_known", done.events.known},
                        {"seconds", seconds},
                        {"events_per_second", rate}}
        << '\n';
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
  try {
    return std::make_unique<log_replay>(where, survey, key);
  } catch (const definition_error&) {
    throw std::runtime_error{fmt::format(
        "another log, or an earlier state of this one, was replayed as '{}'; replay this "
        "one under a name of its own with --definition",
        key)};
  }
}

}  // namespace

int replay(const target& where, const replay_options& options, std::ostream& out,
           std::ostream& err) {
  const log_survey survey = survey_log(options.file, options.columns);
  const std::string key = options.wfdef_key.empty()
                              ? std::filesystem::path{options.file}.stem().string()
                              : options.wfdef_key;
  const auto begin = std::chrono::steady_clock::now();
  const auto run_owned = open_replay(where, survey, key);
  log_replay& run = *run_owned;
  watch_for_interrupt();
  bool is_stopped = false;
  try {
    progress_line progress{"replaying event", survey.rows};
    std::size_t rows = 0;
    read_log(options.file, options.columns, [&](const log_row& row) {
      if (interrupted()) throw stopped{};
      try {
        run.apply(row);
      } catch (const refused& refusal) {
        throw std::runtime_error{
            fmt::format("{}: line {}: {}", options.file, row.line, refusal.what())};
      } catch (const persistence::error& failure) {
        if (failure.kind() != persistence::error_kind::invalid_input) throw;
        throw persistence::error{
            failure.kind(), fmt::format("{}: line {}: {}", options.file, row.line, failure.what())};
      }
      progress.advance_to(++rows);
    });
  } catch (const stopped&) {
    is_stopped = true;
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  print(out, run, elapsed.count(), options.json);
  if (is_stopped) err << "nava: stopped; run the same command again to go on\n";
  return is_stopped ? 1 : 0;
}

}  // namespace nava::tools
