// SPDX-License-Identifier: Apache-2.0
#include "support/faulty_store.hpp"

namespace nava::test {

void faulty_store::fail_call(std::size_t number, fault kind) {
  const std::lock_guard lock{mutex_};
  faults_[number] = kind;
}

void faulty_store::before_call(std::size_t number, std::function<void()> happens) {
  const std::lock_guard lock{mutex_};
  happenings_[number] = std::move(happens);
}

void faulty_store::reset() {
  const std::lock_guard lock{mutex_};
  calls_ = 0;
  faults_.clear();
  happenings_.clear();
}

std::size_t faulty_store::calls() const {
  const std::lock_guard lock{mutex_};
  return calls_;
}

void faulty_store::intercept(error_kind after, const std::function<void()>& call) {
  std::function<void()> happens;
  std::optional<fault> chosen;
  {
    const std::lock_guard lock{mutex_};
    ++calls_;
    if (auto node = happenings_.extract(calls_)) happens = std::move(node.mapped());
    if (const auto node = faults_.extract(calls_)) chosen = node.mapped();
  }
  if (happens) happens();
  if (chosen == fault::before)
    throw error{error_kind::connection_lost, "a fault before the call; try again"};
  call();
  if (chosen == fault::after) throw error{after, "a fault after the call; try again"};
}

}  // namespace nava::test
