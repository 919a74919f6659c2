// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "loan_application/calendar.hpp"
#include "loan_application/people.hpp"
#include "loan_application/stages.hpp"
#include "loan_application/steps.hpp"

namespace loan {
namespace {

using nv::from;

void analyse_income(nv::step_context& step, const nv::event& happened) {
  const double debts = number(step.recall("monthly_debts"));
  const double dti =
      rounded(100 * (housing_payment(step) + debts) / number_in(happened, "monthly_income"));
  const double limit = number(step.recall("dti_max"));
  if (dti > limit)
    throw nv::action_refused{fmt::format("DTI {:.2f} % is above the limit of {} %", dti, limit)};
  step.workflow().memorize({{"dti", dti}});
  step.transit("QUALIFIED").finish();
}

void review_collateral(nv::step_context& step, const nv::event&) {
  const double value =
      std::min(number(step.recall("price")), number(step.recall("appraised_value")));
  const double ltv = rounded(100 * number(step.recall("loan_amount")) / value);
  const double limit = number(step.recall("ltv_max"));
  if (ltv > limit)
    throw nv::action_refused{
        fmt::format("LTV {:.2f} % is above the {} % that needs no mortgage insurance", ltv, limit)};
  step.workflow().memorize({{"ltv", ltv}});
  step.transit("ACCEPTED").finish();
}

// Less loan for the same house is a changed circumstance, which asks for a new estimate.
void raise_down_payment(nv::step_context& step, const nv::event& happened) {
  const double amount = number(step.recall("loan_amount")) - number_in(happened, "more");
  step.workflow().memorize({{"loan_amount", amount}});
  add_estimate(step, "loan reduced");
}

void approve_with_conditions(nv::step_context& step, const nv::event& happened) {
  refuse_while_others_are_open(step);
  step.transit("APPROVED").label("with conditions");
  add_one_for_each(step, "condition", happened.data.at("conditions"), "OPEN");
  add(step, "clear-to-close");
  step.finish();
}

void clear_to_close(nv::step_context& step, const nv::event&) {
  refuse_while_others_are_open(step);
  step.workflow().add_participant("closer", closer);
  for (const auto* key : {"closing-disclosure", "closing-documents", "walk-through", "signing"})
    add(step, key);
  add_one_for_each(step, "verbal-verification", step.recall("employers"), "DUE", "Verbal VOE, ");
  step.transit("ISSUED").finish();
}

}  // namespace

void define_underwriting(nv::definition_builder& loan) {
  loan.stage("underwriting", "Underwriting");
  loan.step("automated-underwriting",
            {.stage = "underwriting", .states = {"FINDINGS"}, .title = "Automated underwriting"})
      .on("findings-received", finish_as("FINDINGS"));
  loan.step("income-analysis",
            {.stage = "underwriting", .states = {"QUALIFIED"}, .title = "Income and DTI"})
      .on("income-analysed", analyse_income);
  loan.step("collateral-review",
            {.stage = "underwriting", .states = {"ACCEPTED"}, .title = "Collateral and LTV"})
      .on("collateral-reviewed", review_collateral)
      .on("down-payment-raised", raise_down_payment);
  loan.step("underwriting-decision",
            {.stage = "underwriting", .states = {"APPROVED"}, .title = "Underwriting decision"})
      .on("loan-approved", approve_with_conditions);
}

void define_conditions(nv::definition_builder& loan) {
  loan.stage("conditions", "Conditions");
  loan.step("condition",
            {.stage = "conditions", .states = {"OPEN", "ANSWERED", "CLEARED"}, .repeats = true})
      .transition("CLEARED", from{"ANSWERED"})
      .on("condition-answered", enter("ANSWERED"))
      .on("condition-cleared", finish_as("CLEARED"));
  loan.step("clear-to-close",
            {.stage = "conditions", .states = {"ISSUED"}, .title = "Clear to close"})
      .on("cleared-to-close", clear_to_close);
}

}  // namespace loan
