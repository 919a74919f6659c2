// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <nava/schema/description.hpp>
#include <nava/schema/parts/part.hpp>
#include <nava/schema/value_rules.hpp>

/// Storage parameters of PostgreSQL, as parts of a table. SQLite has none. Types and constants;
/// safe to use from any thread.
namespace nava::schema {

/// The percentage of a page that inserts fill, from 10 to 100. Updates in place use the rest.
template <int Percent>
struct fillfactor {
  static constexpr int fill_percent = Percent;
};

/// A storage parameter other than fillfactor: `storage<"autovacuum_vacuum_scale_factor", "0.05">`.
/// Write beside it which measurement chose the value.
template <fixed_string Name, fixed_string Value>
struct storage {
  static constexpr storage_parameter description{Name.view(), Value.view()};
};

namespace detail {

/// The parameters of tables in PostgreSQL 15, without two. fillfactor<…> sets the first;
/// autovacuum_enabled stays on.
inline constexpr std::array<std::string_view, 19> storage_parameter_names{
    "autovacuum_analyze_scale_factor",
    "autovacuum_analyze_threshold",
    "autovacuum_freeze_max_age",
    "autovacuum_freeze_min_age",
    "autovacuum_freeze_table_age",
    "autovacuum_multixact_freeze_max_age",
    "autovacuum_multixact_freeze_min_age",
    "autovacuum_multixact_freeze_table_age",
    "autovacuum_vacuum_cost_delay",
    "autovacuum_vacuum_cost_limit",
    "autovacuum_vacuum_insert_scale_factor",
    "autovacuum_vacuum_insert_threshold",
    "autovacuum_vacuum_scale_factor",
    "autovacuum_vacuum_threshold",
    "log_autovacuum_min_duration",
    "parallel_workers",
    "toast_tuple_target",
    "vacuum_index_cleanup",
    "vacuum_truncate"};

constexpr bool is_storage_parameter(std::string_view name) {
  return std::find(storage_parameter_names.begin(), storage_parameter_names.end(), name) !=
         storage_parameter_names.end();
}

constexpr bool is_value_of(std::string_view parameter, std::string_view value) {
  const bool is_switch = value == "on" || value == "off" || value == "true" || value == "false";
  if (parameter == "vacuum_index_cleanup") return is_switch || value == "auto";
  if (parameter == "vacuum_truncate") return is_switch;
  return rules::is_number(value);
}

template <fixed_string Name, fixed_string Value>
inline constexpr part_kind kind_of<storage<Name, Value>> = part_kind::storage;
template <int Percent>
inline constexpr part_kind kind_of<fillfactor<Percent>> = part_kind::fillfactor;

template <int Percent>
concept OutOfRange = (Percent<10 || Percent> 100);
template <fixed_string Name>
concept UnknownParameter = (!is_storage_parameter(Name.view()));
template <fixed_string Name, fixed_string Value>
concept WrongValue = (is_storage_parameter(Name.view()) && !is_value_of(Name.view(), Value.view()));

template <int Percent, fixed_string Table>
requires OutOfRange<Percent>
struct part_check<fillfactor<Percent>, Table> {
  using type = rules::fillfactor_is_out_of_range<Percent, Table>;
};
template <fixed_string Name, fixed_string Value, fixed_string Table>
requires UnknownParameter<Name>
struct part_check<storage<Name, Value>, Table> {
  using type = rules::storage_parameter_is_none<Name, Table>;
};
template <fixed_string Name, fixed_string Value, fixed_string Table>
requires WrongValue<Name, Value>
struct part_check<storage<Name, Value>, Table> {
  using type = rules::storage_parameter_has_no_plain_value<Name, Value, Table>;
};

}  // namespace detail
}  // namespace nava::schema
