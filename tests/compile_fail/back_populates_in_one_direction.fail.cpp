// SPDX-License-Identifier: Apache-2.0
// refused: back_populates_pair_goes_one_way<.*"category.parent".*"category.other".*"category"
// says: one leads back: it is to_many, or to_one with backward
#include "crm_tables.hpp"

using namespace crm;

struct category_table : category_with<to_one<"parent", std::optional<category>,
                                             via<&category::parent_id>, back_populates<"other">>,
                                      to_one<"other", std::optional<category>,
                                             via<&category::parent_id>, back_populates<"parent">>> {
};

constexpr auto tables = database<category_table>::description.tables;
