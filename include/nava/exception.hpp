// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

/// The root of all exceptions of the library.
namespace nava {

/// Who can end an exception for good.
enum class fault_of {
  caller,      ///< asked for something that is not possible, or not now
  program,     ///< the definition, a handler, the schema or the deployment is wrong
  environment  ///< the database, the network or other sessions
};

/// What every exception of the library answers. Its text is one line that says what to do, without
/// a bound value and without a password. Values of derived types may be copied and kept.
class exception : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;

  /// Whether the same call may succeed later, with nothing changed by the caller.
  [[nodiscard]] virtual bool may_retry() const noexcept { return false; }
  /// False: what the call had to write may be stored or not. Make the same call again: where it was
  /// stored, the answer is `already_applied`. True: nothing was written.
  [[nodiscard]] virtual bool outcome_known() const noexcept { return true; }
  [[nodiscard]] virtual fault_of fault() const noexcept = 0;
};

}  // namespace nava
