// SPDX-License-Identifier: Apache-2.0
#include "inspection/probe/schema_probe.hpp"

namespace nava::inspection {

std::vector<const catalog_index*> serving_indexes(const catalog& live, std::string_view schema,
                                                  const schema::table_description& table,
                                                  const schema::foreign_key_description& key) {
  const catalog_table* found = find_table(live, schema, table.name);
  if (found == nullptr) return {};
  catalog_foreign_key same;
  same.columns.assign(key.columns.begin(), key.columns.end());
  same.target_schema = schema;
  same.target_table = key.target_table;
  same.target_columns.assign(key.target_columns.begin(), key.target_columns.end());
  std::vector<const catalog_index*> serving;
  for (const auto& index : found->indexes)
    if (serves(live, index, same)) serving.push_back(&index);
  return serving;
}

}  // namespace nava::inspection
