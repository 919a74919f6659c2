// SPDX-License-Identifier: Apache-2.0
#include "loan_application/office.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace loan {
namespace {

using nava::json::object;

nava::task_handler returning(object result) {
  return [result = std::move(result)](nava::task_context&) { return result; };
}

}  // namespace

object office::order_credit_report(nava::task_context& task) {
  if (task.attempt() == 1) {
    const std::string reason = "the credit bureau does not answer";
    const std::lock_guard lock{mutex_};
    setbacks_.push_back({task.name(), fmt::format("{}; attempt {} of {}", reason, task.attempt(),
                                                  task.attempts_max())});
    throw std::runtime_error{reason};
  }
  return {{"score", 748}, {"late_payments", 0}};
}

std::vector<nava::task_definition> office::tasks() {
  using namespace std::chrono_literals;
  return {{"order-credit-report",
           [this](nava::task_context& task) { return order_credit_report(task); },
           {.backoff = 200ms}},
          {"order-title-search", returning({{"file", "title-2291"}})},
          {"order-appraisal", returning({{"order", "AMC-5521"}})},
          {"send-appraisal-copy", returning({{"sent_to", "borrower"}})},
          {"mail-reminder", returning({{"sent", true}})}};
}

std::vector<office::setback> office::setbacks() {
  const std::lock_guard lock{mutex_};
  return std::exchange(setbacks_, {});
}

}  // namespace loan
