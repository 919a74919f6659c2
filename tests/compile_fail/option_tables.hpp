// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/database.hpp>

// Rows with columns, keys and indexes that have options.
namespace options {

using namespace nava::schema;

struct offer {
  nava::uuid id;
  nava::decimal<12, 2> price;
  nava::decimal<9, 2> rebate;
  std::int32_t count;
  std::vector<std::string> tags;
};

template <class... Parts>
using offer_with = table<offer, "offer", column<"_id", &offer::id>, column<"price", &offer::price>,
                         column<"rebate", &offer::rebate>, column<"count", &offer::count>,
                         column<"tags", &offer::tags>, primary_key<&offer::id>, Parts...>;

struct remark {
  nava::uuid claim_id;
  std::int64_t number;
  std::optional<std::int64_t> about;
  std::optional<std::string> text;
};

/// A key to another remark, of which the delete of that sets what `SetNull` names.
template <class SetNull>
using remark_with =
    table<remark, "remark", column<"claim_id", &remark::claim_id>,
          column<"number", &remark::number>, column<"about", &remark::about>,
          column<"text", &remark::text>, primary_key<&remark::claim_id, &remark::number>,
          index_on<"ix_remark_about", &remark::claim_id, &remark::about>,
          foreign_key<"", members<&remark::claim_id, &remark::about>,
                      members<&remark::claim_id, &remark::number>, referential_action::set_null,
                      referential_action::no_action, SetNull>>;

}  // namespace options
