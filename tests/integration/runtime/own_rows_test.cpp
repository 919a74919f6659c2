// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <nava/persistence/migration.hpp>
#include <nava/persistence/related_rows.hpp>

#include "extension_table/tables.hpp"
#include "support/catch.hpp"
#include "support/engine_case.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::test;

namespace claims {
const persistence::migration_set& migrations();
}

namespace {

using ::claims::attachment;
using ::claims::claim_database;

#define OWN_ROWS_TEST_CASE(NAME) \
  ENGINE_TEST_CASE("runtime: " NAME, "[runtime]", sqlite_file, postgresql_schema)

const resource claim_1{"claim", "1"};

// A claim to which scans are added, with rows of the application's.
definition claim() {
  definition_builder builder{"claim", revision{1}};
  builder.stage("only", "Only")
      .step("review", {.stage = "only"})
      .on("scanned", [](step_context& step, const event& scan) {
        attachment row;
        row.file_name = scan.data.at("file").as_string();
        row.pages = 3;
        row.scanned_by = step.workflow().actor().value_or("nobody");
        step.insert<claim_database>(row);
        if (scan.data.contains("twice")) step.insert<claim_database>(row);
        if (scan.data.contains("of")) {
          row.workflow_id = *schema::parse_uuid(scan.data.at("of").as_string());
          step.insert<claim_database>(row);
        }
        step.memorize({{"last", row.file_name}});
      });
  builder.on_task_finished("scan", [](workflow_context& workflow, const task_end&) {
    attachment row;
    row.file_name = "scanned.pdf";
    workflow.insert<claim_database>(row).insert<claim_database>(row);
  });
  builder.on("scan", [](workflow_context& workflow, const event&) { workflow.add_task("scan"); });
  builder.on("step", [](workflow_context& workflow, const event&) {
    workflow.insert<claim_database>(schema::workflow_stage{});
  });
  builder.on("undescribed", [](workflow_context& workflow, const event&) {
    schema::workflow_rate rate;
    rate.queue = "mail";
    workflow.insert<schema::workflow_database<>>(rate);
  });
  builder.on_started([](workflow_context& workflow) {
    workflow.add_step("review");
    if (workflow.params().contains("file")) {
      attachment row;
      row.file_name = workflow.params().at("file").as_string();
      workflow.insert<claim_database>(row);
    }
  });
  return builder.build();
}

struct claims_run {
  explicit claims_run(test_database& database)
      : stored(migrated(database)), run(stored, {claim()}) {}

  static std::shared_ptr<persistence::store> migrated(test_database& database) {
    (void)persistence::migrate(database.url(), database.options());
    (void)persistence::migrate(database.url(), database.options(), ::claims::migrations());
    return std::shared_ptr{database.open()};
  }

  std::vector<std::string> files(const uuid& id) {
    const auto row = stored->load(id).value().state.workflow;
    const auto loaded =
        persistence::load_related<claim_database, "attachments">(*stored, std::vector{row});
    std::vector<std::string> names;
    for (const attachment& each : loaded.of(row))
      names.push_back(each.file_name + " by " + each.scanned_by);
    return names;
  }
  event scanned(json::object data) {
    return {.name = "scanned",
            .resource = claim_1,
            .key = no_key,
            .data = std::move(data),
            .actor = "eva"};
  }

  std::shared_ptr<persistence::store> stored;
  runtime run;
};

}  // namespace

OWN_ROWS_TEST_CASE("rows of the application are stored with the decision that inserts them") {
  claims_run claims{database};
  const uuid id = claims.run.start("claim", claim_1, {{"file", "a.pdf"}}).workflow_id;
  claims.run.deliver(claims.scanned({{"file", "b.pdf"}}));
  CHECK(claims.files(id) == std::vector<std::string>{"a.pdf by ", "b.pdf by eva"});
  CHECK(claims.stored->load(id).value().state.steps.front().memory.at("last") == "b.pdf");
  CHECK(claims.stored->erase(id));
}

OWN_ROWS_TEST_CASE("what the database refuses of such rows leaves nothing of the decision") {
  claims_run claims{database};
  const uuid id = claims.run.start("claim", claim_1).workflow_id;
  const std::string before = database.dump(*claims.stored);
  CHECK_THROWS_AS(claims.run.deliver(claims.scanned({{"file", "b.pdf"}, {"twice", true}})), error);
  CHECK_THROWS_AS(claims.run.deliver(
                      claims.scanned({{"file", "b.pdf"}, {"of", schema::to_text(nava::new_id())}})),
                  action_refused);
  CHECK_THROWS_WITH(claims.run.deliver({.name = "undescribed", .resource = claim_1, .key = no_key}),
                    "rows of 'workflow_rate' do not go with a workflow; give it a "
                    "workflow_foreign_key");
  CHECK_THROWS_WITH(claims.run.deliver({.name = "step", .resource = claim_1, .key = no_key}),
                    "'workflow_stage' is a table of Nava's; insert() is for the others");
  CHECK(database.dump(*claims.stored) == before);
  CHECK(claims.files(id).empty());
}

OWN_ROWS_TEST_CASE("a task whose hooks insert what the database refuses has ended all the same") {
  claims_run claims{database};
  const uuid id = claims.run.start("claim", claim_1).workflow_id;
  claims.run.deliver({.name = "scan", .resource = claim_1, .key = no_key});
  const worker works{claims.run, {{"scan", [](task_context&) { return json::object{}; }}}};
  const auto ended = claims.run.wait(id, deadline::in(std::chrono::seconds{20}),
                                     [](const auto& state) { return state.tasks.empty(); });
  REQUIRE(ended);
  const auto history = claims.stored->history(id).value();
  CHECK(history.tasks.front().status == schema::task_status::completed);
  REQUIRE(history.messages.size() == 1);
  CHECK(history.messages.front().content.starts_with("the end of task 'scan': "));
  CHECK(claims.files(id).empty());
}

OWN_ROWS_TEST_CASE("a decision that loses to another is made again with its rows, once") {
  claims_run claims{database};
  const uuid id = claims.run.start("claim", claim_1).workflow_id;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      runtime other{claims.stored, {claim()}};
      (void)other.deliver(claims.scanned({{"file", std::to_string(i)}}));
    });
  for (auto& each : threads) each.join();
  CHECK(claims.files(id) ==
        std::vector<std::string>{"0 by eva", "1 by eva", "2 by eva", "3 by eva"});
}
