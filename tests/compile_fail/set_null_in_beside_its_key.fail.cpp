// SPDX-License-Identifier: Apache-2.0
// refused: set_null_in_names_no_column_of_its_key<.*"fk_remark_claim_id_about".*"remark".*"text"
// says: name members of it in
#include "claim_tables.hpp"

using namespace claims;

struct remark {
  nava::uuid claim_id;
  std::int64_t number;
  std::optional<std::int64_t> about;
  std::optional<std::string> text;
};

struct remark_table
    : table<remark, "remark", column<"claim_id", &remark::claim_id>,
            column<"number", &remark::number>, column<"about", &remark::about>,
            column<"text", &remark::text>, primary_key<&remark::claim_id, &remark::number>,
            index_on<"ix_remark_about", &remark::claim_id, &remark::about>,
            foreign_key<"", members<&remark::claim_id, &remark::about>,
                        members<&remark::claim_id, &remark::number>, referential_action::set_null,
                        referential_action::no_action, set_null_in<&remark::text>>> {};

constexpr auto tables = database<remark_table>::description.tables;
