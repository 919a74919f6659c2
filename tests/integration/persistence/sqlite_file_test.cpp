// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <latch>
#include <nava/inspection/read_catalog.hpp>
#include <nava/nava.hpp>

#include "persistence/sqlite/connection/file_connection.hpp"
#include "support/eventually.hpp"
#include "support/failing_disk.hpp"
#include "support/files.hpp"
#include "support/sqlite_statements.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::persistence;
using namespace nava::test;
namespace fs = std::filesystem;

namespace {

std::string url_of(const fs::path& file) { return "sqlite:" + file.string(); }

fs::path beside(const fs::path& file, const char* suffix) { return file.string() + suffix; }

// A store on a file whose folder has a backup of it, with workflow 1 in both.
class backed_up {
 public:
  backed_up() {
    REQUIRE(database.open()->create(first_unit(1)) == commit_result::applied);
    fs::copy_file(file, backup);
    store = database.open();
    REQUIRE(store->load(first_unit(1).workflow.id));
    REQUIRE(store->create(first_unit(2)) == commit_result::applied);
  }

  sqlite_file database;
  const fs::path file = database.path(), backup = beside(file, ".backup"),
                 away = beside(file, ".away");
  std::unique_ptr<persistence::store> store;
};

void check_says(const error& told, error_kind kind, const std::string& words) {
  INFO(told.what());
  CHECK(told.kind() == kind);
  CHECK_THAT(told.what(), Catch::Contains(words));
  CHECK(std::string_view{told.what()}.find('\n') == std::string_view::npos);
}

// The rights of nobody in particular, where the test has all: the superuser may write anything.
class few_rights {
 public:
  few_rights() {
    if (::geteuid() == 0) REQUIRE(::seteuid(nobody) == 0);
  }
  few_rights(const few_rights&) = delete;
  ~few_rights() { (void)!::seteuid(::getuid()); }

 private:
  static constexpr uid_t nobody = 65534;
};

struct replacement {
  std::string name;
  std::function<void(const backed_up&)> happens;
};

std::vector<replacement> replacements() {
  return {
      {"deleted", [](const backed_up& at) { fs::remove(at.file); }},
      {"deleted with its logs",
       [](const backed_up& at) {
         for (const char* const each : {"", "-wal", "-shm"}) fs::remove(beside(at.file, each));
       }},
      {"moved away", [](const backed_up& at) { fs::rename(at.file, at.away); }},
      {"a backup moved over it", [](const backed_up& at) { fs::rename(at.backup, at.file); }},
      {"deleted and made anew",
       [](const backed_up& at) {
         fs::remove(at.file);
         fs::copy_file(at.backup, at.file);
       }},
      {"its folder moved away and made anew",
       [](const backed_up& at) {
         const fs::path folder = at.file.parent_path(), aside = folder.string() + ".aside";
         fs::rename(folder, aside);
         fs::create_directory(folder);
         fs::copy_file(aside / at.backup.filename(), at.file);
         fs::remove_all(aside);
       }},
  };
}

// A file in rollback mode with a foreign writer, whom SQLite does not wait for when it turns the
// file to WAL.
class written_by_another {
 public:
  written_by_another() {
    migrate(database.url());
    other = database.raw();
    CHECK(mode() == "delete");
    other->run("BEGIN IMMEDIATE");
  }
  [[nodiscard]] std::string mode() const { return database.raw()->value("PRAGMA journal_mode"); }
  void open(std::chrono::milliseconds patience) const {
    (void)sqlite::file_connection(database.url(), sqlite::access::write, patience);
  }

  sqlite_file database;
  std::unique_ptr<raw_session> other;
};

}  // namespace

TEST_CASE("sqlite file: nothing is acknowledged or read where the file is not the one opened") {
  for (const auto& [name, happens] : replacements()) {
    INFO(name);
    backed_up at;
    happens(at);
    const std::string left = content_of(at.file);
    const auto refuses = [&](auto call) {
      check_says(error_of(call), error_kind::other, url_of(at.file));
    };
    const uuid id = first_unit(1).workflow.id;
    refuses([&] { (void)at.store->commit(next_unit(first_unit(1))); });
    refuses([&] { (void)at.store->create(first_unit(3)); });
    refuses([&] { (void)at.store->load(id); });
    refuses([&] { (void)at.store->list({}); });
    refuses([&] { (void)at.store->history(id); });
    refuses([&] { (void)at.store->erase(id); });
    refuses([&] { (void)at.store->register_definitions({}); });
    at.store.reset();
    CHECK(content_of(at.file) == left);
  }
}

