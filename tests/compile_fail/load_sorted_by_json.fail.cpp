// SPDX-License-Identifier: Apache-2.0
// refused: rows cannot be sorted by JSON
#include <nava/persistence/related_rows.hpp>

#include "claim_tables.hpp"

using namespace claims;

struct entry {
  nava::uuid id;
  nava::uuid claim_id;
  std::string text;
  nava::json::object data;
};
struct entry_table
    : table<entry, "entry", column<"_id", &entry::id>, column<"claim_id", &entry::claim_id>,
            column<"text", &entry::text>, column<"data", &entry::data>, primary_key<&entry::id>,
            index_on<"ix_entry_claim_id", &entry::claim_id>,
            cascading_key<&entry::claim_id, &claim::id>> {};
using claims_and_entries =
    database<claim_table, entry_table, relationships_of<claim, to_many<"entries", entry>>>;

auto load(nava::persistence::row_store& store, const std::vector<claim>& rows) {
  using nava::persistence::ascending;
  return nava::persistence::load_related<claims_and_entries, "entries", ascending<&entry::data>>(
      store, rows);
}
