// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/store.hpp>
#include <stdexcept>

#include "support/catch.hpp"
#include "support/databases.hpp"
#include "support/units.hpp"

namespace nava::test {

/// What `call` throws, as an error; fails where it throws nothing.
template <class Call>
nava::error error_of(Call&& call) {
  try {
    call();
  } catch (const nava::error& thrown) {
    return thrown;
  }
  FAIL("no error was thrown");
  throw std::logic_error("not reached");
}

/// Checks that the store still takes a workflow, a decision on it, and its end.
inline void check_usable(persistence::store& store) {
  constexpr std::uint64_t unused_number = 999'999;
  const auto first = first_unit(unused_number);
  CHECK(store.create(first) == nava::commit_result::applied);
  CHECK(store.commit(next_unit(first)) == nava::commit_result::applied);
  CHECK(store.erase(first.workflow.id));
}

}  // namespace nava::test
