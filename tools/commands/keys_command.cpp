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
  const auto found = persistence::destroy_orphaned_keys(where.url, *where.store.keys, which);
  if (options.json) {
    write_json(out, json::object{{"keys", found.keys},
                                 {"newer", found.newer},
                                 {"without_workflow", found.orphaned},
                                 {"destroyed", found.destroyed}});
    out << '\n';
    return 0;
  }
  out << fmt::format("{} keys; {} without a workflow", found.keys, found.orphaned);
  if (options.destroy) out << fmt::format(", {} destroyed", found.destroyed);
  if (found.newer > 0)
    out << fmt::format("; {} are newer than the newest workflow and stay", found.newer);
  out << '\n';
  return 0;
}

}  // namespace nava::tools
