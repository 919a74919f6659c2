// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <nava/engine/id.hpp>

#include "loan_application/calendar.hpp"
#include "loan_application/definition.hpp"
#include "loan_application/story.hpp"
#include "loan_application/timeline.hpp"

namespace nv = nava;

namespace {

loan::page page_of_stdout() {
  loan::page page;
  if (isatty(STDOUT_FILENO) == 0) return page;
  const char* no_color = std::getenv("NO_COLOR");
  page.colours = no_color == nullptr || *no_color == '\0';
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    page.width = std::clamp<std::size_t>(size.ws_col, 72, 100);
  return page;
}

// Tells the story of one loan to a runtime and prints what was stored of it.
class teller {
 public:
  explicit teller(const nv::database_url& url)
      : runtime_(url, {loan::mortgage()}, {.clock = [this] { return now_; }}) {}

  void tell() {
    now_ = loan::local_time(loan::first_contact);
    const auto started = runtime_.start(std::string{loan::mortgage_key}, loan_,
                                        loan::terms_of_lender(), {.owner_id = "sam.ortiz"});
    id_ = started.workflow_id;
    if (started.result == nv::commit_result::already_applied) {
      std::cout << "Loan " << loan_.id << " is already in this database. What is stored of it:\n";
    } else {
      std::cout << "Loan " << loan_.id
                << ", a home in Phoenix, Arizona; times are local (UTC-7).\n";
      for (const auto& next : loan::story()) live_through(next);
    }
    print_stored();
    timeline_.print_summary(runtime_.store(), id_);
  }

 private:
  void live_through(const loan::happening& next) {
    print_stored();
    now_ = loan::local_time(next.when);
    try {
      if (bring_about(next).result == nv::commit_result::already_applied)
        timeline_.print_unstored(
            now_, next.who, next.name, "already applied",
            fmt::format("The event {} was applied when it came first.", next.key));
    } catch (const nv::refused& why) {
      timeline_.print_unstored(now_, next.who, next.name, "REFUSED", why.what());
    }
  }

  nv::outcome bring_about(const loan::happening& next) {
    if (next.name == loan::hold_loan) return runtime_.pause(id_, reason_of(next));
    if (next.name == loan::release_loan) return runtime_.resume(id_, reason_of(next));
    nv::event happened{.name = next.name,
                       .resource = loan_,
                       .key = next.key,
                       .args = {{"by", next.who}},
                       .data = next.data};
    if (!next.step_key.empty())
      happened.selector = nv::engine::step_id(id_, next.step_key, next.ordinal);
    return runtime_.deliver(happened).front();
  }

  static std::string reason_of(const loan::happening& next) {
    return fmt::format("{}: {}", next.who, std::string_view{next.data.at("reason").as_string()});
  }

  void print_stored() { timeline_.print_new(runtime_.store().history(id_).value()); }

  nv::resource loan_{"loan", "2026-0417"};
  nv::timestamp now_{};
  nv::uuid id_{};
  nv::runtime runtime_;
  loan::timeline timeline_{std::cout, page_of_stdout()};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) {
    std::cerr << "usage: loan_application [DATABASE-URL]\n";
    return 2;
  }
  int on_failure = 2;
  try {
    const nv::database_url url{argc > 1 ? argv[1] : "sqlite::memory:"};
    on_failure = 1;
    teller{url}.tell();
    return 0;
  } catch (const std::exception& failure) {
    std::cerr << "loan_application: " << failure.what() << '\n';
    return on_failure;
  }
}
