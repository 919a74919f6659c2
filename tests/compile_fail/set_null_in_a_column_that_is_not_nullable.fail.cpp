// SPDX-License-Identifier: Apache-2.0
// refused:
// set_null_on_a_column_that_is_not_nullable<.*"fk_remark_claim_id_about".*"remark".*"claim_id"
// says: make the member std::optional, or choose another action
#include "option_tables.hpp"

using namespace options;

struct remark_table : remark_with<set_null_in<&remark::claim_id, &remark::about>> {};

constexpr auto tables = database<remark_table>::description.tables;
