// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_leads_to_a_nullable_column<.*"fk_item_label".*"item".*"box".*"label"
// says: let the key lead to columns that are not std::optional
#include "claim_tables.hpp"

using namespace claims;

struct box {
  nava::uuid id;
  std::optional<std::string> label;
};
struct item {
  nava::uuid id;
  std::string label;
};
struct box_table : table<box, "box", column<"id", &box::id>, column<"label", &box::label>,
                         primary_key<&box::id>, unique<"uq_box_label", &box::label>> {};
struct item_table : table<item, "item", column<"id", &item::id>, column<"label", &item::label>,
                          primary_key<&item::id>, index_on<"ix_item_label", &item::label>,
                          cascading_key<&item::label, &box::label>> {};

constexpr auto tables = database<box_table, item_table>::description.tables;