TEST_CASE("sqlite file: a store opens no file but the one it was opened on") {
  // Readers are opened when they are needed: here, when the file has been replaced.
  sqlite_file database;
  REQUIRE(database.open()->create(first_unit(1)) == commit_result::applied);
  const auto store = database.open();
  const fs::path backup = beside(database.path(), ".backup");
  fs::copy_file(database.path(), backup);
  fs::rename(backup, database.path());
  check_says(error_of([&] { (void)store->load(first_unit(1).workflow.id); }), error_kind::other,
             "restart");
  fs::remove(database.path());
  check_says(error_of([&] { (void)store->create(first_unit(2)); }), error_kind::other, "restart");
  CHECK_FALSE(fs::exists(database.path()));
}

TEST_CASE("sqlite file: a link that leads elsewhere is a file that was replaced") {
  const temporary_directory folder;
  const fs::path one = folder.path() / "one.db", two = folder.path() / "two.db",
                 link = folder.path() / "link.db";
  migrate(database_url{url_of(one)});
  migrate(database_url{url_of(two)});
  fs::create_symlink(one, link);
  const auto store = open_store(database_url{url_of(link)});
  REQUIRE(store->create(first_unit(1)) == commit_result::applied);
  fs::remove(link);
  fs::create_symlink(two, link);
  CHECK(error_of([&] { (void)store->create(first_unit(2)); }).kind() == error_kind::other);
  fs::remove(link);
  fs::create_symlink(one, link);
  CHECK(store->create(first_unit(2)) == commit_result::applied);
}

TEST_CASE("sqlite file: a file that is put back is worked on again") {
  backed_up at;
  fs::rename(at.file, at.away);
  CHECK(error_of([&] { (void)at.store->create(first_unit(3)); }).kind() == error_kind::other);
  fs::rename(at.away, at.file);
  CHECK(at.store->create(first_unit(3)) == commit_result::applied);
  check_usable(*at.store);
}

TEST_CASE("sqlite file: a commit during which a file is replaced is not acknowledged") {
  std::vector<replacement> all = replacements();
  for (const char* const part : {"-wal", "-shm"})
    all.push_back({part, [part](const backed_up& at) { fs::remove(beside(at.file, part)); }});
  for (const auto& [name, happens] : all) {
    INFO(name);
    const sqlite_statements statements;
    backed_up at;
    const auto writer = at.database.raw();
    writer->run("BEGIN IMMEDIATE");
    const std::size_t before = statements.run();
    auto told = std::async(std::launch::async, [&] {
      return error_of([&] { (void)at.store->commit(next_unit(first_unit(1))); });
    });
    // It has looked at the files, and its BEGIN waits for the writer.
    REQUIRE(eventually([&] { return statements.run() > before; }));
    happens(at);
    writer->run("ROLLBACK");
    check_says(told.get(), error_kind::outcome_unknown, url_of(at.file));
  }
}

TEST_CASE("sqlite file: nothing is acknowledged where the log is not the one opened") {
  for (const char* const part : {"-wal", "-shm"})
    for (const bool made_anew : {false, true}) {
      INFO(part << (made_anew ? " made anew" : " deleted"));
      backed_up at;
      fs::remove(beside(at.file, part));
      if (made_anew) write(beside(at.file, part), "");
      const auto unit = next_unit(first_unit(1));
      const auto commit = [&] { (void)at.store->commit(unit); };
      check_says(error_of(commit), error_kind::other, part);
      check_says(error_of(commit), error_kind::other, part);
      CHECK(at.store->load(unit.workflow.id).value().state.workflow.revision == 1);
    }
}

TEST_CASE("sqlite file: a runtime acknowledges nothing after its file is gone") {
  for (const std::size_t cached : {std::size_t{0}, std::size_t{10}}) {
    sqlite_file database;
    definition_builder claim{"claim", revision{1}};
    claim.title("Claim").stage("review", "Review");
    claim.step("note", {.stage = "review", .states = {"OPEN"}}).on("noted", [](auto&, auto&) {});
    claim.on_started([](workflow_context& on) { on.add_step("note").transit("OPEN"); });
    runtime running{database.url(), {claim.build()}, {.cache_workflows = cached}};
    const resource about{"claim", "1"};
    (void)running.start("claim", about, {});
    const auto note = [&](int number) {
      return running.deliver({.name = "noted", .resource = about, .key = std::to_string(number)});
    };
    REQUIRE(note(1).size() == 1);
    fs::remove(database.path());
    int acknowledged = 0;
    for (int number = 2; number < 50; ++number) try {
        (void)note(number);
        ++acknowledged;
      } catch (const nava::error& told) {
        CHECK_THAT(told.what(), Catch::Contains(url_of(database.path())));
      }
    CHECK(acknowledged == 0);
  }
}

