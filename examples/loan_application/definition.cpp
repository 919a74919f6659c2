// SPDX-License-Identifier: Apache-2.0
#include "loan_application/definition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "loan_application/calendar.hpp"

namespace loan {
namespace {

using nv::from;

// What several steps need.

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

// Principal and interest of a fixed-rate loan, in dollars a month.
double monthly_payment(double amount, double yearly_percent, double years) {
  const double rate = yearly_percent / 100 / 12;
  return rounded(amount * rate / (1 - std::pow(1 + rate, -12 * years)));
}

double housing_payment(const nv::step_context& step) {
  return monthly_payment(number(step.recall("loan_amount")), number(step.recall("rate")),
                         number(step.recall("term_years"))) +
         number(step.recall("taxes_and_insurance"));
}

// The usual handler: keep what the event says, enter the state, finish.
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
    for (const auto& key : step_keys) step.add_step(key);
  };
}

void add_one_for_each(nv::step_context& step, std::string_view step_key,
                      const nv::json::value& titles, std::string_view state,
                      std::string_view before_title = "") {
  for (const auto& title : titles.as_array())
    step.add_step(step_key, {.title = std::string{before_title}.append(title.as_string())})
        .transit(state);
}

// The step that ends a stage waits for the others of its stage.
void refuse_while_others_are_open(const nv::step_context& step) {
  std::string open;
  for (const auto& other : step.workflow().steps())
    if (other.stage_key == step.row().stage_key && other.id != step.id() &&
        !is_finished(other.status))
      open.append(open.empty() ? "" : ", ").append(other.title);
  if (!open.empty())
    throw nv::action_refused{fmt::format("{} has to wait for: {}", step.row().title, open)};
}

// Pre-qualification

void hold_interview(nv::step_context& step, const nv::event& happened) {
  step.workflow().memorize(happened.data);
  step.transit("HELD").finish();
}

void order_credit_report(nv::step_context& step, const nv::event&) {
  step.transit("ORDERED");
  step.workflow().add_task("order-credit-report", {{"bureaus", 3}},
                           {.desc = "Tri-merge credit report", .attempts_max = 3});
}

void issue_letter(nv::step_context& step, const nv::event& happened) {
  step.transit("ISSUED").message(
      fmt::format("Pre-qualified for up to {:.0f} thousand dollars; no commitment to lend.",
                  number_in(happened, "up_to") / 1000));
  step.finish();
}

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
      .on("credit-received", finish_as("RECEIVED"))
      .on_finished(then_add({"prequalification-letter"}));
  loan.step(
          "prequalification-letter",
          {.stage = "prequalification", .states = {"ISSUED"}, .title = "Pre-qualification letter"})
      .on("borrower-prequalified", issue_letter)
      .on_finished(then_add({"application-form"}));
}

// Application

void add_estimate(nv::step_context& step, std::string_view occasion) {
  const auto today = day_of(step.workflow().now());
  step.add_step("loan-estimate",
                {.title = fmt::format("Loan Estimate, {}", occasion),
                 .ts_due = by_end_of(add_business_days(today, 3, business_day::lender_open))})
      .memorize({{"occasion", occasion}})
      .transit("PREPARED");
}

