// SPDX-License-Identifier: Apache-2.0
#include "persistence/connection/statement.hpp"

#include <atomic>
#include <utility>

namespace nava::persistence {
namespace {

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

}  // namespace

statement::statement(std::string sql, std::vector<std::string> parameters, std::size_t columns,
                     bool is_binary)
    : id_(next_id()),
      sql_(std::move(sql)),
      parameters_(std::move(parameters)),
      columns_(columns),
      is_binary_(is_binary) {}

std::string cast_to(std::string_view value, std::string_view type) {
  return type.empty() ? std::string{value}
                      : std::string{"cast("}.append(value).append(" AS ").append(type).append(")");
}

void append(std::string& list, std::string_view separator, std::string_view text) {
  list.append(list.empty() ? "" : separator).append(text);
}

}  // namespace nava::persistence
