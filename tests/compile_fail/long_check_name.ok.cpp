// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct signed_receipt {
  nava::uuid id;
  bool is_on_paper;
};

struct receipt_table
    : table<signed_receipt, "receipts_of_a_whole_year", column<"_id", &signed_receipt::id>,
            column<"is_written_on_paper", &signed_receipt::is_on_paper>,
            primary_key<&signed_receipt::id>> {};

constexpr auto tables = database<receipt_table>::description.tables;
