// SPDX-License-Identifier: Apache-2.0
#include "tools/event_log/log_time.hpp"

#include <cctz/time_zone.h>

#include <nava/schema/text.hpp>

namespace nava::tools {

time_zone find_time_zone(const std::string& name) {
  // Names with a colon are the library's own, and no names of the database.
  cctz::time_zone zone;
  if (name.find(':') != std::string::npos || !cctz::load_time_zone(name, &zone)) return {};
  return [zone](timestamp local) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(local);
    const cctz::civil_second read = cctz::convert(
        cctz::time_point<cctz::seconds>{whole.time_since_epoch()}, cctz::utc_time_zone());
    const auto found = zone.lookup(read);
    if (found.kind == cctz::time_zone::civil_lookup::SKIPPED) return timestamp{found.trans};
    return timestamp{found.pre} + (local - whole);
  };
}

std::optional<timestamp> parse_log_time(std::string_view text, const time_zone& zone) {
  auto time = schema::parse_timestamp(text);
  if (time || !zone) return time;
  const auto local = schema::parse_timestamp(std::string{text} + 'Z');
  if (local) time = zone(*local);
  return time && schema::has_text(*time) ? time : std::nullopt;
}

}  // namespace nava::tools