// A name, an income, a social security number, a property, its value and the loan sought: with
// these six the application is complete and the three days run.
void take_application(nv::step_context& step, const nv::event& happened) {
  step.workflow().memorize(happened.data).add_participant("processor", "lena.fox");
  add_estimate(step, "initial");
  step.add_step("intent-to-proceed");
  step.add_step("appraisal");
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
  step.add_step("rate-lock").transit("FLOATING");
  step.add_step("file-setup");
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

// Processing

void set_up_file(nv::step_context& step, const nv::event& happened) {
  step.workflow().memorize({{"employers", happened.data.at("employers")}});
  add_one_for_each(step, "document-request", happened.data.at("documents"), "REQUESTED");
  add_one_for_each(step, "employment-verification", happened.data.at("employers"), "SENT",
                   "Employment, ");
  for (const auto* key : {"tax-transcripts", "title-search", "flood-determination"})
    step.add_step(key).transit("ORDERED");
  for (const auto* key : {"asset-verification", "homeowners-insurance", "file-submission"})
    step.add_step(key);
  step.workflow().add_task("order-title-search", {{"county", "Maricopa"}}, {.attempts_max = 3});
  step.finish();
}

void reject_document(nv::step_context& step, const nv::event& happened) {
  step.transit("REQUESTED").message(text_in(happened, "why"));
}

void order_appraisal(nv::step_context& step, const nv::event&) {
  step.transit("ORDERED");
  step.workflow().add_task("order-appraisal", {{"form", "URAR 1004"}},
                           {.desc = "Through an appraisal management company", .attempts_max = 3});
}

// The rules on equal credit opportunity give the borrower a copy promptly, and at least three
// business days before closing.
void read_appraisal(nv::step_context& step, const nv::event& happened) {
  step.transit("REPORTED");
  step.workflow().memorize({{"appraised_value", number_in(happened, "appraised_value")}});
  step.workflow().add_task("send-appraisal-copy", {{"to", "borrower"}}, {.attempts_max = 3});
  step.finish();
}

void read_corrected_appraisal(nv::step_context& step, const nv::event& happened) {
  step.recover();
  read_appraisal(step, happened);
}

void submit_file(nv::step_context& step, const nv::event&) {
  refuse_while_others_are_open(step);
  step.workflow().add_participant("underwriter", "amara.cole");
  for (const auto* key :
       {"automated-underwriting", "income-analysis", "collateral-review", "underwriting-decision"})
    step.add_step(key);
  step.transit("SUBMITTED").finish();
}

void define_orders(nv::definition_builder& loan) {
  loan.step("appraisal", {.stage = "processing",
                          .states = {"AUTHORIZED", "ORDERED", "INSPECTED", "REPORTED"},
                          .title = "Appraisal"})
      .transition("ORDERED", from{"AUTHORIZED"})
      .transition("INSPECTED", from{"ORDERED"})
      .transition("REPORTED", from{"INSPECTED"})
      .on("appraisal-ordered", order_appraisal)
      .on("house-inspected", enter("INSPECTED"))
      .on("appraisal-received", read_appraisal)
      .on("appraisal-corrected", read_corrected_appraisal);
  loan.step("title-search",
            {.stage = "processing", .states = {"ORDERED", "COMMITTED"}, .title = "Title search"})
      .transition("COMMITTED", from{"ORDERED"})
      .on("title-committed", finish_as("COMMITTED"));
  loan.step("flood-determination", {.stage = "processing",
                                    .states = {"ORDERED", "DETERMINED"},
                                    .title = "Flood zone determination"})
      .on("flood-zone-determined", finish_as("DETERMINED"));
  loan.step("tax-transcripts", {.stage = "processing",
                                .states = {"ORDERED", "RECEIVED"},
                                .title = "IRS transcripts (4506-C)"})
      .on("transcripts-received", finish_as("RECEIVED"));
}

void define_processing(nv::definition_builder& loan) {
  loan.stage("processing", "Processing");
  loan.step("file-setup", {.stage = "processing", .title = "File set-up"})
      .on("file-opened", set_up_file);
  loan.step(
          "document-request",
          {.stage = "processing", .states = {"REQUESTED", "RECEIVED", "ACCEPTED"}, .repeats = true})
      .transition("ACCEPTED", from{"RECEIVED"})
      .on("document-uploaded", enter("RECEIVED"))
      .on("document-accepted", finish_as("ACCEPTED"))
      .on("document-rejected", reject_document);
  loan.step("employment-verification",
            {.stage = "processing", .states = {"SENT", "CONFIRMED"}, .repeats = true})
      .on("employment-confirmed", finish_as("CONFIRMED"));
  define_orders(loan);
  loan.step("asset-verification",
            {.stage = "processing", .states = {"VERIFIED"}, .title = "Asset verification"})
      .on("assets-verified", finish_as("VERIFIED"));
  loan.step("homeowners-insurance",
            {.stage = "processing", .states = {"BOUND"}, .title = "Homeowner's insurance"})
      .on("insurance-bound", finish_as("BOUND"));
  loan.step("file-submission",
            {.stage = "processing", .states = {"SUBMITTED"}, .title = "Submission of the file"})
      .on("file-submitted", submit_file);
}

// Underwriting

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
  step.add_step("clear-to-close");
  step.finish();
}

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

// Conditions

