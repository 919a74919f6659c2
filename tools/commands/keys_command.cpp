// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/persistence/key_ring.hpp>
#include <ostream>

#include "tools/commands/commands.hpp"
#include "tools/terminal/json_output.hpp"

namespace nava::tools {

int keys(const target& where, const keys_options& options, std::ostream& out) {
  persistence::key_sweep which;
  if (options.age) which.age = *options.age;
  which.dry_run = !options.destroy;
  which.even_all = options.even_all;
  const auto store = open_existing(where);
  const auto found = persistence::destroy_orphaned_keys(*store, *where.store.keys, which);
  if (options.json) {
    write_json(out, json::object{{"keys", found.keys},
                                 {"without_workflow", found.orphaned},
                                 {"destroyed", options.destroy ? found.orphaned : 0}});
    out << '\n';
  } else {
    out << fmt::format("{} keys; {} without a workflow{}\n", found.keys, found.orphaned,
                       options.destroy ? ", now destroyed" : "");
  }
  return 0;
}

}  // namespace nava::tools
