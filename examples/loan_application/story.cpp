// SPDX-License-Identifier: Apache-2.0
#include "loan_application/story.hpp"

namespace loan {
namespace {

constexpr const char* dana = "Dana Reyes";
constexpr const char* sam = "Sam Ortiz";
constexpr const char* lena = "Lena Fox";
constexpr const char* amara = "Amara Cole";
constexpr const char* theo = "Theo Brandt";

using nava::json::array;
using nava::json::object;

// clang-format off
const std::vector<happening> happenings{
    {"2026-03-02 09:40", sam, "interview-held", "crm-1",
     {{"monthly_income", 9100}, {"monthly_debts", 675}, {"savings", 131000}}},
    {"2026-03-02 09:55", dana, "credit-authorized", "portal-1"},
    {"2026-03-03 10:15", sam, "borrower-prequalified", "crm-2", {{"up_to", 430000}}},

    {"2026-03-05 13:10", dana, "application-started", "portal-2"},
    {"2026-03-05 15:45", dana, "application-submitted", "portal-3",
     {{"price", 520000}, {"loan_amount", 416000}, {"taxes_and_insurance", 435}}},
    // Too early: the borrower has not even seen an estimate.
    {"2026-03-05 16:20", lena, "appraisal-ordered", "los-1"},
    {"2026-03-06 11:00", sam, "estimate-delivered", "los-2", {{"apr", 6.412}},
     "loan-estimate", 1},
    {"2026-03-07 10:30", dana, "intent-given", "portal-4"},

    {"2026-03-09 09:15", lena, "file-opened", "los-3",
     {{"documents", array{"Pay stubs, 30 days", "Bank statements, 2 months", "W-2s, 2 years"}},
      {"employers", array{"Copper State Hospital", "Mesa College"}}}},
    {"2026-03-09 09:45", lena, "appraisal-ordered", "los-4"},
    {"2026-03-10 08:05", "Flood vendor", "flood-zone-determined", "flood-118",
     {{"zone", "X"}}},
    {"2026-03-10 16:00", sam, "rate-locked", "lock-3307", {{"rate", 6.25}, {"days", 45}}},
    {"2026-03-11 10:00", sam, "estimate-delivered", "los-5", {{"apr", 6.389}},
     "loan-estimate", 2},
    {"2026-03-11 18:40", dana, "document-uploaded", "portal-5", {{"pages", 4}},
     "document-request", 1},
    // The portal was not sure and sends it again.
    {"2026-03-11 18:41", dana, "document-uploaded", "portal-5", {{"pages", 4}},
     "document-request", 1},
    {"2026-03-12 07:50", dana, "document-uploaded", "portal-6", {{"pages", 9}},
     "document-request", 2},
    {"2026-03-12 11:00", lena, "document-accepted", "los-6", {}, "document-request", 1},
    {"2026-03-12 11:05", lena, "document-rejected", "los-7",
     {{"why", "The February statement lacks page 3 of 5."}}, "document-request", 2},
    {"2026-03-13 08:30", "Copper State", "employment-confirmed", "voe-1", {{"since", "2019-08"}},
     "employment-verification", 1},
    {"2026-03-13 19:10", dana, "document-uploaded", "portal-7", {{"pages", 10}},
     "document-request", 2},
    {"2026-03-16 09:20", lena, "document-accepted", "los-8", {}, "document-request", 2},
    {"2026-03-16 13:00", "Appraiser", "house-inspected", "amc-1"},
    {"2026-03-16 13:30", "IRS", "transcripts-received", "irs-88", {{"years", array{2024, 2025}}}},
    {"2026-03-17 10:00", "Title company", "title-committed", "title-2291",
     {{"liens", "paid off at closing"}}},
    {"2026-03-17 14:00", "Mesa College", "employment-confirmed", "voe-2", {{"since", "2022-01"}},
     "employment-verification", 2},
    // The report came without the number it is for, so its handler throws.
    {"2026-03-18 15:10", "Appraiser", "appraisal-received", "amc-2", {{"report", "AR-5521"}}},
    {"2026-03-19 09:00", "Appraiser", "appraisal-corrected", "amc-3",
     {{"report", "AR-5521"}, {"appraised_value", 512000}}},
    {"2026-03-20 08:45", sam, std::string{hold_loan}, "",
     {{"reason", "The borrower is abroad until Monday."}}},
    {"2026-03-20 10:30", dana, "document-uploaded", "portal-8", {{"pages", 2}},
     "document-request", 3},
    {"2026-03-23 09:00", sam, std::string{release_loan}, "",
     {{"reason", "The borrower is back."}}},
    // The same event as on Friday. It was refused, so its key is still free.
    {"2026-03-23 09:20", dana, "document-uploaded", "portal-8", {{"pages", 2}},
     "document-request", 3},
    {"2026-03-23 11:15", lena, "document-accepted", "los-9", {}, "document-request", 3},
    {"2026-03-23 11:40", lena, "assets-verified", "los-10", {{"verified", 131000}}},
    {"2026-03-24 10:10", "Insurer", "insurance-bound", "hoi-4410", {{"yearly_premium", 1500}}},
    {"2026-03-24 15:00", lena, "file-submitted", "los-11"},

    {"2026-03-25 09:00", "Loan system", "findings-received", "aus-1",
     {{"recommendation", "Approve/Eligible"}}},
    {"2026-03-25 14:00", amara, "income-analysed", "uw-1", {{"monthly_income", 9100}}},
    // The house is worth less than it costs, and the loan is too much for it.
    {"2026-03-26 10:00", amara, "collateral-reviewed", "uw-2"},
    {"2026-03-27 12:00", dana, "down-payment-raised", "portal-9", {{"more", 6400}}},
    {"2026-03-30 09:30", sam, "estimate-delivered", "los-12", {{"apr", 6.391}},
     "loan-estimate", 3},
    {"2026-03-30 10:10", amara, "collateral-reviewed", "uw-3"},
    {"2026-03-30 16:00", amara, "loan-approved", "uw-4",
     {{"conditions", array{"Source of the extra $6,400", "Roof repair completed (1004D)",
                           "Letter on two credit inquiries"}}}},

    {"2026-04-01 18:30", dana, "condition-answered", "portal-10", {{"from", "savings account"}},
     "condition", 1},
    {"2026-04-01 18:45", dana, "condition-answered", "portal-11", {{"new_debt", false}},
     "condition", 3},
    {"2026-04-02 09:30", amara, "condition-cleared", "uw-5", {}, "condition", 1},
    {"2026-04-02 09:35", amara, "condition-cleared", "uw-6", {}, "condition", 3},
    {"2026-04-03 15:00", "Appraiser", "condition-answered", "amc-4", {{"completed", true}},
     "condition", 2},
    {"2026-04-06 10:00", amara, "condition-cleared", "uw-7", {}, "condition", 2},
    {"2026-04-07 11:00", amara, "cleared-to-close", "uw-8"},

    {"2026-04-08 16:30", theo, "disclosure-sent", "close-1", {{"cash_to_close", 121840}}},
    {"2026-04-09 07:50", dana, "disclosure-received", "portal-12"},
    // Received on a Thursday: Friday, Saturday, Monday are the three days.
    {"2026-04-09 09:00", theo, "signing-scheduled", "close-2", {{"day", "2026-04-11"}}},
    {"2026-04-09 09:20", theo, "signing-scheduled", "close-3", {{"day", "2026-04-13"}}},
    {"2026-04-10 09:00", lena, "employment-reconfirmed", "voe-3", {}, "verbal-verification", 1},
    {"2026-04-10 09:25", lena, "employment-reconfirmed", "voe-4", {}, "verbal-verification", 2},
    {"2026-04-10 15:00", theo, "documents-drawn", "close-4"},
    {"2026-04-12 16:00", dana, "walked-through", "portal-13", {{"defects", 0}}},
    {"2026-04-13 14:00", theo, "documents-signed", "close-5"},
    // Arizona funds dry: the money moves after the signed papers have been reviewed.
    {"2026-04-14 10:30", theo, "loan-funded", "wire-9034", {{"wired", 409600}}},
    {"2026-04-15 09:15", "County recorder", "deed-recorded", "rec-20260415",
     {{"instrument", "2026-0184417"}}}};
// clang-format on

}  // namespace

object terms_of_lender() {
  return {{"product", "30-year fixed"}, {"term_years", 30}, {"ltv_max", 80}, {"dti_max", 45}};
}

const std::vector<happening>& story() { return happenings; }

}  // namespace loan
