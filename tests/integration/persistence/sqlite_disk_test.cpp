// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <functional>
#include <future>
#include <nava/persistence/migration.hpp>
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_database.hpp>

#include "persistence/sql_store.hpp"
#include "support/eventually.hpp"
#include "support/failing_disk.hpp"
#include "support/purge_units.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

using way = failing_disk::way;

// Far above what any of the operations does to its files.
constexpr std::size_t calls_max = 2000;

std::string name_of(way how) {
  switch (how) {
    case way::not_done:
      return "not done";
    case way::torn:
      return "torn";
    case way::done:
      return "done";
    case way::for_good:
      return "for good";
  }
  return "?";
}

// A file that is copied as it lies when a process is killed: with its logs, but without the index,
// which the next that opens it makes anew.
class database_copy {
 public:
  explicit database_copy(const std::filesystem::path& file) : path(directory_.path() / "nava.db") {
    for (const char* const part : {"", "-wal", "-journal"})
      if (const auto from = file.string() + part; std::filesystem::exists(from))
        std::filesystem::copy_file(from, path.string() + part);
  }
  [[nodiscard]] database_url url() const { return database_url{"sqlite:" + path.string()}; }

 private:
  temporary_directory directory_;

 public:
  const std::filesystem::path path;
};

// All that is stored, but when migrations were applied.
std::string rows_of(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  const auto raw = raw_sqlite(file);
  CHECK(raw->run("PRAGMA integrity_check") == sql_rows{{"ok"}});
  std::string all;
  const auto append = [&](const sql_rows& rows) {
    for (const auto& row : rows) all += fmt::format("{}\n", fmt::join(row, "|"));
  };
  const auto tables =
      raw->run("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name");
  append(tables);
  for (const auto& table : tables)
    append(raw->run(fmt::format("SELECT {} FROM \"{}\" ORDER BY 1, 2",
                                table[0] == "nava_migration" ? "version, name" : "*", table[0])));
  return all;
}

/// A write, and what is there before it.
struct operation {
  std::string name;
  std::function<void(const database_url&)> given;
  std::function<void(const database_url&, store*)> run;
  bool has_store = true;  ///< it runs on a store that is open and has been read from
};

std::unique_ptr<store> opened(const database_url& url) {
  auto made = open_store(url);
  REQUIRE(made->list({}).workflows.size() < list_rows_max);
  return made;
}

bool is_stored(commit_result result) { return result != commit_result::conflict; }

// Its argument throws where it is meant to.
void expect_stored(commit_result result) { REQUIRE(is_stored(result)); }

void run(const operation& what, const database_url& url) {
  const auto store = what.has_store ? opened(url) : nullptr;
  what.run(url, store.get());
}

schema::workflow_definition definition() {
  schema::workflow_definition made;
  made.wfdef_key = "claim";
  made.wfdef_rev = 1;
  made.title = "Claim";
  made.wf_namespace = "tests";
  return made;
}

// One batch, which a purge would begin again smaller where it was refused for a lock.
void purge_batch(store& on) {
  dynamic_cast<finished_batches&>(on).erase_finished(
      {.finished_until = instant(100), .statuses = {schema::workflow_status::completed}});
}

void given_workflows(const database_url& url) {
  const auto store = open_store(url);
  for (std::uint64_t number = 1; number <= 3; ++number)
    REQUIRE(store->create(finished_unit(number, instant(1))) == commit_result::applied);
}

void given_tables(const database_url& url) { migrate(url); }

std::vector<operation> operations() {
  using verb = persistence::verb;
  const auto write_definition = [](const database_url&, store* on) {
    const auto& table =
        *schema::find_table(schema::workflow_database<>::description, "workflow_definition");
    try {
      on->write_rows(table, verb::insert,
                     {schema::to_json<schema::workflow_definition_table>(definition())});
    } catch (const error& failure) {
      if (failure.kind() != error_kind::unique) throw;  // what was inserted before is there
    }
  };
  return {
      {"create", given_tables,
       [](const database_url&, store* on) { expect_stored(on->create(first_unit(1))); }},
      {"commit", given_workflows,
       [](const database_url&, store* on) {
         expect_stored(on->commit(next_unit(finished_unit(1, instant(1)))));
       }},
      {"erase", given_workflows,
       [](const database_url&, store* on) { on->erase(first_unit(1).workflow.id); }},
      {"purge", given_workflows, [](const database_url&, store* on) { purge_batch(*on); }},
      {"register_definitions", given_tables,
       [](const database_url&, store* on) { on->register_definitions({{definition()}}); }},
      {"write_rows", given_tables, write_definition},
      {"migrate", [](const database_url&) {}, [](const database_url& url, store*) { migrate(url); },
       false},
      {"migrate down", given_workflows,
       [](const database_url& url, store*) { migrate_to(url, 1, data_loss::accept); }, false},
  };
}

