// SPDX-License-Identifier: Apache-2.0
#include "option_tables.hpp"

using namespace options;

struct remark_table : remark_with<set_null_in<&remark::about>> {};

constexpr auto tables = database<remark_table>::description.tables;
