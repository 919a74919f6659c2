// SPDX-License-Identifier: Apache-2.0
// refused:
// ambiguous_foreign_key_path<.*"receipt.claim".*"receipt".*"claim".*"fk_receipt_claim_id".*"fk_receipt_page_id".*"fk_page_claim_id"
// says: name the key to follow, with via<&row::member> or via_constraint
#include "claim_tables.hpp"

using namespace claims;

struct page {
  nava::uuid id;
  nava::uuid claim_id;
};
struct scan {
  nava::uuid claim_id;
  nava::uuid page_id;
};
struct page_table
    : table<page, "page", column<"id", &page::id>, column<"claim_id", &page::claim_id>,
            primary_key<&page::id>, index_on<"ix_page_claim_id", &page::claim_id>,
            cascading_key<&page::claim_id, &claim::id>> {};
struct scan_table
    : table<scan, "receipt", column<"claim_id", &scan::claim_id>, column<"page_id", &scan::page_id>,
            primary_key<&scan::claim_id, &scan::page_id>,
            index_on<"ix_receipt_page_id", &scan::page_id>,
            cascading_key<&scan::claim_id, &claim::id>, cascading_key<&scan::page_id, &page::id>,
            to_one<"claim", claim>> {};

constexpr auto tables = database<claim_table, page_table, scan_table>::description.tables;
