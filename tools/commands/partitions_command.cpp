// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/persistence/partitions.hpp>
#include <nava/schema/row.hpp>
#include <ostream>

#include "tools/commands/commands.hpp"
#include "tools/terminal/json_output.hpp"

namespace nava::tools {
namespace {

using persistence::partition_range;
using persistence::partition_report;
using persistence::partition_set;

// Bounds are days as a rule.
std::string bound(timestamp time) {
  const std::string text = schema::to_text(time);
  return text.substr(10) == "T00:00:00.000000Z" ? text.substr(0, 10) : text;
}

std::string range(const partition_range& what) {
  return fmt::format("{} to {}", bound(what.from), bound(what.to));
}

json::object as_json(const partition_range& what) {
  return {{"from", schema::to_text(what.from)}, {"to", schema::to_text(what.to)}};
}

json::object as_json(const partition_set& what) {
  json::object object = as_json(what.range);
  object["workflows"] = what.workflows;
  object["rows_estimate"] = what.rows_estimate;
  return object;
}

json::object as_json(const partition_report& report) {
  json::array made, dropped, kept;
  for (const auto& each : report.made) made.push_back(as_json(each));
  for (const auto& each : report.dropped) {
    json::object object = as_json(each.what);
    object["microseconds"] = each.took.count();
    dropped.push_back(std::move(object));
  }
  for (const auto& each : report.kept) {
    json::object object = as_json(each.what);
    object["reason"] = each.reason;
    kept.push_back(std::move(object));
  }
  return {{"every", to_text(report.every)},
          {"made", std::move(made)},
          {"dropped", std::move(dropped)},
          {"kept", std::move(kept)},
          {"default_rows_estimate", report.default_rows_estimate}};
}

void print(const partition_report& report, bool dry_run, std::ostream& out) {
  for (const auto& each : report.made)
    out << fmt::format("{} {}\n", dry_run ? "would make" : "made", range(each));
  for (const auto& [what, took] : report.dropped)
    out << fmt::format(
        "{} {}: {} workflows, about {} rows{}\n", dry_run ? "would drop" : "dropped",
        range(what.range), what.workflows, what.rows_estimate,
        dry_run ? "" : fmt::format(", {:.3f} s", static_cast<double>(took.count()) / 1e6));
  for (const auto& [what, reason] : report.kept)
    out << fmt::format("kept {}: {}\n", range(what.range), reason);
  if (report.made.empty() && report.dropped.empty() && report.kept.empty())
    out << "nothing to do\n";
  if (report.default_rows_estimate > 0)
    out << fmt::format("about {} rows are in the default partition\n",
                       report.default_rows_estimate);
}

}  // namespace

int partitions(const target& where, const partitions_options& options, std::ostream& out) {
  const partition_report report = persistence::maintain_partitions(where.url, options.what);
  if (options.json) {
    write_json(out, as_json(report));
    out << '\n';
  } else {
    print(report, options.what.dry_run, out);
  }
  return 0;
}

}  // namespace nava::tools
