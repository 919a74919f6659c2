// SPDX-License-Identifier: Apache-2.0
#include "support/replayed.hpp"

#include <nava/persistence/related_rows.hpp>
#include <nava/schema/workflow_database.hpp>

#include "engine/worklist.hpp"

namespace nava::test {
namespace {

std::vector<std::string> texts_of(std::span<const schema::workflow_worklist> rows) {
  std::vector<std::string> texts;
  for (const auto& row : rows)
    texts.push_back(json::serialize(schema::to_json<schema::workflow_worklist_table>(row)));
  std::ranges::sort(texts);
  return texts;
}

}  // namespace

bool has_its_worklist(persistence::store& store, const nava::workflow_state& state) {
  const auto stored = persistence::load_related<schema::workflow_database<>, "worklist">(
      store, std::vector{state.workflow});
  return texts_of(stored.of(state.workflow)) == texts_of(engine::worklist_of(state));
}

}  // namespace nava::test
