// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdlib>
#include <nava/schema/text.hpp>
#include <nava/schema/value_rules.hpp>

namespace nava::schema {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::size_t uuid_text_size = 36;
constexpr std::size_t date_text_size = 10;

// A decimal has at most 18 digits, which 64 bits can count.
constexpr std::int64_t power_of_ten(int exponent) {
  std::int64_t power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

constexpr bool is_hyphen_position(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

// The value of each character; no_digit, a bit that no value has, where it is no digit. A table
// instead of a branch for each digit, because a load parses dozens of uuids.
constexpr std::uint8_t no_digit = 0x80;
constexpr auto hex_values = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::uint8_t value = 0; value < hex_digits.size(); ++value) {
    const char digit = hex_digits[value];
    values[static_cast<unsigned char>(digit)] = value;
    if (digit >= 'a') values[static_cast<unsigned char>(digit - 'a' + 'A')] = value;
  }
  return values;
}();

// Takes digits from the front of a text.
class digit_reader {
 public:
  explicit digit_reader(std::string_view text) : rest_(text) {}

  std::optional<int> number(std::size_t digits) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!is_digit(rest_[i])) return std::nullopt;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }

  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::chrono::microseconds> fraction() {
    constexpr std::size_t digits_max = 9;
    std::size_t digits = 0;
    std::int64_t nanoseconds = 0;
    for (; digits < rest_.size() && is_digit(rest_[digits]); ++digits)
      if (digits < digits_max) nanoseconds = nanoseconds * 10 + (rest_[digits] - '0');
    if (digits == 0 || digits > digits_max) return std::nullopt;
    for (std::size_t i = digits; i < digits_max; ++i) nanoseconds *= 10;
    rest_.remove_prefix(digits);
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::nanoseconds{nanoseconds});
  }

  std::optional<std::chrono::minutes> offset() {
    if (take('Z')) return std::chrono::minutes{0};
    const bool east = take('+');
    if (!east && !take('-')) return std::nullopt;
    const auto hours = number(2);
    if (!hours || *hours > 15) return std::nullopt;
    std::optional<int> minutes = 0;
    const bool colon = take(':');
    if (colon || !rest_.empty()) minutes = number(2);
    if (!minutes || *minutes > 59) return std::nullopt;
    const std::chrono::minutes value{*hours * 60 + *minutes};
    return east ? value : -value;
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view rest_;
};

// Parses a time of any year in UTC.
std::optional<timestamp> parse_any_year(std::string_view text) {
  digit_reader reader{text};
  const auto year = reader.number(4);
  const bool first_hyphen = reader.take('-');
  const auto month = reader.number(2);
  const bool second_hyphen = reader.take('-');
  const auto day = reader.number(2);
  if (!year || !month || !day || !first_hyphen || !second_hyphen) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || (!reader.take('T') && !reader.take(' '))) return std::nullopt;

  const auto hours = reader.number(2);
  const bool first_colon = reader.take(':');
  const auto minutes = reader.number(2);
  const bool second_colon = reader.take(':');
  const auto seconds = reader.number(2);
  if (!hours || !minutes || !seconds || !first_colon || !second_colon) return std::nullopt;
  if (*hours > 23 || *minutes > 59 || *seconds > 59) return std::nullopt;

  std::optional<std::chrono::microseconds> fraction{0};
  if (reader.take('.')) fraction = reader.fraction();
  if (!fraction) return std::nullopt;
  const auto offset = reader.offset();
  if (!offset || !reader.at_end()) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{*hours} + std::chrono::minutes{*minutes} +
         std::chrono::seconds{*seconds} + *fraction - *offset;
}

}  // namespace

std::string to_text(const uuid& value) {
  std::string text(uuid_text_size, '-');
  std::size_t at = 0;
  for (const std::uint8_t byte : value) {
    if (is_hyphen_position(at)) ++at;
    text[at++] = hex_digits[byte >> 4];
    text[at++] = hex_digits[byte & 0xF];
  }
  return text;
}

