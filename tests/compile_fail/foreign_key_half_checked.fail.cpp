// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_has_several_nullable_columns<.*"fk_item_box".*"item"
// says: let at most one column of a foreign key be std::optional
#include "claim_tables.hpp"

using namespace claims;

struct box {
  nava::uuid shelf;
  std::int64_t number;
};
struct item {
  nava::uuid id;
  std::optional<nava::uuid> shelf;
  std::optional<std::int64_t> number;
};
struct box_table : table<box, "box", column<"shelf", &box::shelf>, column<"number", &box::number>,
                         primary_key<&box::shelf, &box::number>> {};
struct item_table : table<item, "item", column<"id", &item::id>, column<"shelf", &item::shelf>,
                          column<"number", &item::number>, primary_key<&item::id>,
                          index_on<"ix_item_box", &item::shelf, &item::number>,
                          foreign_key<"fk_item_box", members<&item::shelf, &item::number>,
                                      members<&box::shelf, &box::number>,
                                      referential_action::cascade, referential_action::cascade>> {};

constexpr auto tables = database<box_table, item_table>::description.tables;
