// SPDX-License-Identifier: Apache-2.0
#include "support/failing_disk.hpp"

#include <sqlite3.h>

#include <mutex>
#include <stdexcept>
#include <utility>

namespace nava::test {
namespace {

using way = failing_disk::way;

struct faults {
  std::mutex mutex;
  bool armed = false, failed = false;
  std::size_t left = 0;
  way how = way::not_done;
} state;

sqlite3_vfs* real_disk = nullptr;
sqlite3_vfs shim;

// What SQLite allocates for a file; that of the real disk follows it.
struct shim_file {
  sqlite3_file base;
  [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<shim_file*>(file)->real(); }

bool fails(way& how) {
  const std::lock_guard lock{state.mutex};
  if (!state.armed || (state.left > 0 && --state.left > 0)) return false;
  state.failed = true;
  how = state.how;
  if (how != way::for_good) state.armed = false;
  return true;
}

// Runs `call`, and `half` in its place where it is torn, unless it is to fail before.
template <class Call, class Half>
int attempt(int code, Call call, Half half) {
  way how{};
  if (!fails(how)) return call();
  if (how == way::done) (void)call();
  if (how == way::torn) {
    half();
    return SQLITE_FULL;
  }
  return code;
}

template <class Call>
int attempt(int code, Call call) {
  return attempt(code, call, [] {});
}

int close_file(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }

int read(sqlite3_file* file, void* to, int amount, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), to, amount, offset);
}

int write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  const auto some = [&](int bytes) {
    return real(file)->pMethods->xWrite(real(file), from, bytes, offset);
  };
  return attempt(
      SQLITE_IOERR_WRITE, [&] { return some(amount); }, [&] { (void)some(amount / 2); });
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return attempt(SQLITE_IOERR_TRUNCATE,
                 [&] { return real(file)->pMethods->xTruncate(real(file), size); });
}

int sync(sqlite3_file*, int) {
  return attempt(SQLITE_IOERR_FSYNC, [] { return SQLITE_OK; });
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}

int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }

int unlock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xUnlock(real(file), level);
}

int check_reserved_lock(sqlite3_file* file, int* is_locked) {
  return real(file)->pMethods->xCheckReservedLock(real(file), is_locked);
}

int file_control(sqlite3_file* file, int verb, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), verb, argument);
}

int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }

int device_characteristics(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

int shm_map(sqlite3_file* file, int page, int size, int extends, void volatile** mapped) {
  const auto map = [&](int grows) {
    return real(file)->pMethods->xShmMap(real(file), page, size, grows, mapped);
  };
  // Only growth is counted: a part that is there already is mapped without it.
  if (extends != 0 && map(0) == SQLITE_OK && *mapped != nullptr) return SQLITE_OK;
  return extends == 0 ? map(0) : attempt(SQLITE_IOERR_SHMSIZE, [&] { return map(extends); });
}

int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }

int shm_unmap(sqlite3_file* file, int deletes) {
  return real(file)->pMethods->xShmUnmap(real(file), deletes);
}

// Version 2: without memory-mapped reading, which would go past the shim.
constexpr sqlite3_io_methods methods{2,
                                     close_file,
                                     read,
                                     write,
                                     truncate,
                                     sync,
                                     file_size,
                                     lock,
                                     unlock,
                                     check_reserved_lock,
                                     file_control,
                                     sector_size,
                                     device_characteristics,
                                     shm_map,
                                     shm_lock,
                                     shm_barrier,
                                     shm_unmap,
                                     nullptr,
                                     nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* opened_as) {
  file->pMethods = nullptr;
  const int code = real_disk->xOpen(real_disk, name, real(file), flags, opened_as);
  if (real(file)->pMethods != nullptr) file->pMethods = &methods;
  return code;
}

int delete_file(sqlite3_vfs*, const char* name, int syncs) {
  return attempt(SQLITE_IOERR_DELETE, [&] { return real_disk->xDelete(real_disk, name, syncs); });
}

}  // namespace

failing_disk::failing_disk() {
  real_disk = sqlite3_vfs_find(nullptr);
  shim = *real_disk;
  shim.zName = "nava-failing-disk";
  shim.pNext = nullptr;
  shim.szOsFile = static_cast<int>(sizeof(shim_file)) + real_disk->szOsFile;
  shim.xOpen = open_file;
  shim.xDelete = delete_file;
  if (sqlite3_vfs_register(&shim, 1) != SQLITE_OK) throw std::runtime_error{"vfs_register"};
}

failing_disk::~failing_disk() {
  (void)heal();
  sqlite3_vfs_unregister(&shim);
  sqlite3_vfs_register(real_disk, 1);
}

void failing_disk::fail(std::size_t number, way how) {
  const std::lock_guard lock{state.mutex};
  state.armed = true;
  state.failed = false;
  state.left = number;
  state.how = how;
}

bool failing_disk::heal() {
  const std::lock_guard lock{state.mutex};
  state.armed = false;
  return std::exchange(state.failed, false);
}

}  // namespace nava::test
