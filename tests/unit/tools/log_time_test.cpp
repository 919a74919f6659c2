// SPDX-License-Identifier: Apache-2.0
#include "tools/event_log/log_time.hpp"

#include <nava/schema/text.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::tools;

namespace {

std::string instant(const std::string& text, const std::string& zone) {
  const auto time = parse_log_time(text, find_time_zone(zone));
  return time ? schema::to_text(*time) : "none";
}

}  // namespace

TEST_CASE("log: a time without an offset is read by the clocks of a zone") {
  CHECK(instant("2024-07-01 12:00:00.25", "Europe/Paris") == "2024-07-01T10:00:00.250000Z");
  CHECK(instant("2024-01-01T12:00:00", "Europe/Paris") == "2024-01-01T11:00:00.000000Z");
  CHECK(instant("2024-01-01T12:00:00", "UTC") == "2024-01-01T12:00:00.000000Z");
  // The rules of summer time go on behind the last year that the database lists.
  CHECK(instant("2040-07-01 12:00:00", "Europe/Paris") == "2040-07-01T10:00:00.000000Z");
  // An offset says more than a zone.
  CHECK(instant("2024-07-01 12:00:00Z", "Europe/Paris") == "2024-07-01T12:00:00.000000Z");
  CHECK(instant("2024-07-01 12:00:00", "") == "none");
  CHECK(instant("yesterday", "UTC") == "none");
}

TEST_CASE("log: a time that clocks skip is the first after the gap, one they repeat the first") {
  CHECK(instant("2024-03-31 01:59:59", "Europe/Paris") == "2024-03-31T00:59:59.000000Z");
  CHECK(instant("2024-03-31 02:30:00.5", "Europe/Paris") == "2024-03-31T01:00:00.000000Z");
  CHECK(instant("2024-03-31 03:00:00", "Europe/Paris") == "2024-03-31T01:00:00.000000Z");
  CHECK(instant("2024-10-27 02:30:00.5", "Europe/Paris") == "2024-10-27T00:30:00.500000Z");
  CHECK(instant("2024-10-27 03:00:00", "Europe/Paris") == "2024-10-27T02:00:00.000000Z");
}

TEST_CASE("log: a zone that the machine does not have is none") {
  for (const auto* name : {"Europe/Pariss", "", "../etc/passwd", "/etc/passwd", "libc:localtime"})
    CHECK_FALSE(find_time_zone(name));
}
