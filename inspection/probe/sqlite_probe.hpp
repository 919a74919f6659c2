// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inspection/probe/schema_probe.hpp"
#include "inspection/sqlite/read_only_file.hpp"

namespace nava::inspection {

class file_probe : public schema_probe {
 public:
  /// Outlived by `live`. Asks the connection to enforce foreign keys, as that of a store does.
  file_probe(read_only_file file, const catalog& live);

  bool enforces_foreign_keys() override;
  bool finds_by_index(const schema::table_description& table,
                      const schema::foreign_key_description& key) override;
  json::array sample_keys(const schema::table_description& table,
                          schema::name_list columns) override;
  std::vector<json::object> related_rows(const related_request& what,
                                         const json::array& keys) override;
  std::size_t orphans(const schema::table_description& table,
                      const schema::foreign_key_description& key) override;

 private:
  read_only_file file_;
  const catalog& live_;
};

}  // namespace nava::inspection
