// SPDX-License-Identifier: Apache-2.0
#include "persistence/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace nava::persistence {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    if (auto registered = spdlog::get("nava")) return registered;
    auto made = spdlog::stderr_color_mt("nava");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *instance;
}

}  // namespace nava::persistence
