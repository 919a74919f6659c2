// SPDX-License-Identifier: Apache-2.0
#include "engine/schedule/cron_expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nava/engine/schedule.hpp>
#include <nava/schema/ascii_case.hpp>
#include <span>
#include <vector>

namespace nava::engine {
namespace {

constexpr std::array<std::string_view, 12> months{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                  "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> weekdays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct field_form {
  std::string_view name;
  unsigned first;
  unsigned last;
  std::string_view alternative{};             ///< to a number, as a message says it
  std::span<const std::string_view> names{};  ///< the first of them means `first`
  bool takes_last_day = false;
  bool is_cyclic = false;  ///< `last` means what `first` does
};

constexpr std::array<field_form, 5> forms{
    {{"minute", 0, 59},
     {"hour", 0, 23},
     {"day-of-month", 1, 31, " and not L", {}, true},
     {"month", 1, 12, " and no name in JAN-DEC", months},
     {"day-of-week", 0, 7, " and no name in SUN-SAT", weekdays, false, true}}};

constexpr std::string_view field_names = "minute hour day-of-month month day-of-week";

struct nickname {
  std::string_view name;
  std::string_view expression;
};
constexpr std::array<nickname, 7> nicknames{{{"@hourly", "0 * * * *"},
                                             {"@daily", "0 0 * * *"},
                                             {"@midnight", "0 0 * * *"},
                                             {"@weekly", "0 0 * * 0"},
                                             {"@monthly", "0 0 1 * *"},
                                             {"@yearly", "0 0 1 1 *"},
                                             {"@annually", "0 0 1 1 *"}}};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  constexpr std::string_view blanks = " \t";
  for (std::size_t begin = text.find_first_not_of(blanks); begin != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(blanks, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(blanks, end);
  }
  return words;
}

[[noreturn]] void refuse(std::string_view expression, const std::string& reason) {
  throw definition_error{fmt::format("cron '{}': {}", expression, reason)};
}

// Reads one field of an expression; each function throws at the first contradiction.
class field_reader {
 public:
  field_reader(std::string_view expression, const field_form& form)
      : expression_(expression), form_(form) {}

  cron_field read(std::string_view text) {
    field_.begins_with_star = text.starts_with('*');
    for (const std::string_view entry : split(text, ',')) read_entry(text, entry);
    return field_;
  }

 private:
  struct range {
    unsigned first;
    unsigned last;
  };

  [[noreturn]] void fail(const std::string& reason) const {
    refuse(expression_, fmt::format("{} {}", form_.name, reason));
  }

  void read_entry(std::string_view text, std::string_view entry) {
    const std::size_t slash = entry.find('/');
    const bool has_step = slash != std::string_view::npos;
    const std::string_view values = entry.substr(0, slash);
    if (values.empty() || values.front() == '-' || values.back() == '-')
      fail(fmt::format("'{}' lacks a value", text));
    if (form_.takes_last_day && schema::are_same_but_for_case(values, "L")) {
      if (has_step) fail(fmt::format("{}: L takes no step", entry));
      set(cron_rule::last_day);
      return;
    }
    const auto [first, last] = read_range(values);
    const unsigned step = has_step ? read_step(entry, entry.substr(slash + 1)) : 1;
    if (has_step && values.find_first_of("*-") == std::string_view::npos)
      fail(fmt::format("{} has a step and no range; write {}-{}/{}", entry, values, form_.last,
                       step));
    for (unsigned value = first; value <= last; value += step)
      set(form_.is_cyclic ? value % form_.last : value);
  }

  unsigned read_step(std::string_view entry, std::string_view text) const {
    const auto step = read_number(text);
    if (!step || *step < 1 || *step > form_.last)
      fail(fmt::format("{} has a step that is not in 1-{}", entry, form_.last));
    return *step;
  }

