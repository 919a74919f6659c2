// SPDX-License-Identifier: Apache-2.0
#include "tools/terminal/text_width.hpp"

#include <wchar.h>

#include <algorithm>
#include <clocale>
#include <cwchar>

namespace nava::tools {
namespace {

// Makes this thread read UTF-8, whatever the locale of the terminal is. Where the library lacks
// even C.UTF-8, each byte is a character.
class utf8_locale {
 public:
  utf8_locale() {
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8 != nullptr) before_ = uselocale(utf8);
  }
  utf8_locale(const utf8_locale&) = delete;
  utf8_locale& operator=(const utf8_locale&) = delete;
  ~utf8_locale() {
    if (before_ != nullptr) uselocale(before_);
  }

 private:
  locale_t before_ = nullptr;
};

struct character {
  std::string_view bytes;
  std::size_t columns = 1;
  bool is_harmless = true;
};

bool is_harmless(wchar_t code) {
  const bool is_control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool breaks_lines = code == 0x2028 || code == 0x2029;
  const bool turns_direction = code == 0x200E || code == 0x200F ||
                               (code >= 0x202A && code <= 0x202E) ||
                               (code >= 0x2066 && code <= 0x2069);
  return !is_control && !breaks_lines && !turns_direction;
}

template <class Visit>
void for_each_character(std::string_view text, Visit visit) {
  const utf8_locale locale;
  while (!text.empty()) {
    std::mbstate_t state{};
    wchar_t code = 0;
    const std::size_t read = std::mbrtowc(&code, text.data(), text.size(), &state);
    const bool is_read = read > 0 && read <= text.size();
    character next{text.substr(0, is_read ? read : 1), 1, is_read && is_harmless(code)};
    // A character that is newer than the library has no width there.
    if (is_read) next.columns = static_cast<std::size_t>(std::max(0, wcwidth(code)));
    if (is_read && wcwidth(code) < 0) next.columns = 1;
    visit(next);
    text.remove_prefix(next.bytes.size());
  }
}

// The front of `text` that takes at most `columns`, but at least a character.
std::string_view front(std::string_view text, std::size_t columns) {
  std::size_t taken = 0, bytes = 0;
  bool is_full = false;
  for_each_character(text, [&](const character& next) {
    is_full = is_full || (bytes > 0 && taken + next.columns > columns);
    if (is_full) return;
    taken += next.columns;
    bytes += next.bytes.size();
  });
  return text.substr(0, bytes);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  for_each_character(text, [&](const character& next) {
    result += next.is_harmless ? next.bytes : std::string_view{"?"};
  });
  return result;
}

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  for_each_character(text, [&](const character& next) { columns += next.columns; });
  return columns;
}

std::string cut(std::string_view text, std::size_t columns) {
  if (width(text) <= columns) return std::string{text};
  return std::string{columns > 1 ? front(text, columns - 1) : std::string_view{}} + "…";
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  while (width(text) > columns) {
    std::string_view line = front(text, columns);
    std::size_t next = line.size();
    // A blank after the line ends it as one within it does.
    const std::size_t blank = text.substr(0, next + 1).rfind(' ');
    if (blank != std::string_view::npos && blank > 0) {
      line = text.substr(0, blank);
      next = blank + 1;
    }
    lines.emplace_back(line);
    text.remove_prefix(next);
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

}  // namespace nava::tools