TEST_CASE("sqlite file: what is no file is refused before it is opened") {
  const temporary_directory folder;
  const fs::path pipe = folder.path() / "pipe.db";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto refused = [](const std::string& url, const std::string& words) {
    INFO(url);
    for (const auto policy :
         {store_options::schema_policy::migrate, store_options::schema_policy::expect})
      check_says(error_of([&] { (void)open_store(database_url{url}, {.on_older = policy}); }),
                 error_kind::invalid_input, words);
    check_says(error_of([&] { migrate(database_url{url}); }), error_kind::invalid_input, words);
    check_says(error_of([&] { (void)inspection::read_catalog(database_url{url}); }),
               error_kind::invalid_input, words);
  };
  refused(url_of(pipe), "is a pipe; name a file");
  refused(url_of(folder.path()), "is a folder; name a file in it");
  refused("sqlite:/dev/null", "is a device; name a file");
}

TEST_CASE("sqlite file: a folder or a file that may only be read is told with what to do") {
  const temporary_directory folder;
  const fs::path file = folder.path() / "nava.db";
  const std::string advice = "this user must be able to write the file and make files beside it";
  const auto told = [&](const fs::path& at, auto call) {
    const few_rights rights;
    const error thrown = error_of([&] { call(database_url{url_of(at)}); });
    INFO(thrown.what());
    CHECK_THAT(thrown.what(), Catch::Contains(advice) && Catch::Contains(url_of(at)));
    return thrown.kind();
  };
  const auto decide = [](const database_url& url) { (void)open_store(url)->create(first_unit(1)); };
  const auto make = [](const database_url& url) { migrate(url); };
  migrate(database_url{url_of(file)});
  using fs::perms;
  const perms readable = perms::owner_read | perms::group_read | perms::others_read;
  const perms searchable = perms::owner_exec | perms::group_exec | perms::others_exec;
  fs::permissions(file, readable);
  fs::permissions(folder.path(), readable | searchable | perms::owner_write | perms::others_write);
  CHECK(told(file, decide) == error_kind::other);
  fs::permissions(file, readable | perms::owner_write | perms::others_write);
  fs::permissions(folder.path(), readable | searchable);
  CHECK(told(file, decide) == error_kind::other);
  CHECK(told(folder.path() / "new.db", make) == error_kind::not_found);
  fs::permissions(file, perms::none);
  CHECK(told(file, decide) == error_kind::not_found);
  CHECK(told(folder.path() / "missing" / "new.db", make) == error_kind::not_found);
  fs::permissions(folder.path(), perms::all);
}

TEST_CASE("sqlite file: a disk that is full is told with what to do") {
  failing_disk disk;
  sqlite_file database;
  const auto store = database.open();
  REQUIRE(store->create(first_unit(1)) == commit_result::applied);
  disk.fail(1, failing_disk::way::torn);
  const auto unit = next_unit(first_unit(1));
  check_says(error_of([&] { (void)store->commit(unit); }), error_kind::outcome_unknown,
             "database or disk is full (SQLite code 13); free some space on the disk; a write may "
             "or may not be done: make the same call again");
  CHECK(store->commit(unit) == commit_result::applied);
}

TEST_CASE("sqlite file: a connection that turns a new file to WAL waits for who writes in it") {
  written_by_another at;
  const sqlite_statements statements;
  auto opened = std::async(std::launch::async, [&] { at.open(std::chrono::minutes{1}); });
  constexpr std::size_t several = 20;
  REQUIRE(eventually([&] { return statements.run() > several; }));
  at.other->run("ROLLBACK");
  opened.get();
  CHECK(at.mode() == "wal");
}

TEST_CASE("sqlite file: a file that cannot be turned to WAL is contention in the end") {
  written_by_another at;
  CHECK(error_of([&] { at.open(std::chrono::milliseconds{20}); }).kind() == error_kind::contention);
  at.other->run("ROLLBACK");
  CHECK(at.mode() == "delete");
}

TEST_CASE("sqlite file: several that open a new file at once all turn it to WAL") {
  constexpr int together = 6;
  for (int round = 0; round < 10; ++round) {
    sqlite_file database;
    migrate(database.url());
    std::latch start{together};
    std::vector<std::future<void>> opened;
    for (int i = 0; i < together; ++i)
      opened.push_back(std::async(std::launch::async, [&] {
        start.arrive_and_wait();
        (void)sqlite::file_connection(database.url(), sqlite::access::write,
                                      std::chrono::minutes{1});
      }));
    for (auto& each : opened) each.get();
    CHECK(database.raw()->value("PRAGMA journal_mode") == "wal");
  }
}
