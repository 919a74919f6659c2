// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <stdexcept>

namespace nava {

/// Whose change ends the failure for good.
enum class fault_of {
  caller,      ///< asked for something that is not possible, or not now
  program,     ///< the definition, a handler, the schema or the deployment is wrong
  environment  ///< the database, the network or other sessions
};

/// The root of the exceptions of a store and a runtime. What handlers, selectors and the clock of
/// an application throw, and std::bad_alloc, pass through as they are. what() says what to do; it
/// holds names, keys and ids, but no payload and no password. A value: threads may read one object.
class NAVA_EXPORT exception : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;

  /// Returns whether the same call may succeed later, with nothing changed by the caller.
  [[nodiscard]] virtual bool may_retry() const noexcept { return false; }
  /// Returns true where the transaction that failed wrote nothing. Earlier transactions of the call
  /// stay: other workflows of a deliver, batches of a purge. False: it may be stored or not. Then
  /// start, deliver of an event with a key, and calls of a store with the same unit_of_work may be
  /// repeated: they answer `already_applied`. Before another call, look at what is stored.
  [[nodiscard]] virtual bool outcome_known() const noexcept { return true; }
  /// Returns whose change ends the failure for good. It says nothing of
  /// may_retry(): workflow_paused is a failure of the caller, and may be retried.
  [[nodiscard]] virtual fault_of fault() const noexcept = 0;
};

}  // namespace nava
