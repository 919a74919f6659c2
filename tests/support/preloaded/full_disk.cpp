// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

/// A disk without room, in a program that is begun with this library in LD_PRELOAD: while the file
/// that NAVA_FULL_DISK names is there, no file grows. What is written in place is written, as on a
/// real disk.
namespace {

bool is_full() {
  static const char* const mark = std::getenv("NAVA_FULL_DISK");
  return mark != nullptr && ::access(mark, F_OK) == 0;
}

bool lacks_room(int file, off_t end) {
  struct stat found {};
  const int before = errno;
  const bool lacks =
      is_full() && ::fstat(file, &found) == 0 && S_ISREG(found.st_mode) && end > found.st_size;
  errno = lacks ? ENOSPC : before;
  return lacks;
}

off_t size_of(const iovec* parts, int count) {
  off_t size = 0;
  for (int i = 0; i < count; ++i) size += static_cast<off_t>(parts[i].iov_len);
  return size;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pwrite(int file, const void* data, size_t size, off_t at) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return lacks_room(file, at + static_cast<off_t>(size)) ? -1 : real(file, data, size, at);
}

ssize_t pwrite64(int file, const void* data, size_t size, off64_t at) {
  return pwrite(file, data, size, at);
}

ssize_t pwritev(int file, const iovec* parts, int count, off_t at) {
  static auto* const real = next<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  return lacks_room(file, at + size_of(parts, count)) ? -1 : real(file, parts, count, at);
}

ssize_t pwritev64(int file, const iovec* parts, int count, off64_t at) {
  return pwritev(file, parts, count, at);
}
}
