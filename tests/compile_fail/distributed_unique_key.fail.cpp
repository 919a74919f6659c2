// SPDX-License-Identifier: Apache-2.0
// refused:
// unique_key_lacks_the_distribution_column<.*"uq_attachment_number".*"attachment".*"workflow_id"
// says: let every unique key of a distributed table have the last column shown
#include "extension_tables.hpp"

using namespace extensions;

struct attachment_table : attachment_with<primary_key<&attachment::workflow_id, &attachment::id>,
                                          workflow_foreign_key<&attachment::workflow_id>,
                                          unique<"uq_attachment_number", &attachment::number>> {};

constexpr auto tables = distributed_workflow_database<attachment_table>::description.tables;
