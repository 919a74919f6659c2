// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/exception.hpp>
#include <string>

namespace nava::engine {

/// A definition that contradicts itself, or what is stored under its key and revision.
/// A mistake of the program; thrown where the definition is built or registered.
class definition_error : public exception {
 public:
  using exception::exception;
  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::program; }
};

/// What was asked for is not allowed now; nothing was stored. The text says why and what is
/// allowed.
class refused : public exception {
 public:
  using exception::exception;
  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::caller; }
};

/// An action outside the workflow's status, the step's status or the step's transitions. A
/// handler that lets it pass rejects its event.
class action_refused : public refused {
 public:
  using refused::refused;
};

/// A workflow whose definition revision this runtime was not given: a mistake of the program
/// or its deployment, found when the workflow is due.
class unknown_revision : public refused {
 public:
  using refused::refused;
  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::program; }
};

/// A value that a handler, hook or selector took out of JSON, and that is not there or of another
/// kind. The text names event, step and, where Nava can know it, the key.
class payload_error : public exception {
 public:
  using exception::exception;
  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::caller; }
};

/// An event that no handler, no workflow or no open step takes.
class event_refused : public refused {
 public:
  using refused::refused;
};

}  // namespace nava::engine
