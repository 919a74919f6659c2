// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/inspection/orphans.hpp>
#include <nava/runtime/verify_workflows.hpp>
#include <nava/schema/text.hpp>
#include <ostream>

#include "tools/commands/commands.hpp"
#include "tools/terminal/json_output.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

constexpr int found_some = 1;
constexpr int not_looked = 2;

// Writes each finding as it is found, so that any number needs no memory.
class findings_writer {
 public:
  findings_writer(std::ostream& out, bool as_json) : out_(out), as_json_(as_json) {
    if (as_json_) out_ << "{\"findings\":[";
  }

  /// `where` is the id of a workflow, or the name of a table.
  void write(std::string_view where, std::string_view text) {
    if (!as_json_) {
      out_ << printable(where) << ' ' << printable(text) << '\n';
    } else {
      out_ << (count_ == 0 ? "" : ",");
      write_json(out_, json::object{{"where", where}, {"text", text}});
    }
    ++count_;
  }

  /// `failure` is why not everything was read; empty: everything was.
  void end(std::size_t workflows, std::string_view failure) {
    if (as_json_) {
      out_ << "],\"workflows\":" << workflows << ",\"failure\":";
      write_json(out_, failure.empty() ? json::value(nullptr) : json::value(failure));
      out_ << "}\n";
      return;
    }
    out_ << fmt::format("{} workflow{} verified: {}\n", workflows, workflows == 1 ? "" : "s",
                        count_ == 0 ? "nothing contradicts itself"
                                    : fmt::format("{} finding{}", count_, count_ == 1 ? "" : "s"));
  }

  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  std::ostream& out_;
  const bool as_json_;
  std::size_t count_ = 0;
};

// Returns why a table could not be read; empty where all were.
std::string write_orphans(const persistence::database_url& url, findings_writer& findings) {
  std::string failure;
  for (const auto& rows : inspection::find_orphans(url)) {
    for (const std::string& key : rows.keys)
      findings.write(rows.table, fmt::format("{}: {} has no such row", key, rows.target));
    if (rows.are_more)
      findings.write(rows.table, fmt::format("and more rows that {} lacks", rows.target));
    if (!rows.failure.empty()) failure = fmt::format("{}: {}", rows.table, rows.failure);
  }
  return failure;
}

}  // namespace

int verify(const target& where, const verify_options& options, std::ostream& out,
           std::ostream& err) {
  const auto store = open_existing(where);
  std::vector<uuid> ids;
  for (const workflow_name& name : options.workflows) {
    try {
      ids.push_back(find_workflow(*store, name));
    } catch (const name_error& wrong) {
      err << fmt::format("nava: {}\n", printable(wrong.what()));
      return not_looked;
    }
    if (store->count_rows(ids.back()).front().rows > 0) continue;
    err << fmt::format("nava: there is no workflow {}\n", schema::to_text(ids.back()));
    return not_looked;
  }
  findings_writer findings{out, options.json};
  verify_report so_far;
  const verify_listener listener{.on_contradiction =
                                     [&](const contradiction& found) {
                                       findings.write(schema::to_text(found.workflow_id),
                                                      found.text);
                                     },
                                 .on_progress =
                                     [&](const verify_report& report) {
                                       so_far = report;
                                       // Nobody reads any more where it is not good.
                                       return out.good();
                                     }};
  const bool all = ids.empty() && options.which.wfdef_key.empty() && options.which.statuses.empty();
  std::string failure;
  try {
    ids.empty() ? verify_workflows(*store, options.which, listener)
                : verify_workflows(*store, ids, listener);
    if (all) {
      verify_inbox(*store, [&](std::int64_t seq, const std::string& text) {
        findings.write("workflow_inbox", fmt::format("{}: {}", seq, text));
        return out.good();
      });
      failure = write_orphans(where.url, findings);
    }
  } catch (const error& failed) {
    failure = failed.what();
  }
  findings.end(so_far.workflows, failure);
  if (!failure.empty()) {
    err << fmt::format("nava: not everything was read: {}\n", printable(failure));
    return not_looked;
  }
  return findings.count() == 0 ? 0 : found_some;
}

}  // namespace nava::tools
