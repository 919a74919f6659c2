// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <chrono>
#include <nava/workflow/id.hpp>
#include <string>

namespace nava {
namespace {

using std::chrono::milliseconds;

// RFC 9562, 5.7: 48 bits of milliseconds, the version, the variant, and `filling` elsewhere.
uuid version_7(std::uint64_t since_epoch, uuid filling) {
  for (std::size_t i = 6; i-- > 0; since_epoch >>= 8)
    filling.data[i] = static_cast<std::uint8_t>(since_epoch);
  filling.data[6] = static_cast<std::uint8_t>((filling.data[6] & 0x0F) | 0x70);
  filling.data[8] = static_cast<std::uint8_t>((filling.data[8] & 0x3F) | 0x80);
  return filling;
}

// Milliseconds, then 12 bits of their fraction (RFC 9562, 6.2, method 3); never the same or a
// smaller number twice in this process.
std::uint64_t next_tick() {
  static std::atomic<std::uint64_t> last{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto whole = std::chrono::floor<milliseconds>(now);
  const auto fraction = std::chrono::duration_cast<std::chrono::nanoseconds>(now - whole);
  const auto tick = static_cast<std::uint64_t>(whole.count()) << 12 |
                    static_cast<std::uint64_t>(fraction.count()) * 4096 / 1'000'000;
  std::uint64_t before = last.load();
  while (!last.compare_exchange_weak(before, std::max(tick, before + 1))) {
  }
  return std::max(tick, before + 1);
}

}  // namespace

uuid new_id() {
  // Reads the system's entropy at each call: no state that a fork could repeat.
  static thread_local boost::uuids::random_generator_pure random;
  const std::uint64_t tick = next_tick();
  uuid filling = random();
  filling.data[6] = static_cast<std::uint8_t>(tick >> 8 & 0x0F);
  filling.data[7] = static_cast<std::uint8_t>(tick);
  return version_7(tick >> 12, filling);
}

uuid derived_id(timestamp now, const uuid& transaction_id, std::uint64_t ordinal) {
  const boost::uuids::name_generator_sha1 named{transaction_id};
  const auto since_epoch = std::chrono::floor<milliseconds>(now.time_since_epoch());
  uuid filling = named(std::to_string(ordinal));
  // Rows of one decision are in its order, as far as twelve bits can tell.
  const std::uint64_t place = std::min<std::uint64_t>(ordinal, 4095);
  filling.data[6] = static_cast<std::uint8_t>(place >> 8);
  filling.data[7] = static_cast<std::uint8_t>(place);
  return version_7(static_cast<std::uint64_t>(since_epoch.count()), filling);
}

timestamp time_of(const uuid& id) {
  std::int64_t since_epoch = 0;
  for (std::size_t i = 0; i < 6; ++i) since_epoch = since_epoch << 8 | id.data[i];
  return timestamp{milliseconds{since_epoch}};
}

std::int64_t first_revision(const uuid& transaction_id) {
  constexpr int bits = 52;
  const uuid random = boost::uuids::name_generator_sha1{transaction_id}("revision");
  std::uint64_t number = 0;
  // Behind the bits of version and variant.
  for (std::size_t i = 9; i < random.size(); ++i) number = number << 8 | random.data[i];
  return static_cast<std::int64_t>(number & ((std::uint64_t{1} << bits) - 1)) + 1;
}

// A `#` of the key is doubled. So where the last run of them is odd, its last one stands before an
// ordinal, and no two steps have one name. Keys without `#` need nothing.
uuid step_id(const uuid& workflow_id, std::string_view step_key, std::uint64_t ordinal) {
  const boost::uuids::name_generator_sha1 named{workflow_id};
  std::string name;
  name.reserve(step_key.size() + 8);
  for (const char c : step_key) name.append(c == '#' ? 2 : 1, c);
  if (ordinal > 1) name.append("#").append(std::to_string(ordinal));
  return named(name);
}

}  // namespace nava
