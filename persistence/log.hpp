// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <memory>

namespace nava::persistence {

/// The logger named `nava`: the application's, if it registered one with spdlog before the
/// first use, else one that writes warnings and worse to standard error. Thread-safe.
[[nodiscard]] spdlog::logger& logger();

}  // namespace nava::persistence
