// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/database.hpp>

// The tables that the cases here vary: each pair of files differs in the one thing its name says.
namespace claims {

using namespace nava::schema;

struct claim {
  nava::uuid id;
  std::int64_t number;
  std::string title;
};

struct receipt {
  nava::uuid claim_id;
  nava::uuid id;
  std::int64_t claim_number;
  std::string name;
};

struct claim_table
    : table<claim, "claim", column<"_id", &claim::id>, column<"number", &claim::number>,
            column<"title", &claim::title>, primary_key<&claim::id>> {};

template <auto From, auto To, fixed_string Name = "">
using cascading_key = foreign_key<Name, members<From>, members<To>, referential_action::cascade,
                                  referential_action::cascade>;

template <class... Parts>
using receipt_with =
    table<receipt, "receipt", column<"claim_id", &receipt::claim_id>, column<"_id", &receipt::id>,
          column<"claim_number", &receipt::claim_number>, column<"name", &receipt::name>, Parts...>;

}  // namespace claims
