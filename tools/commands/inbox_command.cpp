// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/workflow_tables.hpp>
#include <ostream>

#include "tools/commands/commands.hpp"
#include "tools/terminal/json_output.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/terminal/text_table.hpp"

namespace nava::tools {
namespace {

using schema::workflow_inbox;

// Who holds an event, or until when it waits.
std::string waiting_text(const workflow_inbox& row) {
  if (row.lease_owner && row.lease_until > std::chrono::system_clock::now())
    return "with " + *row.lease_owner;
  if (row.status == schema::inbox_status::failed || !row.ts_due) return "";
  return "until " + time_text(row.ts_due);
}

std::vector<workflow_inbox> listed(persistence::store& store, const inbox_options& options) {
  std::vector<workflow_inbox> all;
  persistence::inbox_list request{.status = options.status};
  do {
    request.limit = std::min(persistence::inbox_events_max, options.limit - all.size());
    const auto page = store.list_events(request);
    all.insert(all.end(), page.begin(), page.end());
    if (page.size() < request.limit) break;
    request.after_seq = page.back().seq;
  } while (all.size() < options.limit);
  return all;
}

int print_list(persistence::store& store, const inbox_options& options, std::ostream& out) {
  const auto rows = listed(store, options);
  if (options.json) {
    json::array list;
    for (const auto& row : rows) list.push_back(row_as_json<schema::workflow_inbox_table>(row));
    write_json(out, list);
    out << '\n';
    return 0;
  }
  text_table table{{{"SEQ"},
                    {"EVENT", column_kind::text},
                    {"RESOURCE", column_kind::text},
                    {"STATUS"},
                    {"TRIES"},
                    {"STORED"},
                    {"WAITS", column_kind::text},
                    {"ERROR", column_kind::detail}}};
  for (const auto& row : rows)
    table.add({std::to_string(row.seq), row.event_name, row.resource_name + "/" + row.resource_id,
               std::string{to_text(row.status)}, std::to_string(row.attempt),
               time_text(row.ts_created), waiting_text(row),
               row.unreadable.value_or(row.error.value_or(""))});
  if (rows.empty())
    out << "no events\n";
  else
    table.print(out, terminal_width());
  return 0;
}

int print_changed(std::string_view done, std::size_t changed, std::size_t asked, bool as_json,
                  std::ostream& out, std::ostream& err) {
  if (as_json) {
    write_json(out, json::object{{std::string{done}, changed}});
    out << '\n';
  } else {
    out << fmt::format("{} {} of {} events\n", done, changed, asked);
  }
  if (changed == asked) return 0;
  err << "nava: the others are being delivered, or not there; see nava inbox\n";
  return 1;
}

}  // namespace

int inbox(const target& where, const inbox_options& options, std::ostream& out, std::ostream& err) {
  const auto store = open_existing(where);
  if (!options.retry.empty())
    return print_changed("retried", store->retry_events(options.retry), options.retry.size(),
                         options.json, out, err);
  if (options.discard.empty()) return print_list(*store, options, out);
  if (!options.yes && can_ask() &&
      !is_confirmed(fmt::format("Delete {} events for good?", options.discard.size()))) {
    err << "nava: nothing was deleted\n";
    return 1;
  }
  return print_changed("discarded", store->discard_events(options.discard), options.discard.size(),
                       options.json, out, err);
}

}  // namespace nava::tools
