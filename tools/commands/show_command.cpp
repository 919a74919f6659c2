// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/schema/text.hpp>
#include <optional>
#include <ostream>

#include "tools/commands/commands.hpp"
#include "tools/commands/own_tables.hpp"
#include "tools/commands/workflow_page.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {

int show(const target& where, const workflow_name& name, const show_options& options,
         std::ostream& out, std::ostream& err) {
  std::optional<own_tables> own;
  const auto store = open_existing(where);
  try {
    const uuid id = find_workflow(*store, name);
    auto history = store->history(id);
    if (!history) throw name_error{fmt::format("there is no workflow {}", schema::to_text(id))};
    if (!options.steps && !options.events) own.emplace(where.url);
    print_workflow(out, *std::move(history),
                   own ? own->rows_of(*store, id) : std::vector<own_tables::rows>{}, options);
    return 0;
  } catch (const name_error& wrong) {
    err << fmt::format("nava: {}\n", printable(wrong.what()));
    return 1;
  }
}

}  // namespace nava::tools
