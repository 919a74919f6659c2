// SPDX-License-Identifier: Apache-2.0
// refused: set_null_in_names_no_column_of_its_key<.*"fk_remark_claim_id_about".*"remark".*"text"
// says: name members of it in
#include "option_tables.hpp"

using namespace options;

struct remark_table : remark_with<set_null_in<&remark::text>> {};

constexpr auto tables = database<remark_table>::description.tables;
