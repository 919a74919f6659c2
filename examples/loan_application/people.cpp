// SPDX-License-Identifier: Apache-2.0
#include "loan_application/people.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace loan {
namespace {

using turn = std::pair<std::string_view, std::string_view>;

// Whatever is not here is for the processor, who asks employers, appraisers and offices.
constexpr std::array<turn, 20> turns{{{"interview", loan_officer},
                                      {"credit-report", borrower},
                                      {"prequalification-letter", loan_officer},
                                      {"application-form", borrower},
                                      {"loan-estimate", loan_officer},
                                      {"intent-to-proceed", borrower},
                                      {"rate-lock", loan_officer},
                                      {"document-request", borrower},
                                      {"homeowners-insurance", borrower},
                                      {"income-analysis", underwriter},
                                      {"collateral-review", underwriter},
                                      {"underwriting-decision", underwriter},
                                      {"condition", borrower},
                                      {"clear-to-close", underwriter},
                                      {"walk-through", borrower},
                                      {"closing-disclosure", closer},
                                      {"closing-documents", closer},
                                      {"signing", closer},
                                      {"funding", closer},
                                      {"recording", closer}}};

}  // namespace

std::string_view who_acts(std::string_view step_key) {
  const auto found = std::find_if(turns.begin(), turns.end(),
                                  [&](const turn& each) { return each.first == step_key; });
  return found == turns.end() ? processor : found->second;
}

}  // namespace loan
