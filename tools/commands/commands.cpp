// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/workflow_tables.hpp>
#include <ostream>

#include "tools/terminal/json_output.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/terminal/text_table.hpp"

namespace nava::tools {

using persistence::store;
using persistence::store_options;
using schema::workflow;

std::unique_ptr<store> open_existing(const target& where) {
  store_options options = where.store;
  options.on_older = store_options::schema_policy::expect;
  return persistence::open_store(where.url, options);
}

std::string time_text(const std::optional<timestamp>& time) {
  if (!time) return "";
  std::string text = schema::to_text(*time).substr(0, 19) + "Z";
  text[10] = ' ';
  return text;
}

std::string percent(double share) { return fmt::format("{:.0f}%", share * 100); }

int migrate(const target& where, const migrate_options& options, std::ostream& out) {
  using persistence::data_loss;
  const auto report =
      options.to ? persistence::migrate_to(
                       where.url, *options.to,
                       options.drop_data ? data_loss::accept : data_loss::refuse, where.store)
                 : persistence::migrate(where.url, where.store);
  if (options.json) {
    write_json(out, json::object{{"version_before", report.version_before},
                                 {"version_after", report.version_after}});
    out << '\n';
  } else if (report.version_before == report.version_after) {
    out << fmt::format("{} is at schema version {}; nothing to do\n", where.url.printable(),
                       report.version_after);
  } else {
    out << fmt::format("{} went from schema version {} to {}\n", where.url.printable(),
                       report.version_before, report.version_after);
  }
  return 0;
}

namespace {

// JSON goes out as it comes, a table only when it is known how wide its columns are.
class listing {
 public:
  listing(std::ostream& out, bool as_json) : out_(out), as_json_(as_json) {
    if (as_json_) out_ << '[';
  }

  void add(const workflow& row) {
    if (as_json_) {
      out_ << (listed_ == 0 ? "\n" : ",\n");
      write_json(out_, row_as_json<schema::workflow_table>(row));
    } else {
      table_.add({schema::to_text(row.id), std::string{to_text(row.status)}, percent(row.progress),
                  row.resource_name + "/" + row.resource_id, row.title, time_text(row.ts_start)});
    }
    ++listed_;
  }

  void finish() {
    if (as_json_)
      out_ << (listed_ == 0 ? "]\n" : "\n]\n");
    else if (listed_ == 0)
      out_ << "no workflows\n";
    else
      table_.print(out_, terminal_width());
  }

  [[nodiscard]] std::size_t listed() const { return listed_; }

 private:
  std::ostream& out_;
  bool as_json_;
  std::size_t listed_ = 0;
  text_table table_{{{"ID"},
                     {"STATUS"},
                     {"DONE"},
                     {"RESOURCE", column_kind::text},
                     {"TITLE", column_kind::text},
                     {"STARTED"}}};
};

}  // namespace

int list(const target& where, const list_options& options, std::ostream& out) {
  const auto store = open_existing(where);
  persistence::list_request request = options.which;
  request.newest_first = true;
  listing rows{out, options.json};
  progress_line progress{"listing workflow"};
  do {
    request.limit = persistence::list_rows_max;
    if (options.limit > 0) request.limit = std::min(request.limit, options.limit - rows.listed());
    const auto page = store->list(request);
    progress.clear();
    for (const auto& row : page.workflows) rows.add(row);
    progress.advance_to(rows.listed());
    request.after = page.next;
  } while (!request.after.empty() && rows.listed() != options.limit);
  progress.clear();
  rows.finish();
  return 0;
}

}  // namespace nava::tools
