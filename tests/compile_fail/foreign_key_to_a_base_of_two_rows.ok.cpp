// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct entity {
  nava::uuid id;
};
struct author : entity {};
struct book : entity {
  nava::uuid author_id;
};
struct author_table
    : table<author, "author", column<"_id", &author::id>, primary_key<&author::id>> {};
struct book_table
    : table<book, "book", column<"_id", &book::id>, column<"author_id", &book::author_id>,
            primary_key<&book::id>, index_on<"ix_book_author_id", &book::author_id>,
            foreign_key<"", members<&book::author_id>, members_of<author, &author::id>,
                        referential_action::cascade, referential_action::cascade>> {};

constexpr auto tables = database<author_table, book_table>::description.tables;