  range read_range(std::string_view text) const {
    if (text == "*") return {form_.first, form_.last};
    const std::size_t dash = text.find('-');
    unsigned first = read_value(text.substr(0, dash));
    if (dash == std::string_view::npos) return {first, first};
    unsigned last = read_value(text.substr(dash + 1));
    if (form_.is_cyclic && last == form_.first && first > last) last = form_.last;
    if (form_.is_cyclic && first == form_.last && last < first) first = form_.first;
    if (last < first)
      fail(fmt::format("{} runs backwards; write {}-{},{}-{}", text, first,
                       form_.is_cyclic ? form_.last - 1 : form_.last, form_.first, last));
    return {first, last};
  }

  unsigned read_value(std::string_view text) const {
    const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
    if (!is_number) return read_name(text);
    const auto value = read_number(text);
    if (!value || *value < form_.first || *value > form_.last)
      fail(fmt::format("{} is not in {}-{}", text, form_.first, form_.last));
    return *value;
  }

  unsigned read_name(std::string_view text) const {
    for (unsigned i = 0; i < form_.names.size(); ++i)
      if (schema::are_same_but_for_case(text, form_.names[i])) return form_.first + i;
    fail(fmt::format("'{}' is no number in {}-{}{}", text, form_.first, form_.last,
                     form_.alternative));
  }

  static std::optional<unsigned> read_number(std::string_view text) {
    unsigned value = 0;
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || at != end) return {};
    return value;
  }

  void set(unsigned value) { field_.values |= std::uint64_t{1} << value; }

  std::string_view expression_;
  const field_form& form_;
  cron_field field_{};
};

// Whether a month of the rule has a day of the rule. Over the years each date has each weekday, and
// 29 February comes.
bool has_a_date(const cron_rule& rule) {
  constexpr std::array<unsigned, 12> longest{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (rule.day_of_month.has(cron_rule::last_day)) return true;
  for (unsigned month = 1; month <= longest.size(); ++month)
    for (unsigned day = 1; rule.month.has(month) && day <= longest[month - 1]; ++day)
      if (rule.day_of_month.has(day)) return true;
  return false;
}

void check_length(std::string_view expression) {
  if (expression.size() > cron_bytes_max)
    throw definition_error{fmt::format("a cron expression has {} bytes; write at most {}",
                                       expression.size(), cron_bytes_max)};
  // What the messages quote can be shown.
  if (std::any_of(expression.begin(), expression.end(),
                  [](char c) { return c != '\t' && (c < ' ' || c > '~'); }))
    throw definition_error{"a cron expression has a character that is not printable ASCII"};
}

std::string_view expression_of_nickname(std::string_view text) {
  for (const auto& [name, expression] : nicknames)
    if (schema::are_same_but_for_case(text, name)) return expression;
  std::vector<std::string_view> known;
  for (const auto& each : nicknames) known.push_back(each.name);
  refuse(text, fmt::format("take one of {}", fmt::join(known, ", ")));
}

}  // namespace

cron_expression parse_cron(std::string_view expression) {
  check_length(expression);
  auto words = words_of(expression);
  std::string text = fmt::format("{}", fmt::join(words, " "));
  if (words.size() == 1 && text.front() == '@') words = words_of(expression_of_nickname(text));
  if (words.size() != forms.size())
    refuse(text, fmt::format("it has {} fields; write 5: {}", words.size(), field_names));
  cron_rule rule;
  const std::array fields{&rule.minute, &rule.hour, &rule.day_of_month, &rule.month,
                          &rule.day_of_week};
  for (std::size_t i = 0; i < forms.size(); ++i)
    *fields[i] = field_reader{text, forms[i]}.read(words[i]);
  const bool runs_by_weekday =
      !rule.day_of_month.begins_with_star && !rule.day_of_week.begins_with_star;
  if (!runs_by_weekday && !has_a_date(rule))
    refuse(text, fmt::format("day-of-month {} never comes in month {}", words[2], words[3]));
  return {std::move(text), rule};
}

}  // namespace nava::engine
