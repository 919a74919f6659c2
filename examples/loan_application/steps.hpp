// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/nava.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "loan_application/people.hpp"

/// What several steps of a loan need.
namespace loan {

namespace nv = nava;

[[nodiscard]] double number(const nv::json::value& value);
/// Throws std::runtime_error where the event has no such number.
[[nodiscard]] double number_in(const nv::event& happened, std::string_view name);
[[nodiscard]] std::string text_in(const nv::event& happened, std::string_view name);
[[nodiscard]] double rounded(double value);
/// Principal and interest of a fixed-rate loan, in dollars a month.
[[nodiscard]] double monthly_payment(double amount, double yearly_percent, double years);
[[nodiscard]] double housing_payment(const nv::step_context& step);

/// Adds a step with the one who has to do it.
template <class Context>
nv::step_context add(Context& context, std::string_view step_key,
                     nv::add_step_options options = {}) {
  options.owner_id = std::string{who_acts(step_key)};
  return context.add_step(step_key, std::move(options));
}

/// Keeps what the event says, enters the state, finishes.
[[nodiscard]] nv::engine::step_handler finish_as(std::string state);
/// The same, but the step goes on.
[[nodiscard]] nv::engine::step_handler enter(std::string state);
[[nodiscard]] nv::engine::step_hook then_add(std::vector<std::string> step_keys);
void add_one_for_each(nv::step_context& step, std::string_view step_key,
                      const nv::json::value& titles, std::string_view state,
                      std::string_view before_title = "");
/// The step that ends a stage waits for the others of its stage. Throws action_refused.
void refuse_while_others_are_open(const nv::step_context& step);
/// Adds a loan estimate, due three business days after today.
void add_estimate(nv::step_context& step, std::string_view occasion);

}  // namespace loan
