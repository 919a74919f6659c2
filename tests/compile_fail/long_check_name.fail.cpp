// SPDX-License-Identifier: Apache-2.0
// refused:
// identifier_is_not_legal_or_longer_than_63_bytes<.*"is_written_on_paper_and_signed_by_hand".*"receipts_of_a_whole_year"
// says: shorten or rename it
#include "claim_tables.hpp"

using namespace claims;

struct signed_receipt {
  nava::uuid id;
  bool is_on_paper;
};

// ck_receipts_of_a_whole_year_is_written_on_paper_and_signed_by_hand has 66 bytes.
struct receipt_table
    : table<signed_receipt, "receipts_of_a_whole_year", column<"_id", &signed_receipt::id>,
            column<"is_written_on_paper_and_signed_by_hand", &signed_receipt::is_on_paper>,
            primary_key<&signed_receipt::id>> {};

constexpr auto tables = database<receipt_table>::description.tables;
