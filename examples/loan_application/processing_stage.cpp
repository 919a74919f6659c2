// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "loan_application/calendar.hpp"
#include "loan_application/people.hpp"
#include "loan_application/stages.hpp"
#include "loan_application/steps.hpp"

namespace loan {
namespace {

using nv::from;

// Who has not sent it for a week is reminded, where the story's time counts for reminders.
void await_document(nv::step_context step) {
  step.transit("REQUESTED");
  if (step.workflow().params().contains("reminds"))
    step.due_at(step.workflow().now() + std::chrono::days{7});
}

void remind_borrower(nv::step_context& step) {
  step.message(fmt::format("Reminder: {} is missing for a week.", step.row().title));
  step.add_task("mail-reminder", {{"to", borrower}, {"about", step.row().title}});
}

void receive_document(nv::step_context& step, const nv::event& happened) {
  step.memorize(happened.data);
  step.transit("RECEIVED").due_at({});
}

void set_up_file(nv::step_context& step, const nv::event& happened) {
  step.workflow().memorize({{"employers", happened.data.at("employers")}});
  for (const auto& title : happened.data.at("documents").as_array())
    await_document(add(step, "document-request", {.title = std::string{title.as_string()}}));
  add_one_for_each(step, "employment-verification", happened.data.at("employers"), "SENT",
                   "Employment, ");
  for (const auto* key : {"tax-transcripts", "title-search", "flood-determination"})
    add(step, key).transit("ORDERED");
  for (const auto* key : {"asset-verification", "homeowners-insurance", "file-submission"})
    add(step, key);
  step.workflow().add_task("order-title-search", {{"county", "Maricopa"}}, {.attempts_max = 3});
  step.finish();
}

void reject_document(nv::step_context& step, const nv::event& happened) {
  await_document(step);
  step.message(text_in(happened, "why"));
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
  step.workflow().add_participant("underwriter", underwriter);
  for (const auto* key :
       {"automated-underwriting", "income-analysis", "collateral-review", "underwriting-decision"})
    add(step, key);
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

}  // namespace

void define_processing(nv::definition_builder& loan) {
  loan.stage("processing", "Processing");
  loan.step("file-setup", {.stage = "processing", .title = "File set-up"})
      .on("file-opened", set_up_file);
  loan.step(
          "document-request",
          {.stage = "processing", .states = {"REQUESTED", "RECEIVED", "ACCEPTED"}, .repeats = true})
      .transition("ACCEPTED", from{"RECEIVED"})
      .on_due(remind_borrower)
      .on("document-uploaded", receive_document)
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

}  // namespace loan
