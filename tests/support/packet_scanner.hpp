// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace nava::test {

enum class packet { other, startup, request, answer_end, malformed };

struct segment {
  std::size_t bytes = 0;
  packet ends_in = packet::other;
};

inline std::uint32_t big_endian(const unsigned char* from) {
  return std::uint32_t{from[0]} << 24 | std::uint32_t{from[1]} << 16 | std::uint32_t{from[2]} << 8 |
         std::uint32_t{from[3]};
}

/// Follows packet boundaries in one direction of a connection, however the bytes are cut up.
class packet_scanner {
 public:
  enum class side { client, server };

  explicit packet_scanner(side from)
      : from_(from), header_bytes_(from == side::client ? startup_header : typed_header) {}

  /// Takes bytes up to the end of the first packet that matters (any kind but `other`), or all.
  segment take(std::span<const char> bytes) {
    std::size_t used = 0;
    while (used < bytes.size()) {
      used += advance(bytes.subspan(used));
      if (broken_) return {used, packet::malformed};
      if (have_ < header_bytes_ || body_left_ > 0) continue;
      const packet kind = finish_packet();
      if (kind != packet::other) return {used, kind};
    }
    return {used, packet::other};
  }

  /// Whether the bytes taken end within a request.
  bool in_request() const { return header_bytes_ == typed_header && have_ > 0 && is_request(); }

 private:
  static constexpr std::uint32_t max_startup_bytes = 10'000;
  static constexpr std::size_t startup_header = 8;
  static constexpr std::size_t typed_header = 5;
  static constexpr std::uint32_t cancel_code = 80877102;
  static constexpr std::uint32_t protocol_3 = 3 << 16;

  bool is_request() const {
    return from_ == side::client && (header_[0] == 'Q' || header_[0] == 'S' || header_[0] == 'F');
  }

  bool is_ready_for_query() const { return header_[0] == 'Z'; }

  std::size_t advance(std::span<const char> bytes) {
    if (have_ == header_bytes_) {
      const std::size_t count = std::min(body_left_, bytes.size());
      body_left_ -= count;
      return count;
    }
    const std::size_t count = std::min(header_bytes_ - have_, bytes.size());
    std::memcpy(header_.data() + have_, bytes.data(), count);
    have_ += count;
    if (have_ == header_bytes_) read_length();
    return count;
  }

  void read_length() {
    const bool typed = header_bytes_ == typed_header;
    const std::uint32_t length = big_endian(header_.data() + (typed ? 1 : 0));
    const std::uint32_t least = typed ? 4 : startup_header;
    broken_ = length < least || (!typed && length > max_startup_bytes);
    body_left_ = broken_ ? 0 : length - least;
  }

  packet finish_packet() {
    have_ = 0;
    if (header_bytes_ == startup_header) return finish_startup();
    if (from_ == side::server) return is_ready_for_query() ? packet::answer_end : packet::other;
    return is_request() ? packet::request : packet::other;
  }

  packet finish_startup() {
    const std::uint32_t code = big_endian(header_.data() + 4);
    if (code == cancel_code) return packet::other;
    if (code != protocol_3) return packet::malformed;
    header_bytes_ = typed_header;
    return packet::startup;
  }

  side from_;
  std::size_t header_bytes_;
  std::array<unsigned char, startup_header> header_{};
  std::size_t have_ = 0;
  std::size_t body_left_ = 0;
  bool broken_ = false;
};

}  // namespace nava::test
