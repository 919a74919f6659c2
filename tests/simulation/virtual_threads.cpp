// SPDX-License-Identifier: Apache-2.0
#include "simulation/virtual_threads.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <unordered_map>
#include <vector>

#include "simulation/virtual_waits.hpp"

namespace nava::test::virtual_threads {
namespace {

using waits::nanoseconds;
using waits::never;
using waits::second;

// 2040: later than what was stored before the run. That of the steady clock is any other.
constexpr nanoseconds system_begin = 2'208'988'800 * second;
constexpr nanoseconds steady_begin = 1'000'000 * second;
// Between the begins of two runs, so that no id is from a time that has passed.
constexpr nanoseconds run_takes = 24 * 3'600 * second;
// Of the clocks of two groups, as of two machines.
constexpr std::uint64_t skew_most = 2 * second;
// So that whoever looks at the clock again and again sees it move.
constexpr nanoseconds look_takes = 100;
constexpr std::uint64_t step_takes = 4'000;
// How seldom a thread that could go on lets others go first, and a wait ends without a reason.
constexpr std::uint64_t pause_one_in = 4;
constexpr std::uint64_t spurious_one_in = 64;

enum class thread_status { ready, waits, ended, dead };

struct virtual_thread {
  std::size_t number = 0;
  group of = first_group;
  thread_status status = thread_status::ready;
  const void* waits_for = nullptr;  // a lock, a condition or a thread; null: for time alone
  nanoseconds wakes_at = never;
  bool was_woken = false;  // by another thread, and not by its time
  sem_t turn{};
  pthread_t real{};
  void* (*body)(void*) = nullptr;
  void* argument = nullptr;
};

struct held_lock {
  virtual_thread* by = nullptr;
  int times = 0;
};

struct whole_run {
  std::uint64_t random = 0;
  std::uint64_t digest = 14'695'981'039'346'656'037U;
  nanoseconds now = 0;
  nanoseconds longest = 0;
  nanoseconds system_begin = 0;
  std::uint64_t seed = 0;
  stuck_function is_stuck{};
  std::vector<std::unique_ptr<virtual_thread>> threads{};
  std::unordered_map<const pthread_mutex_t*, held_lock> locks{};
  bool is_alone = false;
};

whole_run* all = nullptr;
thread_local virtual_thread* self = nullptr;

[[noreturn]] void stuck(const std::string& why) {
  all->is_stuck(why);
  std::_Exit(EXIT_FAILURE);
}

std::uint64_t next_random() { return mixed(all->random += 0x9E3779B97F4A7C15U); }

void note(std::uint64_t what) {
  // FNV-1a, a word at a time.
  all->digest = (all->digest ^ what) * 1'099'511'628'211U;
}

void make_ready(virtual_thread& thread) {
  thread.status = thread_status::ready;
  thread.wakes_at = never;
}

void wake_those_whose_time_has_come() {
  for (const auto& each : all->threads)
    if (each->status == thread_status::waits && each->wakes_at <= all->now) make_ready(*each);
}

std::string waiting_threads() {
  std::string text;
  for (const auto& each : all->threads)
    if (each->status == thread_status::waits)
      text += " " + std::to_string(each->number) + " of group " + std::to_string(each->of);
  return text;
}

virtual_thread& next_to_run() {
  while (true) {
    wake_those_whose_time_has_come();
    std::size_t ready = 0;
    nanoseconds next = never;
    for (const auto& each : all->threads) {
      ready += each->status == thread_status::ready ? 1 : 0;
      if (each->status == thread_status::waits) next = std::min(next, each->wakes_at);
    }
    if (ready > 0) {
      std::uint64_t chosen = chance(ready);
      for (const auto& each : all->threads)
        if (each->status == thread_status::ready && chosen-- == 0) return *each;
    }
    if (next == never) stuck("all threads wait for each other:" + waiting_threads());
    if (next > all->longest) stuck("it does not come to an end");
    all->now = next;
  }
}

void wait_for_turn(virtual_thread& thread) {
  while (::sem_wait(&thread.turn) != 0) {
  }
}

// Whoever runs lets the next go on, and goes on when it is chosen again.
void pass_on() {
  if (all->is_alone) stuck("a thread waits where it must not let others go on");
  all->now += static_cast<nanoseconds>(next_random() % step_takes);
  virtual_thread& mine = *self;
  virtual_thread& next = next_to_run();
  note(next.number);
  note(static_cast<std::uint64_t>(all->now));
  if (&next == &mine) return;
  ::sem_post(&next.turn);
  wait_for_turn(mine);
}

// Returns whether somebody woke it, and not its time.
bool wait_for(const void* what, nanoseconds until) {
  self->waits_for = what;
  self->wakes_at = until;
  self->was_woken = false;
  self->status = thread_status::waits;
  pass_on();
  self->waits_for = nullptr;
  return self->was_woken;
}

void wake(virtual_thread& thread) {
  thread.was_woken = true;
  make_ready(thread);
}

void wake_all_that_wait_for(const void* what) {
  for (const auto& each : all->threads)
    if (each->status == thread_status::waits && each->waits_for == what) wake(*each);
}

void wake_one_that_waits_for(const void* what) {
  std::vector<virtual_thread*> waiting;
  for (const auto& each : all->threads)
    if (each->status == thread_status::waits && each->waits_for == what)
      waiting.push_back(each.get());
  if (!waiting.empty()) wake(*waiting[chance(waiting.size())]);
}

// Threads of which each waits for a lock of the next would wait for ever.
void expect_no_circle(const pthread_mutex_t* mutex) {
  const virtual_thread* holder = all->locks[mutex].by;
  while (holder != nullptr && holder->status == thread_status::waits) {
    if (holder == self) stuck("threads wait for each other's locks");
    const auto wanted = all->locks.find(static_cast<const pthread_mutex_t*>(holder->waits_for));
    if (wanted == all->locks.end()) return;
    if (wanted->second.by == self) stuck("threads wait for each other's locks");
    holder = wanted->second.by;
  }
}

bool take(const pthread_mutex_t* mutex) {
  held_lock& held = all->locks[mutex];
  const bool is_recursive = (mutex->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE;
  if (held.by != nullptr && !(held.by == self && is_recursive)) return false;
  held.by = self;
  ++held.times;
  return true;
}

// The database has a clock of its own: that of whoever runs without others.
nanoseconds skew_of(group members) {
  if (all->is_alone) return 0;
  return static_cast<nanoseconds>(mixed(all->seed ^ static_cast<std::uint64_t>(members)) %
                                  skew_most);
}

// Never leaves: what a thread does on its way out, it would do beside others.
void* live(void* given) {
  self = static_cast<virtual_thread*>(given);
  wait_for_turn(*self);
  (void)self->body(self->argument);
  self->status = thread_status::ended;
  wake_all_that_wait_for(self);
  virtual_thread& next = next_to_run();
  note(next.number);
  ::sem_post(&next.turn);
  while (true) wait_for_turn(*self);
}

using create_function = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

create_function* real_create() {
  static const auto found =
      reinterpret_cast<create_function*>(::dlsym(RTLD_NEXT, "pthread_create"));
  return found;
}

virtual_thread& make_thread(group of, void* (*body)(void*), void* argument) {
  all->threads.push_back(std::make_unique<virtual_thread>());
  virtual_thread& made = *all->threads.back();
  made.number = all->threads.size() - 1;
  made.of = of;
  made.body = body;
  made.argument = argument;
  ::sem_init(&made.turn, 0, 0);
  if (real_create()(&made.real, nullptr, &live, &made) != 0) stuck("there is no thread more");
  return made;
}

}  // namespace

// Splitmix64.
std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9U;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EBU;
  return number ^ (number >> 31);
}

std::uint64_t chance(std::uint64_t end) { return next_random() % end; }

void join_group(group joined) { self->of = joined; }

void kill_group(group members) {
  for (const auto& each : all->threads)
    if (each->of == members && each->status != thread_status::ended)
      each->status = thread_status::dead;
  if (self->of == members) pass_on();
}

bool is_dead(group members) {
  for (const auto& each : all->threads)
    if (each->of == members && each->status == thread_status::dead) return true;
  return false;
}

void let_others() {
  if (!all->is_alone && chance(pause_one_in) == 0) pass_on();
}

void without_others(const std::function<void()>& call) {
  struct alone {
    alone() { all->is_alone = true; }
    ~alone() { all->is_alone = false; }
  };
  const alone until_return;
  call();
}

std::uint64_t digest() { return all->digest; }

void run(std::uint64_t seed, std::chrono::nanoseconds longest, stuck_function is_stuck,
         std::function<void()> body) {
  // Those of the run that are left wait in it for ever.
  static int runs = 0;
  all = new whole_run{.random = seed,
                      .longest = longest.count(),
                      .system_begin = system_begin + runs++ * run_takes,
                      .seed = seed,
                      .is_stuck = std::move(is_stuck)};
  struct first_thread {
    std::function<void()> body;
    sem_t is_over;
  };
  auto* const first = new first_thread{std::move(body), {}};
  ::sem_init(&first->is_over, 0, 0);
  const auto live_to_the_end = [](void* given) -> void* {
    auto& mine = *static_cast<first_thread*>(given);
    mine.body();
    ::sem_post(&mine.is_over);
    while (true) wait_for_turn(*self);
  };
  ::sem_post(&make_thread(first_group, live_to_the_end, first).turn);
  while (::sem_wait(&first->is_over) != 0) {
  }
}

namespace waits {

bool is_virtual() { return self != nullptr; }

bool is_alone() { return all->is_alone; }

void stuck(const char* reason) { virtual_threads::stuck(reason); }

pthread_t begin(void* (*body)(void*), void* argument) {
  return make_thread(self->of, body, argument).real;
}

bool join(pthread_t thread) {
  for (const auto& each : all->threads) {
    if (::pthread_equal(each->real, thread) == 0) continue;
    const virtual_thread& joined = *each;
    while (joined.status != thread_status::ended) (void)wait_for(&joined, never);
    return true;
  }
  return false;
}

void lock(const pthread_mutex_t* mutex) {
  if (all->is_alone) {
    const auto held = all->locks.find(mutex);
    if (held != all->locks.end() && held->second.by != nullptr && held->second.by != self)
      virtual_threads::stuck("a thread that must not wait wants a lock that another has");
    return;
  }
  let_others();
  while (!take(mutex)) {
    if (all->locks[mutex].by == self)
      virtual_threads::stuck("a thread waits for a lock that it holds");
    expect_no_circle(mutex);
    (void)wait_for(mutex, never);
  }
}

bool try_lock(const pthread_mutex_t* mutex) { return all->is_alone || take(mutex); }

void unlock(const pthread_mutex_t* mutex) {
  if (all->is_alone) return;
  held_lock& held = all->locks[mutex];
  if (held.by != self) virtual_threads::stuck("a thread gives up a lock that it does not hold");
  if (--held.times > 0) return;
  held.by = nullptr;
  wake_all_that_wait_for(mutex);
}

int wait(const pthread_cond_t* condition, const pthread_mutex_t* mutex, nanoseconds until) {
  const bool is_spurious = chance(spurious_one_in) == 0;
  const nanoseconds wakes =
      is_spurious ? std::min(until, all->now + static_cast<nanoseconds>(chance(second))) : until;
  unlock(mutex);
  const bool was_woken = wait_for(condition, wakes);
  lock(mutex);
  return was_woken || all->now < until ? 0 : ETIMEDOUT;
}

void wake_one(const pthread_cond_t* condition) { wake_one_that_waits_for(condition); }

void wake_all(const pthread_cond_t* condition) { wake_all_that_wait_for(condition); }

void yield() { pass_on(); }

void sleep_until(nanoseconds instant) { (void)wait_for(nullptr, instant); }

nanoseconds now() { return all->now += look_takes; }

nanoseconds offset(clockid_t clock) {
  const bool is_system = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  return is_system ? all->system_begin + skew_of(self->of) : steady_begin;
}

std::uint64_t random() { return next_random(); }

}  // namespace waits

}  // namespace nava::test::virtual_threads
