// SPDX-License-Identifier: Apache-2.0
#include "extension_tables.hpp"

using namespace extensions;

struct attachment_table : attachment_with<primary_key<&attachment::workflow_id, &attachment::id>,
                                          workflow_foreign_key<&attachment::workflow_id>> {};

constexpr auto tables = workflow_database<attachment_table>::description.tables;
