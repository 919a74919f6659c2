// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/exception.hpp>
#include <nava/export.hpp>
#include <string>

/// What defining and deciding throw. Nothing was stored; may_retry() is false.
namespace nava::engine {

/// A definition that contradicts itself, or the row stored under its key and revision, or that
/// lacks a step of the workflow; and a schedule that is not well-formed. Thrown where it is built,
/// registered or used.
class NAVA_EXPORT definition_error : public exception {
 public:
  using exception::exception;
  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::program; }
};

/// The call is not allowed now. The text says why and what is allowed.
class NAVA_EXPORT refused : public exception {
 public:
  using exception::exception;
  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::caller; }
};

/// A verb that the status of the workflow or step, the definition or a bound does not allow. A
/// handler that lets it pass rejects its event.
class NAVA_EXPORT action_refused : public refused {
 public:
  using refused::refused;
};

/// A workflow that is PAUSED: the same call may succeed when it is resumed.
class NAVA_EXPORT workflow_paused : public action_refused {
 public:
  using action_refused::action_refused;
  [[nodiscard]] bool may_retry() const noexcept override { return true; }
};

/// A workflow whose definition revision this runtime was not given.
class NAVA_EXPORT unknown_revision : public refused {
 public:
  using refused::refused;
  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::program; }
};

/// A handler, hook or selector asked JSON for a value that is not there or has another type. The
/// text names event, step and, from payload::at(), the key.
class NAVA_EXPORT payload_error : public exception {
 public:
  using exception::exception;
  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::caller; }
};

/// An event that no handler, no workflow or no open step takes, or that several open steps could.
class NAVA_EXPORT event_refused : public refused {
 public:
  using refused::refused;
};

/// An event whose data does not fit the struct that its handler takes. No later delivery can help.
class NAVA_EXPORT data_refused : public refused {
 public:
  using refused::refused;
};

}  // namespace nava::engine
