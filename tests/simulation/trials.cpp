// SPDX-License-Identifier: Apache-2.0
#include "simulation/trials.hpp"

#include <fmt/ranges.h>
#include <malloc.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstring>
#include <map>
#include <stdexcept>
#include <thread>

#include "simulation/scenario.hpp"
#include "workflow/sha256.hpp"

namespace nava::test {
namespace {

// Of virtual time, and far more than a trial takes.
constexpr std::chrono::hours longest{1};
constexpr std::size_t page_bytes = 1 << 18;
// Of one process: to begin it costs more than to play a seed.
constexpr std::uint64_t seeds_at_once = 50;
// Of a seed that waits in a way that is not virtual; else it takes 15 ms.
constexpr unsigned patience_s = 60;

// What a child tells its parent, as JSON.
class told_page {
 public:
  told_page()
      : text_(static_cast<char*>(::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE,
                                        MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    if (text_ == MAP_FAILED) throw std::runtime_error{"no memory for what a trial tells"};
  }
  told_page(const told_page&) = delete;
  told_page& operator=(const told_page&) = delete;
  ~told_page() { ::munmap(text_, page_bytes); }

  void write(const std::string& text) {
    const std::size_t size = std::min(text.size(), page_bytes - 1);
    std::memcpy(text_, text.data(), size);
    text_[size] = '\0';
  }
  [[nodiscard]] std::string read() const { return text_; }

 private:
  char* text_;
};

void erase_all(persistence::store& store) {
  for (auto page = store.list({}); !page.workflows.empty(); page = store.list({}))
    for (const auto& each : page.workflows) (void)store.erase(each.id);
}

std::shared_ptr<persistence::store> new_store(const persistence::tombstone_policy& tombstones) {
  // The addresses that a run gets do not depend on which of its threads ask for memory.
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_TOP_PAD, 16 << 20);
  // OpenSSL takes a lock when it looks the hash up, which no virtual thread may.
  (void)sha256("");
  std::shared_ptr<persistence::store> store = persistence::open_store(
      persistence::database_url{"sqlite::memory:"}, {.tombstones = tombstones});
  const auto fail = [](const std::string& why) { throw std::runtime_error{why}; };
  virtual_threads::run(0, longest, fail, [&] {
    fault_plan none;
    for (const std::string& each : scenario{store, none}.play()) fail(each);
  });
  erase_all(*store);
  return store;
}

// Each is made once: a child begins with a copy, in which all statements are prepared.
const std::shared_ptr<persistence::store>& empty_store(const trial& which) {
  if (which.lost_guarantee == sabotage::no_tombstones) {
    static const auto forgets = new_store({});
    return forgets;
  }
  static const auto remembers = new_store({.keep_for = std::chrono::hours{24}});
  return remembers;
}

// Of the seed that is played, or was played last.
void tell(told_page& page, std::uint64_t seed, std::uint64_t digest, const fault_plan& plan,
          const std::vector<std::string>& broken) {
  json::object told{{"seed", seed},
                    {"digest", digest},
                    {"broken", json::value_from(broken)},
                    {"faults", json::value_from(plan.happened)}};
  page.write(json::serialize(told));
}

// One thread runs at a time, so that another processor is of no use, and costs a call across.
void stay_on_one_processor(std::uint64_t number) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(number % std::max(1U, std::thread::hardware_concurrency()), &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

// Ends the process at the first seed that fails, and at the last.
void play_seed(const trial& which, std::uint64_t seed, told_page& page) {
  fault_plan plan{.seed = seed,
                  .most = which.faults_most,
                  .left_out = which.left_out,
                  .lost_guarantee = which.lost_guarantee};
  const auto end = [&](const std::vector<std::string>& broken) {
    if (broken.empty() && seed + 1 < which.seed + which.seeds) return;
    tell(page, seed, virtual_threads::digest(), plan, broken);
    std::_Exit(0);
  };
  plan.on_fault = [&] {
    tell(page, seed, 0, plan, {fmt::format("the process ended in the middle of seed {}", seed)});
  };
  plan.on_fault();
  ::alarm(patience_s);
  virtual_threads::run(
      seed, longest, [&](const std::string& why) { end({why}); },
      [&] {
        try {
          end(scenario{empty_store(which), plan}.play());
        } catch (const std::exception& failure) {
          end({failure.what()});
        }
      });
  erase_all(*empty_store(which));
}

[[noreturn]] void play_in_child(const trial& which, std::uint64_t place, told_page& page) {
  stay_on_one_processor(place);
  for (std::uint64_t i = 0; i < which.seeds; ++i) play_seed(which, which.seed + i, page);
  std::_Exit(1);
}

struct running_trial {
  trial what;
  std::unique_ptr<told_page> page = std::make_unique<told_page>();
  pid_t child = -1;
};

running_trial begin(const trial& what, std::uint64_t place = 0) {
  running_trial running{what};
  (void)empty_store(what);
  running.child = ::fork();
  if (running.child < 0) throw std::runtime_error{"no process for a trial"};
  if (running.child == 0) play_in_child(what, place, *running.page);
  return running;
}

trial_result result_of(const running_trial& ended, int status) {
  trial_result result{.of = ended.what};
  const std::string text = ended.page->read();
  const bool has_ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (text.empty()) {
    result.broken.push_back(fmt::format("the process ended with status {}", status));
    return result;
  }
  const json::value told = json::parse(text);
  result.of.seeds = told.at("seed").to_number<std::uint64_t>() - result.of.seed + 1;
  result.digest = told.at("digest").to_number<std::uint64_t>();
  result.broken = json::value_to<std::vector<std::string>>(told.at("broken"));
  result.faults = json::value_to<std::vector<std::string>>(told.at("faults"));
  if (!has_ended) result.broken.front() += fmt::format(", with status {}", status);
  return result;
}

// The promise, without the values that broke it.
bool is_same(const trial_result& one, const trial_result& other) {
  const auto promise = [](const trial_result& of) {
    return of.broken.empty() ? "" : of.broken.front().substr(0, of.broken.front().find('{'));
  };
  return promise(one) == promise(other);
}

}  // namespace

trial_result play(const trial& which) {
  const running_trial running = begin(which);
  int status = 0;
  ::waitpid(running.child, &status, 0);
  return result_of(running, status);
}

std::optional<trial_result> play_all(const trial& first, std::uint64_t count) {
  const std::size_t at_once = std::max(1U, std::thread::hardware_concurrency());
  std::map<pid_t, running_trial> running;
  std::optional<trial_result> failed;
  std::uint64_t begun = 0;
  std::uint64_t children = 0;
  while (true) {
    while (running.size() < at_once && begun < count && !failed) {
      trial next = first;
      next.seed += begun;
      next.seeds = std::min(seeds_at_once, count - begun);
      begun += next.seeds;
      running_trial made = begin(next, ++children);
      running.emplace(made.child, std::move(made));
    }
    if (running.empty()) break;
    int status = 0;
    auto node = running.extract(::waitpid(-1, &status, 0));
    if (node.empty()) continue;
    trial_result result = result_of(node.mapped(), status);
    if (!result.broken.empty() && !failed) failed = std::move(result);
  }
  if (!failed) return {};
  // Alone, unless it takes what the seeds before it have left behind.
  trial alone = failed->of;
  alone.seed += alone.seeds - 1;
  alone.seeds = 1;
  trial_result again = play(alone);
  return is_same(again, *failed) ? std::move(again) : failed;
}

trial_result shrunk(const trial_result& failed) {
  trial_result least = failed;
  for (std::size_t i = failed.of.faults_most; i-- > 0;) {
    trial fewer = least.of;
    fewer.left_out.insert(i);
    trial_result result = play(fewer);
    if (is_same(result, failed)) least = std::move(result);
  }
  return least;
}

std::string report(const trial_result& failed) {
  std::string text = fmt::format("NAVA_SIMULATION_SEED={} NAVA_SIMULATION_SEEDS={} fails",
                                 failed.of.seed, failed.of.seeds);
  if (!failed.of.left_out.empty())
    text.insert(0, fmt::format("NAVA_SIMULATION_LEFT_OUT={} ", fmt::join(failed.of.left_out, ",")));
  for (const std::string& each : failed.faults) text += "\n  fault " + each;
  for (const std::string& each : failed.broken) text += "\n  broken: " + each;
  return text;
}

}  // namespace nava::test
