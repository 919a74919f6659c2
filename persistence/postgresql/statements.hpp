// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "persistence/connection.hpp"

/// The SQL of the PostgreSQL store, made once from the description of the tables. Every
/// statement of the hot path is one round trip.
namespace nava::persistence::postgresql {

struct statement_set {
  explicit statement_set(std::string_view schema);

  statement create;       ///< unit document -> id, if the workflow was new
  statement commit;       ///< unit document -> id, if the revision was the one read
  statement was_applied;  ///< id, seq, transaction id -> a row if that event is stored
  statement load_by_id;   ///< id, event key -> state as JSON, event applied
  statement load_by_resource;
  statement history;               ///< id -> JSON
  statement erase;                 ///< id -> id, if it was there
  statement count_rows;            ///< id -> table, rows
  statement list;                  ///< wfdef key, status, after, limit -> workflow as JSON
  statement register_definitions;  ///< definitions as JSON -> nothing
  statement definition;            ///< key, revision -> definition as JSON
};

}  // namespace nava::persistence::postgresql
