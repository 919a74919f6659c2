// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/worklist.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/connection/connection.hpp"
#include "persistence/connection/statement.hpp"
#include "persistence/worklist/listed_step.hpp"

/// The statement of a worklist: a walk along the index for each name that the person goes by, all
/// of them merged by what is due first.
namespace nava::persistence {

/// In what the statements of the two databases differ.
struct worklist_dialect {
  std::string row;            ///< a row `c` of listed steps, as JSON
  std::string worklist;       ///< the table
  std::string entries;        ///< one entry `e` of each step, of what stands in place of `{walks}`
  std::string_view is_first;  ///< condition that keeps one entry of each step
  std::string step_join, workflow_join;  ///< the rows `s` and `w` of an entry, found by their keys
  std::string_view uuid, time;           ///< what values are cast to; empty: to nothing
  std::string_view integer;
  std::string_view now;            ///< `:now` where the statement is told
  std::string_view place_of_text;  ///< where `{}` contains `:text`, from 1; else 0
};

/// A checked request: its statement, its arguments, and the place where its next page begins.
class worklist_query {
 public:
  /// Throws error (invalid_input).
  worklist_query(const worklist_request& request, bool counts);

  /// Equal ones have equal statements.
  [[nodiscard]] std::string shape() const;
  [[nodiscard]] statement made_for(const worklist_dialect& dialect) const;
  /// `now`: of a store whose database has no clock.
  [[nodiscard]] std::vector<std::string> arguments(const std::optional<timestamp>& now) const;

  [[nodiscard]] worklist_page page_from(const std::vector<connection::row>& rows) const;

 private:
  struct place {
    std::string rank, due, workflow_id, step_id;
  };

  void expect_own_place(std::string_view text);
  [[nodiscard]] std::string fingerprint() const;
  [[nodiscard]] std::string next_after(const worklist_item& last) const;
  [[nodiscard]] bool walks_in_order() const;
  [[nodiscard]] bool asks_now() const { return asked_.overdue || !asked_.postponed; }
  /// How often an index is walked for users, and for groups.
  [[nodiscard]] std::size_t walked_users() const;
  [[nodiscard]] std::size_t walked_groups() const;
  [[nodiscard]] std::string walks(const worklist_dialect& dialect) const;
  [[nodiscard]] std::string conditions_of_walk(const worklist_dialect& dialect) const;
  [[nodiscard]] std::string conditions(const worklist_dialect& dialect) const;

  worklist_request asked_;
  std::vector<std::string> users_, groups_;  ///< each once, in order
  bool counts_;
  std::size_t limit_;
  std::optional<place> after_;
};

}  // namespace nava::persistence
