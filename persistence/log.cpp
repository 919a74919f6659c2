// SPDX-License-Identifier: Apache-2.0
#include "persistence/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace nava::persistence {

std::shared_ptr<spdlog::logger> logger_or_default(std::shared_ptr<spdlog::logger> given) {
  if (given) return given;
  if (auto registered = spdlog::get("nava")) return registered;
  // Not registered: the name is the application's to give.
  static const std::shared_ptr<spdlog::logger> fallback = [] {
    auto made = std::make_shared<spdlog::logger>(
        "nava", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return fallback;
}

}  // namespace nava::persistence
