// SPDX-License-Identifier: Apache-2.0
#include "loan_application/definition.hpp"

#include "loan_application/calendar.hpp"
#include "loan_application/people.hpp"
#include "loan_application/stages.hpp"
#include "loan_application/steps.hpp"

namespace loan {
namespace {

void open_loan(nv::workflow_context& loan) {
  loan.add_participant("borrower", borrower).add_participant("loan-officer", loan_officer);
  add(loan, "interview");
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
