// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <nava/engine/event.hpp>
#include <nava/engine/refusal.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

/// What handlers, hooks and selectors throw, in words for people.
namespace nava::engine {

/// Whether `thrown` comes from a look into JSON that found nothing, or a value of another kind. Its
/// own words (`out of range`) would tell nobody where to look.
[[nodiscard]] bool is_failed_look(const std::exception& thrown);

/// The text of such a failure. `where` says who looked: `event 'mail', step 'ask'`. `values`, which
/// `named` calls by its name, are what was most likely looked into: keys are told, values are not.
[[nodiscard]] std::string text_of_look(const std::exception& thrown, std::string_view where,
                                       std::string_view named, const json::object& values);

/// Fit for a message row: at most 2000 bytes, cut between characters, UTF-8 without NUL.
[[nodiscard]] std::string printable(std::string text);

/// Calls `act`; a failed look is thrown as payload_error. `where` makes its text when it is needed.
template <class Where, class Act>
auto explaining(Where where, std::string_view named, const json::object& values, Act act) {
  try {
    return act();
  } catch (const std::exception& thrown) {
    if (!is_failed_look(thrown)) throw;
    throw payload_error{text_of_look(thrown, where(), named, values)};
  }
}

}  // namespace nava::engine
