// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/nava.hpp>
#include <nava/schema/text.hpp>
#include <ostream>

#include "tools/commands/commands.hpp"
#include "tools/commands/known_definition.hpp"
#include "tools/terminal/json_output.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

using schema::step_status;
using schema::workflow_step;

// A step by its key, where one step with that key is in error, or by its id or selector.
const workflow_step& find_step(const workflow_state& state, const std::string& name) {
  const auto id = schema::parse_uuid(name);
  const workflow_step* chosen = nullptr;
  for (const auto& step : state.steps) {
    if (id ? step.id != *id && step.selector != *id
           : step.step_key != name || step.status != step_status::error)
      continue;
    if (chosen != nullptr)
      throw name_error{fmt::format("several steps {} are in error; name one by its id", name)};
    chosen = &step;
  }
  if (chosen == nullptr)
    throw name_error{fmt::format("no step {} is in error; nava show tells which are", name)};
  return *chosen;
}

void print(std::ostream& out, const retry_options& options, const workflow_step& step,
           const workflow_state& after) {
  const std::string_view status = options.ignore ? "IGNORED" : "ACTIVE";
  if (options.json) {
    write_json(out, json::object{{"_id", schema::to_text(after.workflow.id)},
                                 {"step_id", schema::to_text(step.id)},
                                 {"step_key", step.step_key},
                                 {"step_status", status},
                                 {"status", schema::to_text(after.workflow.status)}});
    out << '\n';
    return;
  }
  out << fmt::format("step {} of {} is {}; the workflow is {}\n", printable(step.step_key),
                     schema::to_text(after.workflow.id), status, to_text(after.workflow.status));
  out << "No handler and no hook ran";
  out << (options.ignore ? ".\n" : ": deliver the event that failed it again, under a new key.\n");
}

}  // namespace

int retry(const target& where, const workflow_name& name, const retry_options& options,
          std::ostream& out, std::ostream& err) {
  const auto store = open_existing(where);
  const auto complain = [&](std::string_view text) {
    err << fmt::format("nava: {}\n", printable(text));
    return 1;
  };
  try {
    const uuid id = find_workflow(*store, name);
    const auto verb = options.ignore ? engine::step_command::ignore : engine::step_command::recover;
    for (int tries = 0; tries < tries_max; ++tries) {
      const auto loaded = store->load(id);
      if (!loaded) return complain(fmt::format("there is no workflow {}", schema::to_text(id)));
      const workflow_step step = find_step(loaded->state, options.step);
      const auto made = engine::decide(known_definition(loaded->state), loaded->state, verb,
                                       step.id, options.why, now(), new_id());
      // The application's hooks may still add steps or tasks before it completes.
      if (made.state.workflow.status == schema::workflow_status::completed)
        return complain(
            "that would complete the workflow without the hooks of its definition; let the "
            "application call runtime::ignore");
      if (store->commit(made.work) == commit_result::conflict) continue;
      print(out, options, step, made.state);
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
