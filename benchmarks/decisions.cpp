// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/decisions.hpp"

#include <stdexcept>

namespace nava::benchmarks {

decisions::decisions(persistence::store& store, std::int64_t first, std::int64_t workflows) {
  for (std::int64_t i = 0; i < workflows; ++i) {
    last_.push_back(workflow_with({}, first + i));
    if (store.create(last_.back()) != nava::commit_result::applied)
      throw std::runtime_error{"a workflow that was new was not created"};
  }
}

const nava::unit_of_work& decisions::next() {
  auto& last = last_[next_++ % last_.size()];
  last = decision_after(last);
  return last;
}

void commit(persistence::store& store, const nava::unit_of_work& unit) {
  if (store.commit(unit) != nava::commit_result::applied)
    throw std::runtime_error{"a decision on a workflow that nobody else touches conflicted"};
}

void crew::start(std::function<void()> work) {
  threads_.emplace_back([this, work = std::move(work)] {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock{mutex_};
      if (!failure_) failure_ = std::current_exception();
    }
  });
}

void crew::join() {
  threads_.clear();
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace nava::benchmarks