std::optional<uuid> parse_uuid(std::string_view text) {
  if (text.size() != uuid_text_size) return std::nullopt;
  const auto value_at = [&](std::size_t at) {
    return hex_values[static_cast<unsigned char>(text[at])];
  };
  uuid value{};
  std::size_t at = 0;
  unsigned seen = 0;
  for (std::uint8_t& byte : value) {
    if (is_hyphen_position(at) && text[at++] != '-') return std::nullopt;
    const unsigned high = value_at(at), low = value_at(at + 1);
    seen |= high | low;
    byte = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  if ((seen & no_digit) != 0) return std::nullopt;
  return value;
}

std::string to_text(timestamp value) {
  const auto day = std::chrono::floor<std::chrono::days>(value);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{value - day};
  std::string text = "0000-00-00T00:00:00.000000Z";
  // Every commit formats dozens of times. A formatting library took a third of its CPU time.
  const auto put = [&text](std::size_t first, std::size_t digits, std::int64_t number) {
    for (std::size_t at = first + digits; at-- > first; number /= 10)
      text[at] = static_cast<char>('0' + number % 10);
  };
  put(0, 4, static_cast<int>(date.year()));
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(11, 2, time.hours().count());
  put(14, 2, time.minutes().count());
  put(17, 2, time.seconds().count());
  put(20, 6, time.subseconds().count());
  return text;
}

bool has_text(timestamp value) noexcept {
  constexpr timestamp first = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
  constexpr timestamp beyond = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};
  return value >= first && value < beyond;
}

std::optional<timestamp> parse_timestamp(std::string_view text) {
  const auto parsed = parse_any_year(text);
  return parsed && has_text(*parsed) ? parsed : std::nullopt;
}

std::string to_text(date value) { return to_text(timestamp{value}).substr(0, date_text_size); }

// A day may be too far away to be a time in microseconds.
bool has_text(date value) noexcept {
  return value >= date{std::chrono::year{1} / 1 / 1} &&
         value < date{std::chrono::year{10000} / 1 / 1};
}

std::optional<date> parse_date(std::string_view text) {
  if (!rules::is_date(text)) return std::nullopt;
  const auto part = [&](std::size_t first, std::size_t digits) {
    return rules::number_in(text.substr(first, digits));
  };
  return date{std::chrono::year{static_cast<int>(part(0, 4))} / std::chrono::month{part(5, 2)} /
              std::chrono::day{part(8, 2)}};
}

std::string to_text(const bytes& value) {
  std::string text = "\\x";
  text.reserve(text.size() + 2 * value.size());
  for (const std::byte each : value) {
    const auto octet = std::to_integer<unsigned>(each);
    text += {hex_digits[octet >> 4], hex_digits[octet & 0xF]};
  }
  return text;
}

std::optional<bytes> parse_bytes(std::string_view text) {
  if (!rules::is_hex(text)) return std::nullopt;
  bytes value;
  value.reserve(text.size() / 2 - 1);
  const auto digit_at = [&](std::size_t at) {
    return hex_values[static_cast<unsigned char>(text[at])];
  };
  for (std::size_t at = 2; at < text.size(); at += 2)
    value.push_back(static_cast<std::byte>(digit_at(at) << 4 | digit_at(at + 1)));
  return value;
}

std::string to_decimal_text(std::int64_t units, decimal_size digits) {
  std::string text = std::to_string(std::abs(units));
  const auto scale = static_cast<std::size_t>(digits.scale);
  if (text.size() <= scale) text.insert(0, scale + 1 - text.size(), '0');
  if (scale > 0) text.insert(text.size() - scale, 1, '.');
  return units < 0 ? "-" + text : text;
}

bool has_digits(std::int64_t units, decimal_size digits) noexcept {
  const std::int64_t beyond = power_of_ten(digits.precision);
  return units > -beyond && units < beyond;
}

std::optional<std::int64_t> parse_decimal(std::string_view text, decimal_size digits) {
  if (!rules::is_decimal(text, digits)) return std::nullopt;
  std::int64_t units = 0;
  for (const char c : text)
    if (c != '-' && c != '.') units = units * 10 + (c - '0');
  return text.starts_with('-') ? -units : units;
}

bool is_beyond_the_years(std::string_view text) {
  const auto parsed = parse_any_year(text);
  return parsed && !has_text(*parsed);
}

}  // namespace nava::schema
