// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/inspection/lint.hpp>
#include <nava/inspection/read_catalog.hpp>
#include <nava/inspection/schema_check.hpp>
#include <nava/persistence/purge.hpp>
#include <nava/schema/database.hpp>
#include <nava/schema/workflow_database.hpp>

#include "persistence/postgresql/connection/server_connection.hpp"
#include "support/claims.hpp"
#include "support/postgresql_places.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::test;
using persistence::database_url;
using persistence::store_options;

namespace {

struct setting {
  std::string name, value;
};

// What an administrator, a framework or a habit sets for a role or a database.
const std::vector<setting> hostile_settings{{"search_path", "evil, pg_catalog"},
                                            {"search_path", "evil"},
                                            {"search_path", "no_such_schema"},
                                            {"search_path", "''"},
                                            {"search_path", "'\"$user\"', 'Odd, \"name'"},
                                            {"DateStyle", "'German, DMY'"},
                                            {"DateStyle", "'SQL, YMD'"},
                                            {"TimeZone", "'Pacific/Chatham'"},
                                            {"IntervalStyle", "sql_standard"},
                                            {"extra_float_digits", "-15"},
                                            {"bytea_output", "escape"},
                                            {"quote_all_identifiers", "on"},
                                            {"standard_conforming_strings", "off"},
                                            {"escape_string_warning", "on"},
                                            {"backslash_quote", "on"},
                                            {"array_nulls", "off"},
                                            {"transform_null_equals", "on"},
                                            {"xmloption", "document"},
                                            {"xmlbinary", "hex"},
                                            {"lc_messages", "'C'"},
                                            {"lc_numeric", "'C'"},
                                            {"lc_time", "'C'"},
                                            {"client_encoding", "'LATIN1'"},
                                            {"default_transaction_isolation", "'serializable'"},
                                            {"default_transaction_isolation", "'repeatable read'"},
                                            {"default_transaction_deferrable", "on"},
                                            {"session_replication_role", "replica"},
                                            {"row_security", "off"},
                                            {"check_function_bodies", "off"},
                                            {"default_table_access_method", "heap"},
                                            {"default_toast_compression", "pglz"},
                                            {"default_text_search_config", "'pg_catalog.simple'"},
                                            {"client_min_messages", "debug2"},
                                            {"client_min_messages", "error"},
                                            {"synchronous_commit", "off"},
                                            {"statement_timeout", "'100s'"},
                                            {"lock_timeout", "'5s'"},
                                            {"idle_in_transaction_session_timeout", "'5s'"},
                                            {"work_mem", "'64kB'"},
                                            {"jit_above_cost", "0"},
                                            {"force_parallel_mode", "regress"},
                                            {"debug_parallel_query", "regress"},
                                            {"max_parallel_workers_per_gather", "0"},
                                            {"parallel_setup_cost", "0"},
                                            {"plan_cache_mode", "force_custom_plan"},
                                            {"plan_cache_mode", "force_generic_plan"},
                                            {"random_page_cost", "1000"},
                                            {"enable_seqscan", "off"},
                                            {"enable_bitmapscan", "off"},
                                            {"enable_indexonlyscan", "off"},
                                            {"enable_nestloop", "off"},
                                            {"enable_hashjoin", "off"},
                                            {"enable_mergejoin", "off"},
                                            {"enable_hashagg", "off"},
                                            {"enable_sort", "off"},
                                            {"enable_material", "off"},
                                            {"enable_partition_pruning", "off"},
                                            {"geqo_threshold", "2"},
                                            {"join_collapse_limit", "1"},
                                            {"from_collapse_limit", "1"},
                                            {"constraint_exclusion", "on"},
                                            {"cursor_tuple_fraction", "0"},
                                            {"track_activities", "off"},
                                            {"commit_delay", "100"},
                                            {"log_statement", "'all'"},
                                            {"default_statistics_target", "1"}};

constexpr std::size_t fewest_settings = 40;
constexpr std::size_t settings_of_round = 16;

// Those of one name are in different rounds.
std::vector<std::vector<setting>> in_rounds(const std::vector<setting>& all) {
  std::vector<std::vector<setting>> rounds;
  for (const setting& each : all) {
    const auto fits = [&](const auto& round) {
      return round.size() < settings_of_round &&
             std::ranges::find(round, each.name, &setting::name) == round.end();
    };
    const auto found = std::ranges::find_if(rounds, fits);
    (found == rounds.end() ? rounds.emplace_back() : *found).push_back(each);
  }
  return rounds;
}

// Operators and functions that would be taken for those of the server.
constexpr std::string_view evil_schema = R"(
CREATE SCHEMA evil;
CREATE FUNCTION evil.no(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION evil.no(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION evil.no(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.no);
CREATE OPERATOR evil.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = evil.no);
CREATE OPERATOR evil.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.no);
CREATE OPERATOR evil.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.no);
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT ''-infinity''::timestamptz';
CREATE FUNCTION evil.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS 'SELECT $2';
CREATE FUNCTION evil.to_regclass(text) RETURNS regclass LANGUAGE sql AS 'SELECT NULL::regclass';
CREATE TABLE evil.workflow (_id int);
CREATE TABLE evil.pg_settings (name text, setting text, source text);
CREATE TABLE evil.pg_class (oid oid))";

