// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nava::persistence {

/// The text of one SQL statement, with what a connection needs to run it. A copy has the id of its
/// original: what stands under an id never changes.
class statement {
 public:
  /// No statement: its text is empty.
  statement() = default;

  /// Parameters are written `:name`. `columns` are those of the result, 0 where there is none.
  /// Values go in and come out as text.
  /// A binary statement, on PostgreSQL only, writes its parameters `$1`, in the order of
  /// `parameters`; its values come out in the binary form of the protocol.
  statement(std::string sql, std::vector<std::string> parameters, std::size_t columns,
            bool is_binary = false);

  /// Unique within the process. Connections remember by it what they have prepared, so a statement
  /// need not outlive them. 0: no statement.
  [[nodiscard]] std::uint64_t id() const { return id_; }

  [[nodiscard]] const std::string& sql() const { return sql_; }
  [[nodiscard]] const std::vector<std::string>& parameters() const { return parameters_; }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  [[nodiscard]] bool is_binary() const { return is_binary_; }

 private:
  std::uint64_t id_ = 0;
  std::string sql_;
  std::vector<std::string> parameters_;
  std::size_t columns_ = 0;
  bool is_binary_ = false;
};

/// `value`, cast to a type where one is given. SQLite takes only the first column of a row value
/// for a bound of an index if the others are cast.
[[nodiscard]] std::string cast_to(std::string_view value, std::string_view type);

/// Appends a member to a list in a text of SQL, after `separator` unless it is the first.
void append(std::string& list, std::string_view separator, std::string_view text);

}  // namespace nava::persistence
