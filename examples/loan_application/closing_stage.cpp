// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "loan_application/calendar.hpp"
#include "loan_application/people.hpp"
#include "loan_application/stages.hpp"
#include "loan_application/steps.hpp"

namespace loan {
namespace {

using nv::from;

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

}  // namespace

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

}  // namespace loan