// Commands are made of the same events at the same times.
class round_of_everything {
 public:
  round_of_everything(std::string url, std::string schema) : url_(url, schema) {}

  // What came of it, line by line, with S in the place of the schema.
  std::string run() {
    const auto report = persistence::migrate(url_, options_);
    say("migrated", fmt::format("{} to {}", report.version_before, report.version_after));
    const std::shared_ptr store = persistence::open_store(url_, options_);
    units(*store);
    events(store);
    deletions(*store);
    findings();
    return std::move(text_);
  }

  // What a session without any of the settings reads of it.
  std::string read() {
    const auto store = persistence::open_store(url_, options_);
    for (const auto& row : store->list({}).workflows) say_workflow(*store, row.id);
    return std::move(text_);
  }

 private:
  void say(std::string_view subject, std::string_view what) {
    std::string line = fmt::format("{}: {}\n", subject, what);
    for (std::size_t at = 0; (at = line.find(url_.schema(), at)) != std::string::npos;)
      line.replace(at, url_.schema().size(), "S");
    text_ += line;
  }
  template <class Result>
  requires std::is_enum_v<Result>
  void say(std::string_view subject, Result result) {
    say(subject, std::to_string(static_cast<int>(result)));
  }

  void say_workflow(persistence::store& store, const uuid& id) {
    const auto loaded = store.load(id, "event-1");
    if (loaded->state.workflow.wfdef_key == "claim") {
      const auto history = store.history(id).value();
      for (const auto& row : history.events) say("event", row.event_name);
      for (const auto& step : loaded->state.steps)
        say(step.step_key, fmt::format("{} {}", step.stm_state, json::serialize(step.memory)));
      say("progress", fmt::format("{}", loaded->state.workflow.progress));
      return;
    }
    say("state", json::serialize(workflow_json(loaded->state)));
    say("applied", loaded->event_applied ? "yes" : "no");
    say("history", json::serialize(history_json(store.history(id).value())));
    for (const auto& count : store.count_rows(id))
      say("rows", fmt::format("{} {}", count.table, count.rows));
  }

  void units(persistence::store& store) {
    for (std::uint64_t number = 1; number <= 3; ++number) {
      const auto first = first_unit(number);
      const auto next = next_unit(first);
      say("create", store.create(first));
      say("created again", store.create(first));
      say("commit", store.commit(next));
      say("committed again", store.commit(next));
      auto late = next;
      late.transaction_id = id_of(id_kind::transaction, 999);
      say("conflict", store.commit(late));
      say_workflow(store, first.workflow.id);
      for (const auto& found :
           store.load({first.workflow.resource_name, first.workflow.resource_id}))
        say("by resource", schema::to_text(found.state.workflow.id));
    }
  }

  void events(const std::shared_ptr<persistence::store>& store) {
    runtime_options options;
    options.clock = [] { return instant(7); };
    runtime run{store, {claim_builder().build()}, options};
    const auto id = run.start("claim", claim_1, {{"amount", 120}}).workflow_id;
    say("started again", run.start("claim", claim_1).result);
    const auto deliver = [&](const event& what) {
      for (const auto& each : run.deliver(what)) say(what.name, each.result);
    };
    deliver(happened("note", no_key, {{"text", "a ' b \\ c \" ü \n"}, {"number", 0.1}}));
    deliver(yes());
    deliver(yes());
    run.pause(id, {.reason = "because"});
    run.resume(id);
    run.cancel(id);
    say_workflow(*store, id);
  }

