// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inspection/probe/schema_probe.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"

namespace nava::inspection {

using namespace persistence;

class server_probe : public schema_probe {
 public:
  /// Outlived by `live`, which knows the columns of the indexes that plans name.
  server_probe(const database_url& url, std::string schema, const catalog& live);

  /// A key whose triggers are off is what the comparison finds.
  bool enforces_foreign_keys() override { return true; }
  bool finds_by_index(const schema::table_description& table,
                      const schema::foreign_key_description& key) override;
  json::array sample_keys(const schema::table_description& table,
                          schema::name_list columns) override;
  std::vector<json::object> related_rows(const related_request& what,
                                         const json::array& keys) override;
  std::size_t orphans(const schema::table_description&,
                      const schema::foreign_key_description&) override {
    return 0;
  }

 private:
  [[nodiscard]] std::string place_of(const schema::table_description& table) const;
  void add_indexes_of_partitions(std::vector<std::string>& to);

  const std::string schema_;
  const catalog& live_;
  postgresql::server_connection connection_;
};

}  // namespace nava::inspection
