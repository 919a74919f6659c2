// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "persistence/sql_store.hpp"

/// The SQL of the PostgreSQL store, made once from the description of the tables.
namespace nava::persistence::postgresql {

/// A unit of work as one statement.
struct unit_statements {
  unit_statements(std::string_view schema, layout layout);

  statement create;  ///< unit document -> id, if the workflow was new
  statement commit;  ///< unit document -> id, if the revision was the one read
};

[[nodiscard]] query_set queries(std::string_view schema, layout layout);

/// The statements of sql_store for rows of any described table.
[[nodiscard]] statement rows_statement(std::string_view schema,
                                       const schema::table_description& table, verb what);
[[nodiscard]] statement related_statement(std::string_view schema, const related_request& what);

}  // namespace nava::persistence::postgresql
