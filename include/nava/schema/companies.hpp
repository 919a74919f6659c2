// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <nava/export.hpp>
#include <nava/schema/description.hpp>
#include <string>
#include <string_view>
#include <vector>

/// Row-level security by company on PostgreSQL: a role of a company sees, writes and deletes the
/// rows of that company's workflows, and no others. It is an option of a deployment. Where it is
/// off, no table, index or plan differs. See docs/companies.md.
namespace nava::schema {

/// A schema as separate_companies() leaves it: resources, queue limits, definitions and tombstones
/// are unique in a company, and the walks of agenda, worklist and inbox begin at the company.
///
/// Const use from several threads is safe.
class NAVA_EXPORT company_schema {
 public:
  /// Describes the tables of `shared`, plain or partitioned, which must outlive this object.
  explicit company_schema(const database_description& shared);
  company_schema(const company_schema&) = delete;
  company_schema& operator=(const company_schema&) = delete;

  /// Returns the schema. The description refers to this object.
  [[nodiscard]] database_description description() const { return {tables_}; }

 private:
  void add_column(table_description& table);
  void add_to_keys(table_description& table);

  // The descriptions refer to elements, which stay where they are when a deque grows.
  std::deque<std::vector<std::string_view>> names_;
  std::deque<std::vector<column_description>> columns_;
  std::deque<std::vector<index_description>> indexes_;
  std::deque<std::vector<condition_description>> conditions_;
  std::vector<table_description> tables_;
};

/// Returns whether a table gets a column `company_id` where companies are separated. Thread-safe.
[[nodiscard]] NAVA_EXPORT bool has_company_column(std::string_view table);

/// Returns whether a trigger of this name belongs to row-level security by company. Thread-safe.
[[nodiscard]] NAVA_EXPORT bool is_company_trigger(std::string_view name);

/// Returns the SQL that turns row-level security by company on, in one transaction, for the tables
/// of `shared` in the database schema `place`. Tables of an application whose rows go with a
/// workflow are separated too. It fails, and changes nothing, where a workflow has no company, or
/// an event of the inbox not one company by its resource. Run it as the owner of the tables, and
/// again after a migration. Thread-safe.
[[nodiscard]] NAVA_EXPORT std::string separate_companies(const database_description& shared,
                                                         std::string_view place);

/// Returns the SQL that gives partitions in `place` the row-level security of their tables, so that
/// a GRANT ON ALL TABLES opens none. It does nothing where companies are not separated.
/// Thread-safe.
[[nodiscard]] NAVA_EXPORT std::string secure_partitions(std::string_view place);

/// Returns the SQL that lets `role` see the rows of `company`; of all companies where it is empty.
/// Run it in one transaction with the GRANTs of the role, and before them. Thread-safe.
[[nodiscard]] NAVA_EXPORT std::string company_policies(const database_description& shared,
                                                       std::string_view place,
                                                       std::string_view role,
                                                       std::string_view company);

/// A function of row-level security by company, with the text between its `$$`, in which `{place}`
/// stands for the quoted database schema; empty where the body is an expression.
struct company_function {
  std::string_view name;  ///< not quoted
  std::string_view body;  ///< refers to static storage
};

/// Returns them, to compare with those of a database. Thread-safe.
[[nodiscard]] NAVA_EXPORT std::vector<company_function> company_functions();

}  // namespace nava::schema
