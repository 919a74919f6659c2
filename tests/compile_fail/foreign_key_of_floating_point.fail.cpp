// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_column_has_no_exact_equality<.*"fk_item_weight".*"item".*"weight"
// says: refer by a column of another type
#include "claim_tables.hpp"

using namespace claims;

struct grade {
  double weight;
};
struct item {
  nava::uuid id;
  double weight;
};
struct grade_table
    : table<grade, "grade", column<"weight", &grade::weight>, primary_key<&grade::weight>> {};
struct item_table : table<item, "item", column<"_id", &item::id>, column<"weight", &item::weight>,
                          primary_key<&item::id>, index_on<"ix_item_weight", &item::weight>,
                          cascading_key<&item::weight, &grade::weight>> {};

constexpr auto tables = database<grade_table, item_table>::description.tables;
