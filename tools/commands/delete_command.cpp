// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <nava/runtime/family.hpp>
#include <nava/workflow/legal_hold.hpp>
#include <ostream>
#include <set>
#include <system_error>
#include <utility>

#include "tools/commands/commands.hpp"
#include "tools/commands/known_definition.hpp"
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

// What is deleted is on the disk before and after: a deletion whose end nobody told can be seen.
class receipt {
 public:
  explicit receipt(const std::string& file) : name_(file) {
    if (name_.empty()) return;
    file_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file_ == -1) fail("cannot make the receipt {}: {}; nothing was deleted");
  }
  receipt(const receipt&) = delete;
  receipt& operator=(const receipt&) = delete;
  ~receipt() {
    if (file_ != -1) ::close(file_);
  }

  void begin(const uuid& id) {
    add({{"_id", schema::to_text(id)}, {"begun", schema::to_text(now())}},
        "cannot write to the receipt {}: {}; the next workflow was not deleted");
  }
  void end(json::object deleted) {
    deleted["deleted"] = schema::to_text(now());
    add(deleted, "the last workflow is deleted, and the receipt {} does not say so: {}");
  }

 private:
  void add(const json::object& what, std::string_view otherwise) {
    if (file_ == -1) return;
    const std::string line = json::serialize(what) + '\n';
    for (std::size_t done = 0; done < line.size();) {
      const ssize_t some = ::write(file_, line.data() + done, line.size() - done);
      if (some == -1) fail(otherwise);
      done += static_cast<std::size_t>(some);
    }
    if (::fsync(file_) != 0) fail(otherwise);
  }
  [[noreturn]] void fail(std::string_view what) const {
    throw std::runtime_error{
        fmt::format(fmt::runtime(what), name_, std::generic_category().message(errno))};
  }

  const std::string name_;
  int file_ = -1;
};

void look_for_legal_hold(store& store, const uuid& id) try {
  if (const auto row = find_row(store, id)) expect_no_legal_hold(id, row->sys_tag);
} catch (const unreadable_value&) {
  // A deletion reads no other column.
}

// All pages, by id.
std::vector<uuid> workflows_of(store& store, const std::string& participant) {
  std::vector<uuid> ids;
  persistence::list_request request{.participant = participant,
                                    .limit = persistence::list_rows_max};
  do {
    const auto page = store.list(request);
    for (const auto& row : page.workflows) ids.push_back(row.id);
    request.after = page.next;
  } while (!request.after.empty());
  return ids;
}

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
    const auto row = find_row(store, id);
    if (!row) continue;
    table.add({schema::to_text(id), std::string{to_text(row->status)},
               row->resource_name + "/" + row->resource_id, row->title});
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
  if (!options.participant.empty()) ids = workflows_of(*store, options.participant);
  if (!options.participant.empty() && ids.empty())
    complain(fmt::format("'{}' takes part in no workflow", options.participant));
  if (!options.resource.empty()) try {
      ids = find_workflows_about(*store, options.resource);
    } catch (const name_error& wrong) {
      complain(wrong.what());
    }
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

  receipt kept_receipt{options.receipt};
  progress_line progress{options.dry_run ? "counting workflow" : "deleting workflow", ids.size()};
  std::size_t done = 0;
  // Each workflow is reported as it goes, so that an error at a later one hides nothing.
  if (options.json) out << '[';
  std::string_view separator = "\n";
  for (const uuid& id : ids) {
    progress.advance_to(++done);
    row_counts counts;
    try {
      if (options.dry_run) look_for_legal_hold(*store, id);
      kept_receipt.begin(id);
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
      continue;
    }
    if (options.json) {
      out << std::exchange(separator, ",\n");
      write_json(out, counts_as_json(id, counts));
      out << std::flush;
    } else {
      print_deletion(out, options.dry_run, id, counts);
    }
    kept_receipt.end(counts_as_json(id, counts));
  }
  if (options.json) out << "\n]\n";
  return exit_code;
}

}  // namespace nava::tools
