// SPDX-License-Identifier: Apache-2.0
// refused: via_names_members_of_a_base_of_both_rows<.*"folder".*"file".*"folder"
// says: write via_constraint
#include "claim_tables.hpp"

using namespace claims;

struct entity {
  nava::uuid id;
  std::optional<nava::uuid> parent_id;
};
struct folder : entity {};
struct file : entity {};
template <class Row, fixed_string Name, class... Parts>
using tree = table<Row, Name, column<"_id", &Row::id>, column<"parent_id", &Row::parent_id>,
                   primary_key<&Row::id>, index_on<fixed_string{"ix_"} + Name, &Row::parent_id>,
                   foreign_key<"", members<&Row::parent_id>, members_of<folder, &folder::id>,
                               referential_action::set_null, referential_action::cascade>,
                   Parts...>;
struct folder_table : tree<folder, "folder"> {};
struct file_table
    : tree<file, "file", to_one<"folder", std::optional<folder>, via<&file::parent_id>>> {};

constexpr auto tables = database<folder_table, file_table>::description.tables;
