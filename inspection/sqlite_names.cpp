// SPDX-License-Identifier: Apache-2.0
#include "inspection/sqlite_names.hpp"

#include <algorithm>

namespace nava::inspection {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool same_on_sqlite(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace nava::inspection
