// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace nava::test {

/// A disk below every SQLite file that is opened while it lives, which fails when it is told to.
/// It counts the calls that change a file: writes, truncations, syncs, deletions, and growth of
/// the index of a log. It syncs nothing, so that tests are quick. One at a time; it outlives the
/// connections that are opened on it. Thread-safe.
class failing_disk {
 public:
  enum class way {
    not_done,  ///< one call fails, and has changed nothing
    torn,      ///< one call fails for lack of space, and a write is half done
    done,      ///< one call fails, and has been done all the same
    for_good   ///< every call from that one on fails, and changes nothing
  };

  failing_disk();
  failing_disk(const failing_disk&) = delete;
  failing_disk& operator=(const failing_disk&) = delete;
  ~failing_disk();

  /// The call that fails, counted from 1 from now on.
  void fail(std::size_t number, way how);
  /// Nothing fails from now on. Returns whether something has.
  bool heal();
};

}  // namespace nava::test
