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
  /// True: nothing was written. False: what the call had to write may be stored or not. Start, and
  /// deliver of an event with a key, are safe to call again and answer `already_applied`. Before any
  /// other call is repeated, look at what is stored.
  [[nodiscard]] virtual bool outcome_known() const noexcept { return true; }
  [[nodiscard]] virtual fault_of fault() const noexcept = 0;
};

}  // namespace nava
