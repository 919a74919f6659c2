// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "persistence/connection.hpp"

/// The SQL of the SQLite store, made once from the description of the tables. There is no
/// network to save a round trip on, so a unit of work is one statement per part with rows.
namespace nava::persistence::sqlite {

struct statement_set {
  statement_set();

  statement begin;
  statement commit;
  statement create_root;            ///< rows -> id, if the workflow was new
  statement move_root;              ///< row, id, revision -> id, if the revision was the one read
  std::vector<statement> children;  ///< rows; in the order of child_parts()
  statement was_applied;            ///< id, seq, transaction id -> a row if that event is stored
  statement load_by_id;             ///< id, event key -> state as JSON, event applied
  statement load_by_resource;
  statement history;               ///< id -> JSON
  statement erase;                 ///< id -> id, if it was there
  statement count_rows;            ///< id -> table, rows
  statement list;                  ///< wfdef key, status, after, limit -> workflow as JSON
  statement register_definitions;  ///< rows
  statement definition;            ///< key, revision -> definition as JSON
};

}  // namespace nava::persistence::sqlite
