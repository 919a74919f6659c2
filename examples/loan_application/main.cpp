// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <nava/workflow/id.hpp>
#include <optional>
#include <span>
#include <thread>

#include "loan_application/calendar.hpp"
#include "loan_application/definition.hpp"
#include "loan_application/office.hpp"
#include "loan_application/people.hpp"
#include "loan_application/story.hpp"
#include "loan_application/timeline.hpp"

namespace nv = nava;

namespace {

struct arguments {
  std::string url = "sqlite::memory:";
  bool brief = false;
  std::chrono::milliseconds pace{0};
};

constexpr std::string_view usage =
    "usage: loan_application [--brief] [--pace MILLISECONDS] [DATABASE-URL]\n";

std::optional<arguments> parse(std::span<char*> words) {
  constexpr int pace_max = 60'000;
  arguments given;
  bool has_url = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--brief") {
      given.brief = true;
    } else if (word == "--pace" && i + 1 < words.size()) {
      const std::string_view text = words[++i];
      int pace = 0;
      const auto read = std::from_chars(text.data(), text.data() + text.size(), pace);
      if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || pace < 0 ||
          pace > pace_max)
        return std::nullopt;
      given.pace = std::chrono::milliseconds{pace};
    } else if (!has_url && !word.starts_with("-")) {
      given.url = word;
      has_url = true;
    } else {
      return std::nullopt;
    }
  }
  return given;
}

loan::page page_of_stdout(bool brief) {
  loan::page page;
  page.brief = brief;
  if (isatty(STDOUT_FILENO) == 0) return page;
  const char* no_color = std::getenv("NO_COLOR");
  page.colours = no_color == nullptr || *no_color == '\0';
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    page.width = std::clamp<std::size_t>(size.ws_col, 72, 100);
  return page;
}

// Tells the story of one loan to a runtime, beside which a worker runs, and prints what was stored
// of it. The story has its own time. A SQLite file lets it count for tasks and reminders too; a
// server has its clock, so that nobody is reminded there.
class teller {
 public:
  teller(const nv::database_url& url, const arguments& given)
      : has_own_time_(url.backend() == nv::persistence::backend::sqlite),
        runtime_(url, {loan::mortgage()}, options()),
        pace_(given.pace),
        timeline_(std::cout, page_of_stdout(given.brief)),
        worker_(runtime_, office_.tasks(), {.name = "office", .poll = look_every}) {}

  void tell() {
    now_ = loan::local_time(loan::first_contact);
    auto params = loan::terms_of_lender();
    if (has_own_time_) params["reminds"] = true;
    const auto started = runtime_.start(std::string{loan::mortgage_key}, loan_, params,
                                        {.owner_id = std::string{loan::loan_officer}});
    id_ = started.workflow_id;
    if (started.result == nava::delivery::applied)
      std::cout << "Loan " << loan_.id
                << ", a home in Phoenix, Arizona; times are local (UTC-7).\n";
    else
      now_ = greet_again();
    const nv::timestamp lived_until = now_;
    await_tasks();
    for (const auto& next : loan::story())
      if (loan::local_time(next.when) > lived_until) live_through(next);
    print_stored();
    timeline_.print_summary(runtime_.store(), id_);
  }

 private:
  static constexpr std::chrono::milliseconds look_every{5};
  static constexpr std::chrono::seconds time_between_looks{10};  // of the story

  nv::runtime_options options() {
    nv::runtime_options made;
    made.store.on_older = nv::store_options::schema_policy::migrate;
    made.clock = [this] { return now_.load(); };
    if (has_own_time_) made.store.clock = made.clock;
    return made;
  }

  // A process that was ended before the story was goes on behind the last event that is stored.
  nv::timestamp greet_again() {
    const auto history = runtime_.store().history(id_).value();
    const nv::timestamp lived_until = history.events.back().at;
    if (lived_until >= loan::local_time(loan::story().back().when)) {
      std::cout << "Loan " << loan_.id << " is already in this database. What is stored of it:\n";
    } else {
      std::cout << fmt::format(
          "Loan {} is in this database with {} events and goes on after the last.\n", loan_.id,
          history.events.size());
      timeline_.skip(history);
    }
    return lived_until;
  }

  void live_through(const loan::happening& next) {
    pass_reminders(loan::local_time(next.when));
    print_stored();
    std::this_thread::sleep_for(pace_);
    now_ = loan::local_time(next.when);
    try {
      if (bring_about(next).result == nava::delivery::already_applied)
        timeline_.print_unstored(
            now_, next.who, next.name, "already applied",
            fmt::format("The event {} was applied when it came first.", next.key));
    } catch (const nv::refused& why) {
      timeline_.print_unstored(now_, next.who, next.name, "REFUSED", why.what());
    }
    await_tasks();
  }

  // When the first of the reminders that are set is due.
  std::optional<nv::timestamp> next_reminder() {
    std::optional<nv::timestamp> first;
    for (const auto& task : runtime_.store().load(id_).value().state.tasks)
      if (task.name == nv::engine::timer_task && task.ts_due)
        first = std::min(first.value_or(*task.ts_due), *task.ts_due);
    return first;
  }

  void pass_reminders(nv::timestamp until) {
    for (auto due = next_reminder(); due && *due <= until; due = next_reminder()) {
      now_ = std::max(now_.load(), *due);
      while (next_reminder() == due) std::this_thread::sleep_for(look_every);
      await_tasks();
    }
  }

  bool has_work() {
    const auto tasks = runtime_.store().load(id_).value().state.tasks;
    return std::any_of(tasks.begin(), tasks.end(),
                       [](const auto& task) { return task.name != nv::engine::timer_task; });
  }

  // The worker runs them; time goes on meanwhile.
  void await_tasks() {
    while (has_work()) {
      std::this_thread::sleep_for(look_every);
      tell_setbacks();
      now_ = now_.load() + time_between_looks;
    }
    tell_setbacks();
  }

  void tell_setbacks() {
    for (const auto& each : office_.setbacks()) {
      print_stored();
      timeline_.print_unstored(now_, "Worker", each.task, "tried again", each.reason);
    }
  }

  nv::outcome bring_about(const loan::happening& next) {
    if (next.name == loan::hold_loan) return runtime_.pause(id_, command(next));
    if (next.name == loan::release_loan) return runtime_.resume(id_, command(next));
    nv::event happened{.name = next.name,
                       .resource = loan_,
                       .key = next.key,
                       .data = next.data,
                       .actor = next.who};
    if (!next.step_key.empty()) happened.selector = nv::step_id(id_, next.step_key, next.ordinal);
    return runtime_.deliver(happened).front();
  }

  static nv::command_options command(const loan::happening& next) {
    return {.reason = std::string{next.data.at("reason").as_string()}, .actor = next.who};
  }

  void print_stored() { timeline_.print_new(runtime_.store().history(id_).value()); }

  nv::resource loan_{"loan", "2026-0417"};
  const bool has_own_time_;
  std::atomic<nv::timestamp> now_{};
  nv::uuid id_{};
  nv::runtime runtime_;
  std::chrono::milliseconds pace_;
  loan::timeline timeline_;
  loan::office office_;
  nv::worker worker_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto given = parse({argv + 1, static_cast<std::size_t>(argc - 1)});
  if (!given) {
    std::cerr << usage;
    return 2;
  }
  int on_failure = 2;
  try {
    const nv::database_url url{given->url};
    on_failure = 1;
    teller{url, *given}.tell();
    return 0;
  } catch (const std::exception& failure) {
    std::cerr << "loan_application: " << failure.what() << '\n';
    return on_failure;
  }
}
