// SPDX-License-Identifier: Apache-2.0
#include "simulation/virtual_threads.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/random.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <limits>
#include <memory>
#include <random>
#include <unordered_map>
#include <vector>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#error "sanitizers put their own functions in the place of those that are here"
#endif

namespace nava::test::virtual_threads {
namespace {

using nanoseconds = std::int64_t;

constexpr nanoseconds second = 1'000'000'000;
constexpr nanoseconds never = std::numeric_limits<nanoseconds>::max();
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

void lock(const pthread_mutex_t* mutex) {
  if (all->is_alone) {
    const auto held = all->locks.find(mutex);
    if (held != all->locks.end() && held->second.by != nullptr && held->second.by != self)
      stuck("a thread that must not wait wants a lock that another has");
    return;
  }
  let_others();
  const bool is_recursive = (mutex->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE;
  while (true) {
    held_lock& held = all->locks[mutex];
    if (held.by == nullptr || (held.by == self && is_recursive)) {
      held.by = self;
      ++held.times;
      return;
    }
    if (held.by == self) stuck("a thread waits for a lock that it holds");
    expect_no_circle(mutex);
    (void)wait_for(mutex, never);
  }
}

void unlock(const pthread_mutex_t* mutex) {
  if (all->is_alone) return;
  held_lock& held = all->locks[mutex];
  if (held.by != self) stuck("a thread gives up a lock that it does not hold");
  if (--held.times > 0) return;
  held.by = nullptr;
  wake_all_that_wait_for(mutex);
}

// 0, or ETIMEDOUT.
int wait_on_condition(const pthread_cond_t* condition, const pthread_mutex_t* mutex,
                      nanoseconds until) {
  const bool is_spurious = chance(spurious_one_in) == 0;
  const nanoseconds wakes =
      is_spurious ? std::min(until, all->now + static_cast<nanoseconds>(chance(second))) : until;
  unlock(mutex);
  const bool was_woken = wait_for(condition, wakes);
  lock(mutex);
  return was_woken || all->now < until ? 0 : ETIMEDOUT;
}

// The database has a clock of its own: that of whoever runs without others.
nanoseconds skew_of(group whose) {
  if (all->is_alone) return 0;
  return static_cast<nanoseconds>(mixed(all->seed ^ static_cast<std::uint64_t>(whose)) % skew_most);
}

nanoseconds begin_of(clockid_t clock) {
  const bool is_system = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  return is_system ? all->system_begin + skew_of(self->of) : steady_begin;
}

nanoseconds instant_of(clockid_t clock, const timespec& time) {
  // What is further away than this never comes.
  constexpr std::int64_t most = never / second / 2;
  if (time.tv_sec > most) return never;
  return time.tv_sec * second + time.tv_nsec - begin_of(clock);
}

void sleep_for(nanoseconds how_long) { (void)wait_for(nullptr, all->now + how_long); }

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

void join_group(group mine) { self->of = mine; }

void kill_group(group whose) {
  for (const auto& each : all->threads)
    if (each->of == whose && each->status != thread_status::ended)
      each->status = thread_status::dead;
  if (self->of == whose) pass_on();
}

bool is_dead(group whose) {
  for (const auto& each : all->threads)
    if (each->of == whose && each->status == thread_status::dead) return true;
  return false;
}

void let_others() {
  if (!all->is_alone && chance(pause_one_in) == 0) pass_on();
}

void without_others(const std::function<void()>& what) {
  struct alone {
    alone() { all->is_alone = true; }
    ~alone() { all->is_alone = false; }
  };
  const alone until_return;
  what();
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

}  // namespace nava::test::virtual_threads

// The functions of the C library, for virtual threads and for the others.

using namespace nava::test::virtual_threads;

// In the library that stands behind this program.
#define NAVA_REAL(NAME) \
  static const auto real_##NAME = reinterpret_cast<decltype(&NAME)>(::dlsym(RTLD_NEXT, #NAME))

extern "C" {

int pthread_create(pthread_t* made, const pthread_attr_t* how, void* (*body)(void*),
                   void* argument) {
  if (self == nullptr) return real_create()(made, how, body, argument);
  *made = make_thread(self->of, body, argument).real;
  let_others();
  return 0;
}

int pthread_join(pthread_t whom, void** result) {
  NAVA_REAL(pthread_join);
  if (self == nullptr) return real_pthread_join(whom, result);
  for (const auto& each : all->threads) {
    if (::pthread_equal(each->real, whom) == 0) continue;
    virtual_thread& joined = *each;
    while (joined.status != thread_status::ended) (void)wait_for(&joined, never);
    return 0;
  }
  return ESRCH;
}

int pthread_detach(pthread_t whom) {
  NAVA_REAL(pthread_detach);
  return self == nullptr ? real_pthread_detach(whom) : 0;
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  NAVA_REAL(pthread_mutex_lock);
  if (self == nullptr) return real_pthread_mutex_lock(mutex);
  lock(mutex);
  return 0;
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) {
  NAVA_REAL(pthread_mutex_trylock);
  if (self == nullptr) return real_pthread_mutex_trylock(mutex);
  if (all->is_alone) return 0;
  held_lock& held = all->locks[mutex];
  const bool is_recursive = (mutex->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE;
  if (held.by != nullptr && !(held.by == self && is_recursive)) return EBUSY;
  held.by = self;
  ++held.times;
  return 0;
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) {
  NAVA_REAL(pthread_mutex_unlock);
  if (self == nullptr) return real_pthread_mutex_unlock(mutex);
  unlock(mutex);
  let_others();
  return 0;
}

// Nobody goes on in the middle of it.
int pthread_once(pthread_once_t* control, void (*what)()) {
  NAVA_REAL(pthread_once);
  if (self == nullptr || all->is_alone) return real_pthread_once(control, what);
  int code = 0;
  without_others([&] { code = real_pthread_once(control, what); });
  return code;
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  NAVA_REAL(pthread_rwlock_rdlock);
  if (self != nullptr && !all->is_alone) stuck("locks of readers and writers are not virtual");
  return real_pthread_rwlock_rdlock(lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  NAVA_REAL(pthread_rwlock_wrlock);
  if (self != nullptr && !all->is_alone) stuck("locks of readers and writers are not virtual");
  return real_pthread_rwlock_wrlock(lock);
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  NAVA_REAL(pthread_cond_wait);
  if (self == nullptr) return real_pthread_cond_wait(condition, mutex);
  return wait_on_condition(condition, mutex, never);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  NAVA_REAL(pthread_cond_timedwait);
  if (self == nullptr) return real_pthread_cond_timedwait(condition, mutex, until);
  return wait_on_condition(condition, mutex, instant_of(CLOCK_REALTIME, *until));
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  NAVA_REAL(pthread_cond_clockwait);
  if (self == nullptr) return real_pthread_cond_clockwait(condition, mutex, clock, until);
  return wait_on_condition(condition, mutex, instant_of(clock, *until));
}

int pthread_cond_signal(pthread_cond_t* condition) {
  NAVA_REAL(pthread_cond_signal);
  if (self == nullptr) return real_pthread_cond_signal(condition);
  wake_one_that_waits_for(condition);
  let_others();
  return 0;
}

int pthread_cond_broadcast(pthread_cond_t* condition) {
  NAVA_REAL(pthread_cond_broadcast);
  if (self == nullptr) return real_pthread_cond_broadcast(condition);
  wake_all_that_wait_for(condition);
  let_others();
  return 0;
}

// Virtual threads had it from no other.
int pthread_cond_destroy(pthread_cond_t* condition) {
  NAVA_REAL(pthread_cond_destroy);
  return self == nullptr ? real_pthread_cond_destroy(condition) : 0;
}

int nanosleep(const timespec* how_long, timespec* rest) {
  NAVA_REAL(nanosleep);
  if (self == nullptr) return real_nanosleep(how_long, rest);
  sleep_for(how_long->tv_sec * second + how_long->tv_nsec);
  return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* rest) {
  NAVA_REAL(clock_nanosleep);
  if (self == nullptr) return real_clock_nanosleep(clock, flags, time, rest);
  const nanoseconds length = (flags & TIMER_ABSTIME) != 0 ? instant_of(clock, *time) - all->now
                                                          : time->tv_sec * second + time->tv_nsec;
  sleep_for(length);
  return 0;
}

int sched_yield() {
  NAVA_REAL(sched_yield);
  if (self == nullptr) return real_sched_yield();
  pass_on();
  return 0;
}

int clock_gettime(clockid_t clock, timespec* time) {
  NAVA_REAL(clock_gettime);
  if (self == nullptr) return real_clock_gettime(clock, time);
  all->now += look_takes;
  const nanoseconds instant = all->now + begin_of(clock);
  time->tv_sec = instant / second;
  time->tv_nsec = instant % second;
  return 0;
}

ssize_t getrandom(void* bytes, std::size_t size, unsigned flags) {
  NAVA_REAL(getrandom);
  if (self == nullptr) return real_getrandom(bytes, size, flags);
  auto* const to = static_cast<unsigned char*>(bytes);
  for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<unsigned char>(next_random());
  return static_cast<ssize_t>(size);
}
}

std::random_device::result_type std::random_device::_M_getval() {
  using function = result_type(std::random_device*);
  static const auto real =
      reinterpret_cast<function*>(::dlsym(RTLD_NEXT, "_ZNSt13random_device9_M_getvalEv"));
  if (self == nullptr) return real(this);
  return static_cast<result_type>(next_random());
}
