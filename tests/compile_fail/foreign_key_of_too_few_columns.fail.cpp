// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_and_its_target_differ_in_columns<.*"fk_page_receipt".*"page"
// says: as many columns
#include "claim_tables.hpp"

using namespace claims;

struct page {
  nava::uuid id;
  nava::uuid claim_id;
  nava::uuid receipt_id;
};
struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    cascading_key<&receipt::claim_id, &claim::id>> {};
struct page_table
    : table<page, "page", column<"id", &page::id>, column<"claim_id", &page::claim_id>,
            column<"receipt_id", &page::receipt_id>, primary_key<&page::id>,
            index_on<"ix_page_receipt", &page::claim_id, &page::receipt_id>,
            foreign_key<"fk_page_receipt", members<&page::receipt_id>,
                        members<&receipt::claim_id, &receipt::id>, referential_action::cascade,
                        referential_action::cascade>> {};

constexpr auto tables = database<claim_table, receipt_table, page_table>::description.tables;
