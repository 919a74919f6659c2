// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/runtime/family.hpp>
#include <nava/workflow/legal_hold.hpp>
#include <ostream>
#include <set>
#include <utility>

#include "tools/commands/commands.hpp"
#include "tools/terminal/json_output.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/terminal/text_table.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

using persistence::store;
using row_counts = std::vector<persistence::table_rows>;

// Of those that are to be deleted, before somebody is asked.
constexpr std::size_t shown_max = 50;

json::object counts_as_json(const uuid& id, const row_counts& counts) {
  json::object rows;
  for (const auto& count : counts) rows[count.table] = count.rows;
  return {{"_id", schema::to_text(id)}, {"rows", std::move(rows)}};
}

std::int64_t total(const row_counts& counts) {
  std::int64_t sum = 0;
  for (const auto& count : counts) sum += count.rows;
  return sum;
}

void print_deletion(std::ostream& out, bool dry_run, const uuid& id, const row_counts& counts) {
  out << fmt::format("{} {}: {} rows\n", dry_run ? "would delete" : "deleted", schema::to_text(id),
                     total(counts));
  for (const auto& count : counts)
    if (count.rows > 0) out << fmt::format("  {:<22}{}\n", count.table, count.rows);
}

// Each workflow once, its descendants before it. Throws error for a family that runs.
std::vector<uuid> with_children(store& store, const std::vector<uuid>& ids) {
  std::vector<uuid> all;
  std::set<uuid> known;
  const auto add = [&](const uuid& id) {
    if (known.insert(id).second) all.push_back(id);
  };
  for (const uuid& id : ids) {
    auto family = load_family(store, id);
    expect_at_rest(store, family);
    for (const uuid& each : in_order_of_deletion(std::move(family))) add(each);
    add(id);
  }
  return all;
}

// What is deleted is told first. Workflows that are not there are complained of later.
bool is_wanted(store& store, const std::vector<uuid>& ids, std::ostream& err) {
  text_table table{
      {{"ID"}, {"STATUS"}, {"RESOURCE", column_kind::text}, {"TITLE", column_kind::text}}};
  std::size_t found = 0;
  for (const uuid& id : ids) {
    if (found >= shown_max) break;
    const auto loaded = store.load(id);
    if (!loaded) continue;
    const auto& row = loaded->state.workflow;
    table.add({schema::to_text(id), std::string{to_text(row.status)},
               row.resource_name + "/" + row.resource_id, row.title});
    ++found;
  }
  if (found == 0) return true;
  table.print(err, terminal_width());
  if (found >= shown_max && ids.size() > found) {
    err << fmt::format("and up to {} more\n", ids.size() - found);
    found = ids.size();
  }
  return is_confirmed(found == 1
                          ? std::string{"Delete this workflow and all that it owns?"}
                          : fmt::format("Delete these {} workflows and all that they own?", found));
}

}  // namespace

int erase(const target& where, const delete_options& options, std::ostream& out,
          std::ostream& err) {
  const auto store = open_existing(where);
  int exit_code = 0;
  const auto complain = [&](std::string_view text) {
    err << fmt::format("nava: {}\n", printable(text));
    exit_code = 1;
  };
  std::vector<uuid> ids;
  for (const auto& name : options.workflows) try {
      ids.push_back(find_workflow(*store, name));
    } catch (const name_error& wrong) {
      complain(wrong.what());
    }
  if (options.with_children) ids = with_children(*store, ids);
  if (!options.dry_run && !options.yes && can_ask() && !is_wanted(*store, ids, err)) {
    complain("nothing was deleted");
    return exit_code;
  }

  progress_line progress{options.dry_run ? "counting workflow" : "deleting workflow", ids.size()};
  std::size_t done = 0;
  // Each workflow is reported as it goes, so that an error at a later one hides nothing.
  if (options.json) out << '[';
  std::string_view separator = "\n";
  for (const uuid& id : ids) {
    progress.advance_to(++done);
    row_counts counts;
    try {
      if (options.dry_run)
        if (const auto loaded = store->load(id))
          expect_no_legal_hold(id, loaded->state.workflow.sys_tag);
      counts = options.dry_run ? store->count_rows(id) : store->erase_and_count(id);
      progress.clear();
    } catch (const error& kept) {
      if (kept.kind() != error_kind::legal_hold) throw;
      progress.clear();
      complain(kept.what());
      continue;
    }
    if (counts.empty() || counts.front().rows == 0) {
      complain(fmt::format("there is no workflow {}", schema::to_text(id)));
    } else if (options.json) {
      out << std::exchange(separator, ",\n");
      write_json(out, counts_as_json(id, counts));
      out << std::flush;
    } else {
      print_deletion(out, options.dry_run, id, counts);
    }
  }
  if (options.json) out << "\n]\n";
  return exit_code;
}

}  // namespace nava::tools