  void deletions(persistence::store& store) {
    say("listed", std::to_string(store.list({.wfdef_key = "claim"}).workflows.size()));
    say("erased", store.erase(first_unit(1).workflow.id) ? "yes" : "no");
    say("erased again", store.erase(first_unit(1).workflow.id) ? "yes" : "no");
    const auto purged = store.purge({.wfdef_key = "claim"});
    say("purged", fmt::format("{} {}", purged.workflows, purged.complete));
    say("left", std::to_string(store.list({}).workflows.size()));
  }

  void findings() {
    for (const auto& found :
         inspection::check_schema(url_, schema::workflow_database<>::description))
      say("check", found.rule + " " + found.object + " " + found.message);
    for (const auto& found : inspection::lint(inspection::read_catalog(url_)))
      say("lint", found.rule + " " + found.object + " " + found.message);
  }

  const database_url url_;
  store_options options_;
  std::string text_;
};

// For the sessions that begin from now on, of everybody or of one role.
class settings_in {
 public:
  explicit settings_in(const postgresql_database& database) : database_(database) {}

  // False where this server knows no such setting.
  bool set(const setting& what, bool for_role) {
    try {
      run(for_role, fmt::format("SET {} = {}", what.name, what.value));
      return true;
    } catch (const std::runtime_error& failure) {
      if (std::string_view{failure.what()}.find("unrecognized") == std::string_view::npos) throw;
      return false;
    }
  }
  void reset() {
    run(false, "RESET ALL");
    run(true, "RESET ALL");
  }

 private:
  void run(bool for_role, const std::string& change) {
    const std::string whose = for_role ? "ROLE CURRENT_USER IN DATABASE" : "DATABASE";
    database_.outside().run(fmt::format("ALTER {} {} {}", whose, database_.name(), change));
  }

  const postgresql_database& database_;
};

}  // namespace

TEST_CASE(
    "postgresql settings: whatever a role or a database sets, a round of everything is the same") {
  if (!postgresql_schema::available() || !needs_superuser()) return;
  const postgresql_database database;
  database.raw()->run(std::string{evil_schema});
  settings_in settings{database};
  const std::string base = round_of_everything{database.url(), "nava_base"}.run();
  const std::string base_read = round_of_everything{database.url(), "nava_base"}.read();
  CHECK_THAT(base, Catch::Contains("migrated: 0 to"));
  CHECK_THAT(base, !Catch::Contains("check: "));

  std::size_t tried = 0;
  for (const auto& together : in_rounds(hostile_settings)) {
    std::string names;
    for (const setting& hostile : together)
      if (settings.set(hostile, ++tried % 2 == 1))
        names += hostile.name + " = " + hostile.value + "; ";
      else
        --tried;
    INFO(names);
    std::string text;
    CHECK_NOTHROW(text = round_of_everything{database.url(), "nava_round"}.run());
    CHECK(text == base);
    settings.reset();
    CHECK(round_of_everything{database.url(), "nava_round"}.read() == base_read);
    database.raw()->run("DROP SCHEMA nava_round CASCADE");
  }
  CHECK(tried >= fewest_settings);
}

TEST_CASE("postgresql settings: a database that is read only can be read, and says so to a write") {
  if (!postgresql_schema::available() || !needs_superuser()) return;
  const postgresql_database database;
  store_options options;
  options.on_older = store_options::schema_policy::migrate;
  const auto unit = first_unit(1);
  REQUIRE(persistence::open_store(database_url{database.url()}, options)->create(unit) ==
          commit_result::applied);
  settings_in settings{database};
  settings.set({"default_transaction_read_only", "on"}, false);
  settings.set({"default_transaction_isolation", "serializable"}, true);
  options.on_older = store_options::schema_policy::expect;
  const auto store = persistence::open_store(database_url{database.url()}, options);
  CHECK(store->load(unit.workflow.id));
  CHECK(store->history(unit.workflow.id));
  CHECK(store->list({}).workflows.size() == 1);
  const auto refused = error_of([&] { (void)store->commit(next_unit(unit)); });
  CHECK(refused.sqlstate() == "25006");
  CHECK_THAT(refused.what(), Catch::Contains("read-only transaction"));
}

TEST_CASE("postgresql settings: what is set stays behind pg_catalog in the path") {
  if (!postgresql_schema::available()) return;
  static const persistence::statement path{"SELECT current_setting('search_path')", {}, 1};
  const auto path_with = [](const std::string& value) {
    persistence::postgresql::server_connection on{
        database_url{with_parameter(postgresql_url(), "options=-c%20search_path%3D" + value)}};
    return on.execute(path).at(0).at(0).value();
  };
  CHECK(path_with("app,public") == "pg_catalog, app,public");
  CHECK(path_with("") == "pg_catalog");
}
