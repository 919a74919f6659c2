// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <memory>

namespace nava::persistence {

/// `given`; where it is null, the logger that the application registered as `nava`, or one that
/// writes warnings and errors to standard error. Thread-safe.
[[nodiscard]] std::shared_ptr<spdlog::logger> logger_or_default(
    std::shared_ptr<spdlog::logger> given = {});

}  // namespace nava::persistence
