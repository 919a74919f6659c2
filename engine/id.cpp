// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <chrono>
#include <nava/engine/id.hpp>
#include <string>

namespace nava::engine {
namespace {

// RFC 9562, 5.7: 48 bits of milliseconds, the version, the variant, and `filling` elsewhere.
uuid version_7(std::chrono::milliseconds since_epoch, uuid filling) {
  auto milliseconds = static_cast<std::uint64_t>(since_epoch.count());
  for (std::size_t i = 6; i-- > 0; milliseconds >>= 8)
    filling.data[i] = static_cast<std::uint8_t>(milliseconds);
  filling.data[6] = static_cast<std::uint8_t>((filling.data[6] & 0x0F) | 0x70);
  filling.data[8] = static_cast<std::uint8_t>((filling.data[8] & 0x3F) | 0x80);
  return filling;
}

}  // namespace

uuid new_id() {
  // Reads the system's entropy at each call: no state that a fork could repeat.
  static thread_local boost::uuids::random_generator_pure random;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return version_7(std::chrono::floor<std::chrono::milliseconds>(now), random());
}

uuid derived_id(timestamp now, const uuid& transaction_id, std::uint64_t ordinal) {
  const boost::uuids::name_generator_sha1 named{transaction_id};
  return version_7(std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()),
                   named(std::to_string(ordinal)));
}

uuid step_id(const uuid& workflow_id, std::string_view step_key, std::uint64_t ordinal) {
  const boost::uuids::name_generator_sha1 named{workflow_id};
  std::string name{step_key};
  if (ordinal > 1) name.append("#").append(std::to_string(ordinal));
  return named(name);
}

}  // namespace nava::engine
