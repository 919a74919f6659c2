// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/inspection/schema_check.hpp>
#include <numeric>

#include "command_line.hpp"
#include "extension_table/tables.hpp"

namespace claims {

const nava::migration_set& migrations();

namespace {

constexpr std::string_view definition_key = "scanned-claim";

nava::definition scanned_claim() {
  nava::definition_builder claim{std::string{definition_key}, nava::revision{1}};
  claim.title("Expense claim on paper").stage("intake", "Intake");
  claim.step("scanning", {.stage = "intake", .states = {"WAITING", "SCANNED"}})
      .transition("SCANNED", nava::from{"WAITING"})
      .on("receipts-scanned", [](nava::step_context& step, const nava::event& scan) {
        for (const auto& file : scan.data.at("files").as_array()) {
          attachment one;  // whose workflow_id is set by insert()
          one.file_name = file.at("name").as_string();
          one.pages = file.at("pages").as_int64();
          one.scanned_by = scan.actor.value_or("");
          step.insert<claim_database>(one);
        }
        step.transit("SCANNED").finish();
      });
  claim.on_started(
      [](nava::workflow_context& workflow) { workflow.add_step("scanning").transit("WAITING"); });
  return claim.build();
}

void scan(nava::runtime& runtime, const std::string& number, std::string by,
          nava::json::array files) {
  const nava::resource claim{"claim", number};
  runtime.start(definition_key, claim);
  runtime.deliver({.name = "receipts-scanned",
                   .resource = claim,
                   .key = "scan-of-" + number,
                   .data = {{"files", std::move(files)}},
                   .actor = std::move(by)});
}

void print_claims(nava::store& store) {
  const auto workflows = store.list({.wfdef_key = std::string{definition_key}}).workflows;
  const auto attachments =
      nava::load_related<claim_database, "attachments", nava::descending<&attachment::pages>>(
          store, workflows);
  for (const workflow& one : workflows) {
    fmt::print("claim {}, {}\n", one.resource_id, to_text(one.status));
    for (const attachment& file : attachments.of(one))
      fmt::print("  {}, pages: {}, scanned by {}\n", file.file_name, file.pages, file.scanned_by);
  }
}

void print_counts(nava::store& store, const workflow& claim) {
  const auto counts = store.count_rows(claim.id);
  const auto rows = std::accumulate(counts.begin(), counts.end(), std::int64_t{0},
                                    [](auto sum, const auto& table) { return sum + table.rows; });
  const auto attachments =
      nava::load_related<claim_database, "attachments">(store, std::vector{claim});
  fmt::print("claim {}: rows in Nava's tables {}, attachments {}\n", claim.resource_id, rows,
             attachments.rows().size());
}

void withdraw(nava::store& store, std::string_view number) {
  const auto found = store.load({"claim", std::string{number}});
  const auto claim = std::find_if(found.begin(), found.end(), [](const auto& loaded) {
    return loaded.state.workflow.wfdef_key == definition_key;
  });
  if (claim == found.end()) return;
  print_counts(store, claim->state.workflow);
  store.erase(claim->state.workflow.id);
  print_counts(store, claim->state.workflow);
}

void print_findings(const nava::database_url& url) {
  const auto findings = nava::inspection::check_schema(
      url, claim_database::description,
      {.migrations = {&nava::persistence::nava_migrations(), &migrations()}});
  for (const auto& one : findings)
    fmt::print("{} {} {}: {}\n", to_text(one.how_bad), one.rule, one.object, one.message);
  fmt::print("check: {} findings\n", findings.size());
}

void run(const nava::database_url& url) {
  nava::migrate(url);
  nava::migrate(url, {}, migrations());

  nava::runtime runtime{nava::open_store(url), {scanned_claim()}};
  scan(runtime, "4711", "ada",
       {{{"name", "hotel.pdf"}, {"pages", 2}}, {{"name", "train.pdf"}, {"pages", 5}}});
  scan(runtime, "4712", "charles",
       nava::json::array{nava::json::object{{"name", "dinner.pdf"}, {"pages", 1}}});
  print_claims(runtime.store());

  fmt::print("\n");
  withdraw(runtime.store(), "4712");
  fmt::print("\n");
  print_findings(url);
  fmt::print("\nThe rows of claim 4711 stay in {}.\n", example::place(url));
}

}  // namespace
}  // namespace claims

int main(int argc, char** argv) {
  return example::main_of(argc, argv, "sqlite:extension_table.db", claims::run);
}
