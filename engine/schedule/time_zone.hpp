// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctz/time_zone.h>

#include <chrono>
#include <optional>
#include <string_view>

namespace nava::engine {

/// A zone of the machine's database, and the one place of the engine that knows cctz. A value;
/// thread-safe.
class time_zone {
 public:
  /// Returns nothing for a name that the IANA database of this machine does not have. The database
  /// is read once for each name.
  [[nodiscard]] static std::optional<time_zone> find(std::string_view name);

  /// Returns what the clocks of the zone show.
  [[nodiscard]] std::chrono::local_seconds local(std::chrono::sys_seconds instant) const;

  /// Returns the first instant at which the clocks show `local` or, where they skip it, what comes
  /// after the gap. A later `local` never has an earlier instant.
  [[nodiscard]] std::chrono::sys_seconds first_instant(std::chrono::local_seconds local) const;

  /// Returns an instant after `instant` up to which the offset stays as it is at `instant`: that of
  /// the next change, or an earlier one. Empty where the offset never changes again.
  [[nodiscard]] std::optional<std::chrono::sys_seconds> steady_until(
      std::chrono::sys_seconds instant) const;

 private:
  explicit time_zone(const cctz::time_zone& zone) : zone_(zone) {}

  cctz::time_zone zone_;
};

}  // namespace nava::engine
