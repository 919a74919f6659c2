// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/purge_command.hpp"

#include <fmt/format.h>

#include <ostream>

#include "tools/terminal/json_output.hpp"
#include "tools/terminal/terminal.hpp"

namespace nava::tools {
namespace {

using persistence::purge_progress;
using persistence::purge_report;

double seconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>{time}.count();
}

void print(std::ostream& out, const purge_report& done, const purge_options& options) {
  const double seconds = seconds_of(done.working + done.pausing);
  const double rate = seconds > 0 ? static_cast<double>(done.workflows) / seconds : 0;
  if (options.json) {
    json::object report{{"dry_run", options.dry_run}, {"workflows", done.workflows},
                        {"skipped", done.skipped},    {"under_legal_hold", nullptr},
                        {"batches", done.batches},    {"retries", done.retries},
                        {"complete", done.complete},  {"next", nullptr},
                        {"seconds", seconds},         {"seconds_paused", seconds_of(done.pausing)}};
    if (done.under_legal_hold) report["under_legal_hold"] = *done.under_legal_hold;
    if (done.next) report["next"] = to_text(*done.next);
    write_json(out, report);
    out << '\n';
    return;
  }
  out << fmt::format("{} {} workflows in {:.1f} s ({:.0f}/s, {:.0f}% of the time paused)",
                     options.dry_run ? "would purge" : "purged", done.workflows, seconds, rate,
                     seconds > 0 ? 100 * seconds_of(done.pausing) / seconds : 0);
  if (done.skipped > 0)
    out << fmt::format("; {} were held by other sessions: run again to purge them", done.skipped);
  if (done.under_legal_hold.value_or(0) > 0)
    out << fmt::format("; {} stay under legal hold", *done.under_legal_hold);
  if (done.retries > 0)
    out << fmt::format("; {} batches failed and began again smaller", done.retries);
  out << '\n';
}

std::string way_on(const std::optional<persistence::purge_cursor>& next) {
  return next
             ? fmt::format("add --after {} to go on, or run the same command again", to_text(*next))
             : std::string{"run the same command again"};
}

// What keeps one workflow, which the error then names with the place after it.
bool says_way_on(nava::error_kind kind) {
  using nava::error_kind;
  return kind == error_kind::contention || kind == error_kind::foreign_key ||
         kind == error_kind::check;
}

}  // namespace

int purge(const target& where, const purge_options& options, std::ostream& out, std::ostream& err) {
  auto store_options = where.store;
  store_options.on_older = persistence::store_options::schema_policy::expect;
  if (options.call_timeout) store_options.call_timeout = *options.call_timeout;
  const auto store = persistence::open_store(where.url, store_options);
  std::stop_source stop;
  purge_progress last;
  last.next = options.after;
  watch_for_interrupt();
  try {
    progress_line line{options.dry_run ? "counting workflow" : "purging workflow",
                       options.policy.limit};
    persistence::purge_control control;
    control.after = options.after;
    control.dry_run = options.dry_run;
    control.stop = stop.get_token();
    control.on_progress = [&](const purge_progress& progress) {
      last = progress;
      line.advance_to(progress.workflows);
      if (interrupted()) stop.request_stop();
    };
    const purge_report done = store->purge(options.policy, control);
    const bool is_done = done.complete || !stop.stop_requested();
    line.clear();
    print(out, done, options);
    if (!is_done) err << fmt::format("nava: stopped; {}\n", way_on(done.next));
    return is_done ? 0 : 1;
  } catch (const nava::error& failure) {
    if (last.workflows == 0) throw;
    const std::string text =
        fmt::format("{}; {} workflows {} before", failure.what(), last.workflows,
                    options.dry_run ? "were counted" : "have been purged");
    if (!options.dry_run && says_way_on(failure.kind())) throw std::runtime_error{text};
    throw std::runtime_error{text + "; " + way_on(last.next)};
  }
}

}  // namespace nava::tools
