// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/workflow_list.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "persistence/connection/connection.hpp"
#include "persistence/connection/statement.hpp"

/// The statement of a list of workflows: a walk along one index, and filters on its way.
namespace nava::persistence {

/// In what the statements of the two databases differ.
struct list_dialect {
  std::string row;                    ///< a row `w` of workflow, as JSON
  std::string workflow, participant;  ///< the tables
  std::string_view uuid, time, text;  ///< what parameters are cast to; empty: to nothing
  std::string_view integer;
  std::string_view has_status;  ///< condition on `w.status` and the JSON array `:statuses`
  /// Ends a subquery that must run for each row: PostgreSQL would rather collect all of it first.
  std::string_view for_each;
  std::string_view has_tag;         ///< condition on `w.usr_tag` and `:tag`
  std::string is_under_legal_hold;  ///< condition on `w.sys_tag`
};

/// A checked request: its statement, its arguments, and the places around its page.
class list_query {
 public:
  /// Throws error (invalid_input).
  explicit list_query(const list_request& request);

  /// Equal ones have equal statements. There are few: filters are not in it.
  [[nodiscard]] std::string shape() const;
  [[nodiscard]] statement made_for(const list_dialect& dialect) const;
  [[nodiscard]] std::vector<connection::argument> arguments() const;

  /// Whether the page before a place is asked for.
  [[nodiscard]] bool goes_back() const { return goes_back_; }
  [[nodiscard]] list_page page_from(std::vector<schema::workflow> found) const;

 private:
  enum class walk { id, finished, owner, open, company };

  struct sort_keys {
    std::string finished, id;
  };

  void add_time(std::string name, const std::optional<timestamp>& bound);
  [[nodiscard]] walk chosen_walk() const;
  [[nodiscard]] sort_keys keys_at(std::string_view place) const;
  [[nodiscard]] std::string_view walked_column() const;
  [[nodiscard]] std::string walked(const list_dialect& dialect) const;
  [[nodiscard]] std::string filters(const list_dialect& dialect) const;
  [[nodiscard]] bool is_backward() const { return asked_.newest_first != goes_back_; }

  list_request asked_;
  std::size_t limit_;
  bool goes_back_;  ///< from the place towards the begin of the list
  walk walk_;
  std::optional<sort_keys> place_;
  /// By parameter, in the order of the statement's.
  std::vector<std::pair<std::string, std::optional<std::string>>> values_;
};

}  // namespace nava::persistence
