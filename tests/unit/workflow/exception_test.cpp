// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <nava/nava.hpp>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using namespace nava;

namespace {

// Whoever catches the root can ask any exception of the library.
template <class Thrown, class... Arguments>
std::unique_ptr<exception> caught(Arguments&&... arguments) {
  try {
    throw Thrown{std::forward<Arguments>(arguments)...};
  } catch (const exception& thrown) {
    CHECK(dynamic_cast<const Thrown*>(&thrown) != nullptr);
    return std::make_unique<Thrown>(dynamic_cast<const Thrown&>(thrown));
  }
}

}  // namespace

TEST_CASE("exception: what a caller has done, and what the program") {
  for (const auto& [thrown, fault] : std::initializer_list<std::pair<exception*, fault_of>>{
           {caught<definition_error>("x").release(), fault_of::program},
           {caught<unknown_revision>("x").release(), fault_of::program},
           {caught<schema::conversion_error>("t", "c").release(), fault_of::program},
           {caught<refused>("x").release(), fault_of::caller},
           {caught<action_refused>("x").release(), fault_of::caller},
           {caught<event_refused>("x").release(), fault_of::caller},
           {caught<payload_error>("x").release(), fault_of::caller},
           {caught<missing_key>("x").release(), fault_of::caller}}) {
    const std::unique_ptr<exception> owned{thrown};
    CHECK(owned->fault() == fault);
    CHECK_FALSE(owned->may_retry());
    CHECK(owned->outcome_known());
  }
}

TEST_CASE("exception: an error of a database says whether to try again") {
  using enum error_kind;
  for (const auto kind : {contention, connection_lost, outcome_unknown}) {
    const error failure{kind, "x"};
    CHECK(failure.may_retry());
    CHECK(failure.fault() == fault_of::environment);
    CHECK(failure.outcome_known() == (kind != outcome_unknown));
  }
  for (const auto kind : {unique, foreign_key, check, invalid_input, not_found}) {
    const error failure{kind, "x"};
    CHECK_FALSE(failure.may_retry());
    CHECK(failure.outcome_known());
    CHECK(failure.fault() == fault_of::caller);
  }
  CHECK(error{incompatible_schema, "x"}.fault() == fault_of::program);
  CHECK(error{other, "x"}.fault() == fault_of::environment);
}

// What everybody writes first would read freed memory.
template <class T>
concept arrow_on_a_temporary = requires {
  std::declval<T>().operator->();
};

TEST_CASE("found: its members are not reached through a temporary") {
  STATIC_REQUIRE_FALSE(arrow_on_a_temporary<found<loaded_workflow>>);
  STATIC_REQUIRE(arrow_on_a_temporary<found<loaded_workflow>&>);
  const auto find = [] {
    found<std::vector<int>> all{std::vector<int>{1, 2, 3}};
    return all;
  };
  int sum = 0;
  for (const int each : find().value()) sum += each;
  for (const int each : *find()) sum += each;
  CHECK(sum == 12);
  CHECK_THROWS_AS(found<int>{}.value(), std::bad_optional_access);
}

// A key that nobody thought of is no key that nobody wants.
TEST_CASE("event: it has no key by default") {
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<event_key>);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<event>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<event_key, int>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<event_key, std::nullptr_t>);
  CHECK_FALSE(event_key{no_key}.is_given());
  CHECK(event_key{"mail-1"}.text() == "mail-1");
}
