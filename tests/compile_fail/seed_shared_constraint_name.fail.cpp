// SPDX-License-Identifier: Apache-2.0
// refused: two_foreign_keys_share_the_constraint_name<.*"fk_workflow_id".*"workflow_stage"
// says: give each foreign key a name of its own
#include <nava/schema/database.hpp>

using namespace nava::schema;

struct workflow {
  nava::uuid id;
};

struct workflow_step {
  nava::uuid workflow_id;
  std::string key;
};

struct workflow_stage {
  nava::uuid workflow_id;
  std::string key;
};

template <auto Member>
using workflow_id_ref = foreign_key<"fk_workflow_id", members<Member>, members<&workflow::id>,
                                    referential_action::cascade, referential_action::cascade>;

struct workflow_table
    : table<workflow, "workflow", column<"_id", &workflow::id>, primary_key<&workflow::id>> {};

struct step_table
    : table<workflow_step, "workflow_step", column<"workflow_id", &workflow_step::workflow_id>,
            column<"key", &workflow_step::key>,
            primary_key<&workflow_step::workflow_id, &workflow_step::key>,
            workflow_id_ref<&workflow_step::workflow_id>> {};

struct stage_table
    : table<workflow_stage, "workflow_stage", column<"workflow_id", &workflow_stage::workflow_id>,
            column<"key", &workflow_stage::key>,
            primary_key<&workflow_stage::workflow_id, &workflow_stage::key>,
            workflow_id_ref<&workflow_stage::workflow_id>> {};

constexpr auto tables = database<workflow_table, step_table, stage_table>::description.tables;
