// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "loan_application/calendar.hpp"
#include "loan_application/people.hpp"
#include "loan_application/stages.hpp"
#include "loan_application/steps.hpp"

namespace loan {
namespace {

using nv::from;

void hold_interview(nv::step_context& step, const nv::event& happened) {
  step.workflow().memorize(happened.data);
  step.transit("HELD").finish();
}

void order_credit_report(nv::step_context& step, const nv::event&) {
  step.transit("ORDERED");
  step.add_task("order-credit-report", {{"bureaus", 3}},
                {.desc = "Tri-merge credit report", .attempts_max = 3});
}

// The report is what a worker brings; where all attempts failed, somebody has to look.
void read_credit_report(nv::step_context& step, const nv::task_end& ended) {
  if (!ended.succeeded()) {
    step.fail(ended.error.value_or("there is no credit report"));
    return;
  }
  step.memorize(ended.result);
  step.transit("RECEIVED").finish();
}

void issue_letter(nv::step_context& step, const nv::event& happened) {
  step.transit("ISSUED").message(
      fmt::format("Pre-qualified for up to {:.0f} thousand dollars; no commitment to lend.",
                  number_in(happened, "up_to") / 1000));
  step.finish();
}

// A name, an income, a social security number, a property, its value and the loan sought: with
// these six the application is complete and the three days run.
void take_application(nv::step_context& step, const nv::event& happened) {
  step.workflow().memorize(happened.data).add_participant("processor", processor);
  add_estimate(step, "initial");
  add(step, "intent-to-proceed");
  add(step, "appraisal");
  step.transit("SUBMITTED").finish();
}

void deliver_estimate(nv::step_context& step, const nv::event& happened) {
  step.memorize(happened.data).transit("DELIVERED");
  if (step.recall("occasion") == "initial")
    step.workflow().step("intent-to-proceed").transit("AWAITED");
  step.finish();
}

// Until the borrower has the estimate and wants to proceed, the lender may charge for nothing
// but the credit report; so this one orders nothing else.
void proceed(nv::step_context& step, const nv::event&) {
  step.transit("GIVEN");
  step.workflow().step("appraisal").transit("AUTHORIZED");
  add(step, "rate-lock").transit("FLOATING");
  add(step, "file-setup");
  step.finish();
}

void lock_rate(nv::step_context& step, const nv::event& happened) {
  const auto last_day = day_of(step.workflow().now()) +
                        std::chrono::days{static_cast<int>(number_in(happened, "days"))};
  step.workflow().memorize(
      {{"rate", number_in(happened, "rate")}, {"lock_expires", to_iso(last_day)}});
  step.transit("LOCKED").label(fmt::format("until {}", to_short_words(last_day)));
  add_estimate(step, "rate locked");
  step.finish();
}

}  // namespace

void define_prequalification(nv::definition_builder& loan) {
  loan.stage("prequalification", "Pre-qualification");
  loan.step("interview",
            {.stage = "prequalification", .states = {"HELD"}, .title = "First interview"})
      .on("interview-held", hold_interview)
      .on_finished(then_add({"credit-report"}));
  loan.step("credit-report", {.stage = "prequalification",
                              .states = {"ORDERED", "RECEIVED"},
                              .title = "Credit report"})
      .transition("RECEIVED", from{"ORDERED"})
      .on("credit-authorized", order_credit_report)
      .on_task_finished("order-credit-report", read_credit_report)
      .on_finished(then_add({"prequalification-letter"}));
  loan.step(
          "prequalification-letter",
          {.stage = "prequalification", .states = {"ISSUED"}, .title = "Pre-qualification letter"})
      .on("borrower-prequalified", issue_letter)
      .on_finished(then_add({"application-form"}));
}

void define_application(nv::definition_builder& loan) {
  loan.stage("application", "Application");
  loan.step("application-form", {.stage = "application",
                                 .states = {"STARTED", "SUBMITTED"},
                                 .title = "Loan application (1003)"})
      .transition("SUBMITTED", from{"STARTED"})
      .on("application-started", enter("STARTED"))
      .on("application-submitted", take_application);
  loan.step("loan-estimate",
            {.stage = "application", .states = {"PREPARED", "DELIVERED"}, .repeats = true})
      .on("estimate-delivered", deliver_estimate);
  loan.step("intent-to-proceed",
            {.stage = "application", .states = {"AWAITED", "GIVEN"}, .title = "Intent to proceed"})
      .transition("GIVEN", from{"AWAITED"})
      .on("intent-given", proceed);
  loan.step("rate-lock",
            {.stage = "application", .states = {"FLOATING", "LOCKED"}, .title = "Rate lock"})
      .transition("LOCKED", from{"FLOATING"})
      .on("rate-locked", lock_rate);
}

}  // namespace loan
