// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/description.hpp>
#include <string>
#include <string_view>

/// What the statements of the PostgreSQL store say of a table, made from its description.
namespace nava::persistence::postgresql {

/// `"a", "b"`; with a prefix `r.`: `r."a", r."b"`.
[[nodiscard]] std::string columns_of(const schema::table_description& table,
                                     std::string_view prefix = {});

/// `"a" uuid, "b" text`: what jsonb_to_record() makes of a JSON object.
[[nodiscard]] std::string record_of(const schema::table_description& table);

/// `cast(w."a" AS uuid), cast(w."b" AS text)`: a row of the table `alias` with the types of its
/// description. It is read by place and type: so each column is named, others may be added to the
/// table, and one that has become varchar or integer still fits.
[[nodiscard]] std::string row_of(const schema::table_description& table, std::string_view alias);
/// Of one of Nava's tables.
[[nodiscard]] std::string row_of(std::string_view table, std::string_view alias);

/// Sets all columns but those of the primary key to those of the row r: `"b" = r."b"`.
[[nodiscard]] std::string assignments_of(const schema::table_description& table);

/// The same of the columns that `r.written` has, by their places as bits; the others keep their
/// values in `alias`, the row that is updated.
[[nodiscard]] std::string written_assignments_of(const schema::table_description& table,
                                                 std::string_view alias);

/// The row `row` has the primary key that the row `given` has.
[[nodiscard]] std::string same_key(const schema::table_description& table,
                                   std::string_view row = "c", std::string_view given = "r");

/// The row `alias` of workflow is under a legal hold.
[[nodiscard]] std::string is_under_legal_hold(std::string_view alias);

}  // namespace nava::persistence::postgresql
