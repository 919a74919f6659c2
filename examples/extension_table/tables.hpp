// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/workflow_database.hpp>

/// A table that joins the family of a workflow: its rows belong to a workflow and go with it.
namespace claims {

using namespace nava::schema;

struct attachment {
  nava::uuid workflow_id{};
  std::string file_name;
  std::int64_t pages = 0;
  std::string scanned_by;
};

// The primary key begins with the workflow, so the rows of one lie together and the foreign key
// needs no index of its own.
struct attachment_table
    : table<attachment, "claim_attachment", column<"workflow_id", &attachment::workflow_id>,
            column<"file_name", &attachment::file_name>, column<"pages", &attachment::pages>,
            column<"scanned_by", &attachment::scanned_by>,
            primary_key<&attachment::workflow_id, &attachment::file_name>,
            workflow_foreign_key<&attachment::workflow_id>,
            to_one<"workflow", workflow, back_populates<"attachments">>> {};

using claim_database = workflow_database<
    attachment_table,
    relationships_of<workflow, to_many<"attachments", attachment, back_populates<"workflow">>>>;

}  // namespace claims
