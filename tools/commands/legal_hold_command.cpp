// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/nava.hpp>
#include <nava/schema/text.hpp>
#include <ostream>

#include "tools/commands/commands.hpp"
#include "tools/commands/known_definition.hpp"
#include "tools/terminal/json_output.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

void print(std::ostream& out, const schema::workflow& row, bool as_json) {
  const auto holds = legal_holds_of(row);
  const std::string id = schema::to_text(row.id);
  if (as_json) {
    write_json(out, json::object{{"_id", id}, {"legal_holds", json::value_from(holds)}});
    out << '\n';
    return;
  }
  if (holds.empty()) {
    out << fmt::format("{} is under no legal hold\n", id);
    return;
  }
  out << fmt::format("{} is under legal hold:\n", id);
  for (const auto& name : holds) out << fmt::format("  {}\n", printable(name));
}

}  // namespace

int change_legal_hold(const target& where, const workflow_name& name,
                      const legal_hold_options& options, std::ostream& out, std::ostream& err) {
  const auto store = open_existing(where);
  const auto complain = [&](std::string_view text) {
    err << fmt::format("nava: {}\n", printable(text));
    return 1;
  };
  try {
    const uuid id = find_workflow(*store, name);
    for (int tries = 0; tries < tries_max; ++tries) {
      const auto loaded = store->load(id);
      if (!loaded) return complain(fmt::format("there is no workflow {}", schema::to_text(id)));
      const auto made = engine::decide(known_definition(loaded->state), loaded->state, options.does,
                                       options.hold, options.why, now(), new_id());
      if (store->commit(made.work) == commit_result::conflict) continue;
      print(out, made.state.workflow, options.json);
      return 0;
    }
    return complain("other processes changed the workflow during each try; run it again");
  } catch (const name_error& wrong) {
    return complain(wrong.what());
  } catch (const refused& wrong) {
    return complain(wrong.what());
  }
}

}  // namespace nava::tools
