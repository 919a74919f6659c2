// SPDX-License-Identifier: Apache-2.0
#include "loan_application/steps.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "loan_application/calendar.hpp"

namespace loan {

double number(const nv::json::value& value) { return value.to_number<double>(); }

double number_in(const nv::event& happened, std::string_view name) {
  const nv::json::value* value = happened.data.if_contains(name);
  if (value == nullptr || !value->is_number())
    throw std::runtime_error{fmt::format("{} came without its {}", happened.name, name)};
  return number(*value);
}

std::string text_in(const nv::event& happened, std::string_view name) {
  return std::string{happened.data.at(name).as_string()};
}

double rounded(double value) { return std::round(value * 100) / 100; }

double monthly_payment(double amount, double yearly_percent, double years) {
  const double rate = yearly_percent / 100 / 12;
  return rounded(amount * rate / (1 - std::pow(1 + rate, -12 * years)));
}

double housing_payment(const nv::step_context& step) {
  return monthly_payment(number(step.recall("loan_amount")), number(step.recall("rate")),
                         number(step.recall("term_years"))) +
         number(step.recall("taxes_and_insurance"));
}

nv::engine::step_handler finish_as(std::string state) {
  return [state](nv::step_context& step, const nv::event& happened) {
    step.memorize(happened.data);
    step.transit(state).finish();
  };
}

nv::engine::step_handler enter(std::string state) {
  return [state](nv::step_context& step, const nv::event& happened) {
    step.memorize(happened.data);
    step.transit(state);
  };
}

nv::engine::step_hook then_add(std::vector<std::string> step_keys) {
  return [step_keys](nv::step_context& step) {
    for (const auto& key : step_keys) add(step, key);
  };
}

void add_one_for_each(nv::step_context& step, std::string_view step_key,
                      const nv::json::value& titles, std::string_view state,
                      std::string_view before_title) {
  for (const auto& title : titles.as_array())
    add(step, step_key, {.title = std::string{before_title}.append(title.as_string())})
        .transit(state);
}

void refuse_while_others_are_open(const nv::step_context& step) {
  std::string open;
  for (const auto& other : step.workflow().steps())
    if (other.stage_key == step.row().stage_key && other.id != step.id() &&
        !is_finished(other.status))
      open.append(open.empty() ? "" : ", ").append(other.title);
  if (!open.empty())
    throw nv::action_refused{fmt::format("{} has to wait for: {}", step.row().title, open)};
}

void add_estimate(nv::step_context& step, std::string_view occasion) {
  const auto today = day_of(step.workflow().now());
  add(step, "loan-estimate",
      {.title = fmt::format("Loan Estimate, {}", occasion),
       .ts_due = by_end_of(add_business_days(today, 3, business_day::lender_open))})
      .memorize({{"occasion", occasion}})
      .transit("PREPARED");
}

}  // namespace loan