void clear_to_close(nv::step_context& step, const nv::event&) {
  refuse_while_others_are_open(step);
  step.workflow().add_participant("closer", "theo.brandt");
  for (const auto* key : {"closing-disclosure", "closing-documents", "walk-through", "signing"})
    step.add_step(key);
  add_one_for_each(step, "verbal-verification", step.recall("employers"), "DUE", "Verbal VOE, ");
  step.transit("ISSUED").finish();
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

// Closing

void confirm_disclosure(nv::step_context& step, const nv::event&) {
  const auto received = day_of(step.workflow().now());
  const auto earliest = add_business_days(received, 3, business_day::all_but_sunday);
  step.workflow().memorize({{"earliest_signing", to_iso(earliest)}});
  step.transit("RECEIVED").finish();
}

void schedule_signing(nv::step_context& step, const nv::event& happened) {
  const auto day = read_day(text_in(happened, "day"));
  const auto earliest = step.recall("earliest_signing");
  if (!earliest.is_string())
    throw nv::action_refused{"the borrower has not received the Closing Disclosure"};
  if (const auto first = read_day(std::string_view{earliest.as_string()}); day < first)
    throw nv::action_refused{
        fmt::format("signing on {} is less than three business days after the Closing Disclosure; "
                    "the first day is {}",
                    to_short_words(day), to_short_words(first))};
  step.transit("SCHEDULED").label(fmt::format("for {}", to_short_words(day)));
}

void sign(nv::step_context& step, const nv::event&) {
  step.workflow().memorize({{"note_date", to_iso(day_of(step.workflow().now()))}});
  step.transit("SIGNED").finish();
}

void define_closing(nv::definition_builder& loan) {
  loan.stage("closing", "Closing");
  loan.step("closing-disclosure",
            {.stage = "closing", .states = {"SENT", "RECEIVED"}, .title = "Closing Disclosure"})
      .transition("RECEIVED", from{"SENT"})
      .on("disclosure-sent", enter("SENT"))
      .on("disclosure-received", confirm_disclosure);
  loan.step("closing-documents",
            {.stage = "closing", .states = {"DRAWN"}, .title = "Note and deed of trust"})
      .on("documents-drawn", finish_as("DRAWN"));
  loan.step("verbal-verification",
            {.stage = "closing", .states = {"DUE", "CONFIRMED"}, .repeats = true})
      .on("employment-reconfirmed", finish_as("CONFIRMED"));
  loan.step("walk-through",
            {.stage = "closing", .states = {"ACCEPTED"}, .title = "Final walk-through"})
      .on("walked-through", finish_as("ACCEPTED"));
  loan.step("signing", {.stage = "closing", .states = {"SCHEDULED", "SIGNED"}, .title = "Signing"})
      .transition("SIGNED", from{"SCHEDULED"})
      .on("signing-scheduled", schedule_signing)
      .on("documents-signed", sign)
      .on_finished(then_add({"funding"}));
  loan.step("funding", {.stage = "closing", .states = {"WIRED"}, .title = "Funding"})
      .on("loan-funded", finish_as("WIRED"))
      .on_finished(then_add({"recording"}));
  loan.step("recording", {.stage = "closing", .states = {"RECORDED"}, .title = "Recording"})
      .on("deed-recorded", finish_as("RECORDED"));
}

// The loan as a whole

void open_loan(nv::workflow_context& loan) {
  loan.add_participant("borrower", "dana.reyes").add_participant("loan-officer", "sam.ortiz");
  loan.add_step("interview");
}

// The first payment falls on the first of the month after next, for interest is paid in arrears.
std::string first_payment_after(std::chrono::sys_days note_date) {
  using namespace std::chrono;
  const year_month_day date{note_date};
  return to_iso(sys_days{(date.year() / date.month() + months{2}) / 1});
}

void state_terms(nv::workflow_context& loan) {
  const auto remembered = [&](std::string_view key) { return loan.recall(key); };
  const std::string note_date{remembered("note_date").as_string()};
  loan.output({{"loan_amount", remembered("loan_amount")},
               {"rate", remembered("rate")},
               {"term_years", remembered("term_years")},
               {"principal_and_interest",
                monthly_payment(number(remembered("loan_amount")), number(remembered("rate")),
                                number(remembered("term_years")))},
               {"ltv", remembered("ltv")},
               {"dti", remembered("dti")},
               {"note_date", note_date},
               {"first_payment", first_payment_after(read_day(note_date))}});
  loan.message("The deed is recorded, the keys change hands.");
}

}  // namespace

nv::definition mortgage() {
  nv::definition_builder loan{std::string{mortgage_key}, nv::revision{1}};
  loan.title("Home purchase loan")
      .role("borrower", "Borrower")
      .role("loan-officer", "Loan officer")
      .role("processor", "Processor")
      .role("underwriter", "Underwriter")
      .role("closer", "Closer")
      .on_started(open_loan)
      .on_completed(state_terms);
  define_prequalification(loan);
  define_application(loan);
  define_processing(loan);
  define_underwriting(loan);
  define_conditions(loan);
  define_closing(loan);
  return loan.build();
}

}  // namespace loan