class disk_test {
 public:
  explicit disk_test(operation what) : what_(std::move(what)) {
    what_.given(database_url{"sqlite:" + start().string()});
    before_ = rows_of(start());
    const database_copy finished{start()};
    run(what_, finished.url());
    after_ = rows_of(finished.path);
    REQUIRE(after_ != before_);
  }

  // The number of calls of which each has failed once.
  std::size_t fail_each(way how) {
    std::size_t number = 1;
    while (number < calls_max && fail(number, how)) ++number;
    REQUIRE(number < calls_max);
    return number - 1;
  }

 private:
  // What the caller is told is true of the file as a crash would leave it.
  bool fail(std::size_t number, way how) {
    INFO(what_.name << ", call " << number << " " << name_of(how));
    const database_copy file{start()};
    const auto store = what_.has_store ? opened(file.url()) : nullptr;
    std::optional<error> told;
    disk_.fail(number, how);
    try {
      what_.run(file.url(), store.get());
    } catch (const error& failure) {
      told = failure;
    }
    const bool has_failed = disk_.heal();
    INFO("told: " << (told ? told->what() : "done"));
    const database_copy after_crash{file.path}, run_again{file.path};
    const bool is_unknown = told && told->kind() == error_kind::outcome_unknown;
    const std::string_view found = found_in(after_crash.path);
    CHECK((found == (told ? "as before" : "as after") || (is_unknown && found == "as after")));
    if (is_unknown) ++unknown_;
    run(what_, run_again.url());
    CHECK(found_in(run_again.path) == "as after");
    what_.run(file.url(), store.get());
    CHECK(found_in(file.path) == "as after");
    return has_failed;
  }

  [[nodiscard]] std::string_view found_in(const std::filesystem::path& file) const {
    const std::string content = rows_of(file);
    return content == before_ ? "as before" : content == after_ ? "as after" : "half";
  }

  [[nodiscard]] std::filesystem::path start() const { return start_.path() / "start.db"; }

  failing_disk disk_;
  const operation what_;
  temporary_directory start_;
  std::string before_, after_;

 public:
  std::size_t unknown_ = 0;
};

}  // namespace

TEST_CASE("sqlite disk: whatever call fails, the caller is told what a crash would leave") {
  for (const operation& each : operations())
    for (const way how : {way::not_done, way::torn, way::done, way::for_good}) {
      disk_test test{each};
      const std::size_t calls = test.fail_each(how);
      INFO(each.name << " " << name_of(how));
      UNSCOPED_INFO(calls);
      CHECK(calls > 2);
      CHECK(test.unknown_ > 0);
    }
}

TEST_CASE("sqlite disk: commits that join are told alike, and each is applied once") {
  constexpr std::uint64_t joined = 3;
  const auto unit = [](std::uint64_t number) { return next_unit(first_unit(number)); };
  bool has_failed = true;
  std::size_t unknown = 0;
  for (std::size_t call = 1; has_failed; ++call) {
    REQUIRE(call < calls_max);
    INFO("call " << call);
    failing_disk disk;
    sqlite_file database;
    database.options().connection_wait = std::chrono::hours{1};
    const auto store = database.open();
    for (std::uint64_t number = 1; number <= joined + 1; ++number)
      REQUIRE(store->create(first_unit(number)) == commit_result::applied);
    // The first waits for a foreign writer, and the others for the first.
    const auto blocker = database.raw();
    blocker->run("BEGIN IMMEDIATE");
    std::vector<std::future<std::optional<error_kind>>> told;
    const auto begin = [&](std::uint64_t number) {
      told.push_back(std::async(std::launch::async, [&, number]() -> std::optional<error_kind> {
        try {
          if (!is_stored(store->commit(unit(number)))) return error_kind::other;
        } catch (const error& failure) {
          return failure.kind();
        }
        return std::nullopt;
      }));
    };
    const auto& waiting = dynamic_cast<sql_store&>(*store);
    begin(joined + 1);
    while (waiting.commits_waiting() < joined && told.size() <= joined) {
      const std::size_t before = waiting.commits_waiting();
      begin(told.size());
      REQUIRE(eventually([&] { return waiting.commits_waiting() > before; }));
    }
    disk.fail(call, way::done);
    blocker->run("ROLLBACK");
    std::vector<std::optional<error_kind>> kinds;
    for (auto& each : told) kinds.push_back(each.get());
    has_failed = disk.heal();
    const database_copy after_crash{database.path()};
    const auto found = open_store(after_crash.url());
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      const std::uint64_t number = i == 0 ? joined + 1 : i;
      const auto revision =
          found->load(first_unit(number).workflow.id).value().state.workflow.revision;
      if (!kinds[i]) CHECK(revision == 2);
      if (kinds[i] && kinds[i] != error_kind::outcome_unknown) CHECK(revision == 1);
      unknown += kinds[i] == error_kind::outcome_unknown ? 1 : 0;
      CHECK(is_stored(found->commit(unit(number))));
      CHECK(is_stored(store->commit(unit(number))));
    }
  }
  CHECK(unknown > joined);
}
