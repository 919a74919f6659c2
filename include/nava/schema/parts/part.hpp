// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/parts/members.hpp>

/// What a table asks of each of its parts. Every part specializes the three templates below in the
/// header that describes it. Types and constants; safe to use from any thread.
namespace nava::schema::detail {

/// The parts of a table. Each kind is known by its own template, so that nothing else passes for a
/// part.
enum class part_kind {
  none,
  column,
  not_stored,
  index,
  foreign_key,
  relationship,
  default_value,
  identity,
  condition,
  storage,
  fillfactor
};
template <class Part>
inline constexpr part_kind kind_of = part_kind::none;

template <class Part>
concept KnownPart = (kind_of<Part> != part_kind::none);
template <class Part>
concept Column = (kind_of<Part> == part_kind::column);
template <class Part>
concept Index = (kind_of<Part> == part_kind::index);
template <class Part>
concept Default = (kind_of<Part> == part_kind::default_value);
template <class Part>
concept Identity = (kind_of<Part> == part_kind::identity);
template <class Part>
concept Condition = (kind_of<Part> == part_kind::condition);
template <class Part>
concept Storage = (kind_of<Part> == part_kind::storage);
template <class Part>
concept Fillfactor = (kind_of<Part> == part_kind::fillfactor);
template <class Part>
concept ForeignKey = (kind_of<Part> == part_kind::foreign_key);
template <class Part>
concept Relationship = (kind_of<Part> == part_kind::relationship);

// The rule that a part breaks by itself, before the table describes anything.
template <class Part, fixed_string Table>
struct part_check {
  using type = rules::is_no_part_of_a_table<Part, Table>;
};
template <KnownPart Part, fixed_string Table>
struct part_check<Part, Table> {
  using type = rules::well_formed;
};

// The rule that a part breaks when its members have no column in the table. `fits` is false then,
// and the table leaves the part out of its description.
template <class Part, class Table>
struct columns_check : members_check<Table> {};

}  // namespace nava::schema::detail
