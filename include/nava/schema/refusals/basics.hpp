// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/fixed_string.hpp>

/// What several refusals share. Constants and types; safe to use from any thread.
namespace nava::schema::rules {

/// Stands in place of a rule that is not broken.
struct well_formed {};

/// False for every type, but only when the template is instantiated.
template <class>
inline constexpr bool never = false;

/// Stands for a table that is missing, so that its absence is the only complaint.
struct missing_table {
  struct row_type {};
  static constexpr fixed_string name{""};
  template <auto>
  static constexpr bool has_column_with = true;
  template <auto Member>
  struct column_with {
    static constexpr fixed_string name{""};
  };
};

}  // namespace nava::schema::rules
