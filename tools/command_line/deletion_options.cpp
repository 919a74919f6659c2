// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tools/command_line/command_line.hpp"

/// Options of commands that delete, and of what stays of the deleted.
namespace nava::tools {

void command_line::add_purge_options(arguments& given) {
  auto& policy = given.purge.policy;
  purge
      ->add_option("--older-than", given.age,
                   "finished at least so long ago: a number and s, m, h or d, as in 90d")
      ->required();
  purge->add_option("--status", given.statuses,
                    "only COMPLETED, CANCELLED or FAILED ones; may be given several times");
  purge->add_option("--definition", policy.wfdef_key, "only workflows of this definition");
  purge
      ->add_option("--batch", policy.batch_max,
                   fmt::format("at most so many in one transaction (default: {})",
                               persistence::purge_batch_max))
      ->check(CLI::Range{std::size_t{1}, persistence::purge_batch_max});
  purge->add_option("--limit", policy.limit, "at most so many in all (default: all)")
      ->check(is_limit());
  purge->add_option("--after", given.after, "go on where a purge that was stopped ended");
  purge->add_option("--call-timeout", given.call_timeout,
                    "how long to wait for one batch: 45s, 11m (default: 30s)");
  purge->add_flag("--dry-run", given.dry_run, "only say how many would be purged");
}

void command_line::add_tombstone_options(arguments& given) {
  for (CLI::App* command : {erase, purge, partitions}) {
    auto* remember =
        command->add_option("--remember", given.remember,
                            "for how long a late start of what is deleted is refused: 90d");
    if (command == partitions) remember->needs(partitions->get_option("--drop-older-than"));
    command
        ->add_option("--one-per-resource", given.one_per_resource,
                     "a definition of which a resource has one workflow ever: another is refused "
                     "too; may be given several times")
        ->needs(remember);
  }
}

void command_line::add_keys_options(arguments& given) {
  auto* destroys =
      keys->add_flag("--destroy", given.key_ring.destroy, "destroy the keys without a workflow");
  keys->add_option("--older-than", given.key_age,
                   "only keys that were made so long ago: 1h, 7d (default: 1d)");
  keys->add_flag(
          "--even-all", given.key_ring.even_all,
          "destroy keys that are newer than the newest workflow, and also where no key has one")
      ->needs(destroys);
}

}  // namespace nava::tools
