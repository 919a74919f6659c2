// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <sys/random.h>

#include <cerrno>
#include <ctime>
#include <random>

#include "simulation/virtual_threads.hpp"
#include "simulation/virtual_waits.hpp"

// Functions of the C library, for virtual threads and for the others: those of a program stand
// before those of a library.

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#error "sanitizers put their own functions in the place of those that are here"
#endif

namespace virtual_threads = nava::test::virtual_threads;
namespace waits = nava::test::virtual_threads::waits;

namespace {

waits::nanoseconds length_of(const timespec& time) {
  return time.tv_sec * waits::second + time.tv_nsec;
}

waits::nanoseconds instant_of(clockid_t clock, const timespec& time) {
  // What is further away than this never comes.
  constexpr std::int64_t most = waits::never / waits::second / 2;
  return time.tv_sec > most ? waits::never : length_of(time) - waits::offset(clock);
}

}  // namespace

// In the library that stands behind this program.
#define NAVA_REAL(NAME) \
  static const auto real_##NAME = reinterpret_cast<decltype(&NAME)>(::dlsym(RTLD_NEXT, #NAME))

extern "C" {

int pthread_create(pthread_t* made, const pthread_attr_t* attributes, void* (*body)(void*),
                   void* argument) {
  NAVA_REAL(pthread_create);
  if (!waits::is_virtual()) return real_pthread_create(made, attributes, body, argument);
  *made = waits::begin(body, argument);
  virtual_threads::let_others();
  return 0;
}

int pthread_join(pthread_t thread, void** result) {
  NAVA_REAL(pthread_join);
  if (!waits::is_virtual()) return real_pthread_join(thread, result);
  return waits::join(thread) ? 0 : ESRCH;
}

int pthread_detach(pthread_t thread) {
  NAVA_REAL(pthread_detach);
  return !waits::is_virtual() ? real_pthread_detach(thread) : 0;
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  NAVA_REAL(pthread_mutex_lock);
  if (!waits::is_virtual()) return real_pthread_mutex_lock(mutex);
  waits::lock(mutex);
  return 0;
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) {
  NAVA_REAL(pthread_mutex_trylock);
  if (!waits::is_virtual()) return real_pthread_mutex_trylock(mutex);
  return waits::try_lock(mutex) ? 0 : EBUSY;
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) {
  NAVA_REAL(pthread_mutex_unlock);
  if (!waits::is_virtual()) return real_pthread_mutex_unlock(mutex);
  waits::unlock(mutex);
  virtual_threads::let_others();
  return 0;
}

// Nobody goes on in the middle of it.
int pthread_once(pthread_once_t* control, void (*call)()) {
  NAVA_REAL(pthread_once);
  if (!waits::is_virtual() || waits::is_alone()) return real_pthread_once(control, call);
  int code = 0;
  virtual_threads::without_others([&] { code = real_pthread_once(control, call); });
  return code;
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  NAVA_REAL(pthread_rwlock_rdlock);
  if (waits::is_virtual() && !waits::is_alone())
    waits::stuck("locks of readers and writers are not virtual");
  return real_pthread_rwlock_rdlock(lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  NAVA_REAL(pthread_rwlock_wrlock);
  if (waits::is_virtual() && !waits::is_alone())
    waits::stuck("locks of readers and writers are not virtual");
  return real_pthread_rwlock_wrlock(lock);
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  NAVA_REAL(pthread_cond_wait);
  if (!waits::is_virtual()) return real_pthread_cond_wait(condition, mutex);
  return waits::wait(condition, mutex, waits::never);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  NAVA_REAL(pthread_cond_timedwait);
  if (!waits::is_virtual()) return real_pthread_cond_timedwait(condition, mutex, until);
  return waits::wait(condition, mutex, instant_of(CLOCK_REALTIME, *until));
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  NAVA_REAL(pthread_cond_clockwait);
  if (!waits::is_virtual()) return real_pthread_cond_clockwait(condition, mutex, clock, until);
  return waits::wait(condition, mutex, instant_of(clock, *until));
}

int pthread_cond_signal(pthread_cond_t* condition) {
  NAVA_REAL(pthread_cond_signal);
  if (!waits::is_virtual()) return real_pthread_cond_signal(condition);
  waits::wake_one(condition);
  virtual_threads::let_others();
  return 0;
}

int pthread_cond_broadcast(pthread_cond_t* condition) {
  NAVA_REAL(pthread_cond_broadcast);
  if (!waits::is_virtual()) return real_pthread_cond_broadcast(condition);
  waits::wake_all(condition);
  virtual_threads::let_others();
  return 0;
}

// Virtual threads had it from no other.
int pthread_cond_destroy(pthread_cond_t* condition) {
  NAVA_REAL(pthread_cond_destroy);
  return !waits::is_virtual() ? real_pthread_cond_destroy(condition) : 0;
}

int nanosleep(const timespec* length, timespec* rest) {
  NAVA_REAL(nanosleep);
  if (!waits::is_virtual()) return real_nanosleep(length, rest);
  waits::sleep_until(waits::now() + length_of(*length));
  return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* rest) {
  NAVA_REAL(clock_nanosleep);
  if (!waits::is_virtual()) return real_clock_nanosleep(clock, flags, time, rest);
  waits::sleep_until((flags & TIMER_ABSTIME) != 0 ? instant_of(clock, *time)
                                                  : waits::now() + length_of(*time));
  return 0;
}

int sched_yield() {
  NAVA_REAL(sched_yield);
  if (!waits::is_virtual()) return real_sched_yield();
  waits::yield();
  return 0;
}

int clock_gettime(clockid_t clock, timespec* time) {
  NAVA_REAL(clock_gettime);
  if (!waits::is_virtual()) return real_clock_gettime(clock, time);
  const waits::nanoseconds instant = waits::now() + waits::offset(clock);
  time->tv_sec = instant / waits::second;
  time->tv_nsec = instant % waits::second;
  return 0;
}

ssize_t getrandom(void* bytes, std::size_t size, unsigned flags) {
  NAVA_REAL(getrandom);
  if (!waits::is_virtual()) return real_getrandom(bytes, size, flags);
  auto* const to = static_cast<unsigned char*>(bytes);
  for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<unsigned char>(waits::random());
  return static_cast<ssize_t>(size);
}
}

std::random_device::result_type std::random_device::_M_getval() {
  using function = result_type(std::random_device*);
  static const auto real =
      reinterpret_cast<function*>(::dlsym(RTLD_NEXT, "_ZNSt13random_device9_M_getvalEv"));
  if (!waits::is_virtual()) return real(this);
  return static_cast<result_type>(waits::random());
}
