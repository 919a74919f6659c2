// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <exception>
#include <nava/schema/text.hpp>

#include "persistence/log.hpp"
#include "persistence/rows/state_rows.hpp"
#include "persistence/sql_store.hpp"

// What the stores do where something cannot be unsealed.
namespace nava::persistence {

// By its state, and its first and last rows: one that was started without a key ring may have gone
// on with one.
bool sql_store::has_sealed_rows(const uuid& id, deadline limit) {
  const auto part = [&](std::int64_t after, std::int64_t last) {
    return history_from(
        read(queries_.history, {schema::to_text(id), std::to_string(after), std::to_string(last)},
             limit),
        form_of(queries_.history));
  };
  const auto first = part(0, 1);
  if (!first || payload_seal::is_sealed(*first)) return first.has_value();
  const std::int64_t last_seq = first->state.workflow.last_seq;
  const auto last = part(last_seq - 1, last_seq);
  return last && payload_seal::is_sealed(*last);
}

// One that cannot be read keeps nobody from the others of its resource.
void sql_store::open_readable(std::vector<loaded_workflow>& loaded, deadline limit) {
  std::exception_ptr unreadable;
  std::erase_if(loaded, [&](loaded_workflow& each) {
    try {
      seal_.open(each, limit);
      return false;
    } catch (const unreadable_value& failure) {
      log_->warn("{}", failure.what());
      unreadable = std::current_exception();
      return true;
    }
  });
  if (loaded.empty() && unreadable) std::rethrow_exception(unreadable);
}

void sql_store::open_or_give_back(claimed_tasks& claimed, std::chrono::milliseconds lease,
                                  deadline limit) {
  // While the tasks are still this caller's.
  const given_back_tasks back = seal_.open(claimed, limit.earlier(deadline::in(lease / 2)));
  if (back.tasks.empty()) return;
  try {
    (void)settle(back.tasks, of_call());
  } catch (const error& failure) {
    log_->warn("{} tasks are held to the end of their leases: {}", back.tasks.size(),
               failure.what());
  }
  if (claimed.tasks.empty() && back.failure) std::rethrow_exception(back.failure);
}

}  // namespace nava::persistence
