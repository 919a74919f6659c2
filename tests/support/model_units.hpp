// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <nava/workflow/unit_of_work.hpp>

#include "support/protocol_model.hpp"
#include "support/units.hpp"

/// Calls of a store as the model of the protocol knows them.
namespace nava::test::model {

/// What an engine decides that has read this revision of the workflow that `begun` makes: an event
/// more.
inline nava::unit_of_work unit_of(const nava::unit_of_work& begun, const commit_message& sent) {
  nava::unit_of_work unit;
  unit.workflow = begun.workflow;
  unit.read_revision = begun.workflow.revision + sent.revision;
  unit.workflow.revision = unit.read_revision + 1;
  unit.workflow.last_seq = begun.workflow.last_seq + sent.revision + 1;
  unit.transaction_id = id_of(id_kind::transaction, 1'000 + sent.transaction);
  auto& event = unit.events.emplace_back(begun.events.front());
  event.seq = unit.workflow.last_seq;
  event.transaction_id = unit.transaction_id;
  event.event_key.reset();
  if (sent.key != 0) event.event_key = fmt::format("key-{}", sent.key);
  return unit;
}

inline commit_result result_of(verdict said) {
  return said == verdict::applied           ? commit_result::applied
         : said == verdict::already_applied ? commit_result::already_applied
                                            : commit_result::conflict;
}

}  // namespace nava::test::model
