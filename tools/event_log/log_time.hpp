// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nava/schema/types.hpp>
#include <optional>
#include <string>
#include <string_view>

/// Times of a log that say no offset, and the time zone that they are meant in.
namespace nava::tools {

/// From the time on a wall to the instant; see find_time_zone().
using time_zone = std::function<timestamp(timestamp local)>;

/// A zone of the machine's time zone database, such as `Europe/Paris`, or `UTC`; nothing where it
/// has none of that name. A time that the clocks skipped is the first instant after the gap; of the
/// two instants of a time that they showed twice it is the first.
[[nodiscard]] time_zone find_time_zone(const std::string& name);

/// A time as schema::parse_timestamp() reads it, or one without an offset if there is a `zone`.
[[nodiscard]] std::optional<timestamp> parse_log_time(std::string_view text, const time_zone& zone);

}  // namespace nava::tools
