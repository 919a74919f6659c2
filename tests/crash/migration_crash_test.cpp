// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "persistence/migration/migrator.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"
#include "persistence/sqlite/connection/file_connection.hpp"
#include "support/claim_migrations.hpp"
#include "support/eventually.hpp"
#include "support/files.hpp"
#include "support/live_schema.hpp"
#include "support/sql_script.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

constexpr int points_max = 1000;
// After a kill at each so many points the migration is run to its end.
constexpr int points_per_next_run = 16;
const int newest = static_cast<int>(nava_migrations().postgresql.size());
constexpr int never = -1;
constexpr int child_failed = 3;

// Counts the points at which a process can die, and dies at one of them.
class kill_switch {
 public:
  explicit kill_switch(int fatal_point) : fatal_point_(fatal_point) {}

  void pass() {
    if (passed_++ == fatal_point_) ::kill(::getpid(), SIGKILL);
  }
  [[nodiscard]] int passed() const { return passed_; }

 private:
  int fatal_point_;
  int passed_ = 0;
};

// Runs scripts statement by statement; there is a point before each. Between two of them nothing
// happens.
template <class Connection>
class mortal_connection : public Connection {
 public:
  using typename Connection::argument;
  using typename Connection::row;

  template <class... Arguments>
  explicit mortal_connection(kill_switch& points, Arguments&&... arguments)
      : Connection(std::forward<Arguments>(arguments)...), points_(points) {}

  std::vector<row> execute(const statement& what, std::span<const argument> arguments) override {
    points_.pass();
    return Connection::execute(what, arguments);
  }

  void run_script(const std::string& sql) override {
    for (const auto& statement : statements_of(sql)) {
      points_.pass();
      Connection::run_script(statement);
    }
  }

 private:
  kill_switch& points_;
};

std::unique_ptr<connection> connect(const sqlite_file& database, kill_switch& points) {
  return std::make_unique<mortal_connection<sqlite::file_connection>>(
      points, database.url(), sqlite::access::plain, std::chrono::milliseconds{1000});
}

std::unique_ptr<connection> connect(const postgresql_schema& database, kill_switch& points) {
  const database_url url{
      with_parameter(database.url().location(), "application_name=" + database.schema())};
  return std::make_unique<mortal_connection<postgresql::server_connection>>(points, url);
}

void empty(const sqlite_file& database) {
  for (const auto* suffix : {"", "-wal", "-shm", "-journal"})
    std::filesystem::remove(database.path().string() + suffix);
  write(database.path(), "");
}

void empty(const postgresql_schema& database) {
  database.raw()->run("DROP SCHEMA IF EXISTS \"" + database.schema() + "\" CASCADE");
}

// The server ends the session of a process that died when it reads from its socket next.
void wait_for_end_of_session(const sqlite_file&) {}
void wait_for_end_of_session(const postgresql_schema& database) {
  const auto raw = database.raw();
  REQUIRE(eventually([&] {
    return raw->value("SELECT count(*) FROM pg_stat_activity WHERE application_name = '" +
                      database.schema() + "'") == "0";
  }));
}

// A way to go, and whether there are workflows on it.
struct journey {
  const migration_set& set;
  int from = 0;
  int to = 0;
  bool with_rows = false;
};

// Goes one journey as often as there are points to be killed at.
template <class Database>
class crash_course {
 public:
  explicit crash_course(const journey& way) : way_(way) {
    make_ready();
    before_ = content();
    kill_switch points{never};
    go(points);
    after_ = content();
    points_ = points.passed();
    REQUIRE(points_ < points_max);
    REQUIRE(before_ != after_);
  }

  [[nodiscard]] int points() const { return points_; }

  // What is wrong after a kill at `point`; empty where all is well. Where catalogs and rows are as
  // before, the next kill begins from there.
  std::string killed_at(int point) {
    if (!is_ready_) make_ready();
    is_ready_ = false;
    if (const int status = status_of_child(point);
        !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
      return fmt::format("point {}: the child was not killed but ended with {}\n", point, status);
    wait_for_end_of_session(database_);
    // The last point is the one after COMMIT.
    const bool is_last = point == points_ - 1;
    if (content() != (is_last ? after_ : before_))
      return fmt::format("point {} of {}: the database is neither as before nor as after\n", point,
                         points_);
    is_ready_ = !is_last && (point + way_.to) % points_per_next_run != 0;
    if (is_ready_) return {};
    migrate_to(database_.url(), way_.to, data_loss::accept, database_.options(), way_.set);
    if (content() != after_) return fmt::format("point {}: the next run does not end it\n", point);
    check_usable(*database_.open());
    return {};
  }

  std::string killed_everywhere() {
    std::string wrong;
    for (int point = 0; point < points_; ++point) wrong += killed_at(point);
    return wrong;
  }

 private:
  void make_ready() {
    empty(database_);
    if (way_.with_rows) {
      const auto first = first_unit(1);
      const auto store = database_.open();
      REQUIRE(store->create(first) == commit_result::applied);
      REQUIRE(store->commit(next_unit(first)) == commit_result::applied);
    }
    if (&way_.set != &nava_migrations()) migrate(database_.url(), database_.options());
    if (way_.from > 0)
      migrate_to(database_.url(), way_.from, data_loss::refuse, database_.options(), way_.set);
  }

  std::string content() const { return live_schema(database_) + live_rows(database_); }

  void go(kill_switch& points) const {
    const migrator migrator{database_.url(), way_.set};
    const auto on = connect(database_, points);
    migrator.migrate_to(*on, database_.url(), way_.to, data_loss::accept);
    points.pass();
  }

  // Nothing but the database is shared with the child: the parent has no session open.
  int status_of_child(int point) const {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        kill_switch points{point};
        go(points);
        ::_exit(0);
      } catch (...) {
        ::_exit(child_failed);
      }
    }
    int status = 0;
    REQUIRE(child > 0);
    REQUIRE(::waitpid(child, &status, 0) == child);
    return status;
  }

  mutable Database database_;
  const journey& way_;
  std::string before_;
  std::string after_;
  int points_ = 0;
  bool is_ready_ = false;
};

std::size_t statements_on(const journey& way, backend backend) {
  std::size_t statements = 0;
  for (const auto& each : way.set.on(backend))
    statements += statements_of(way.from < way.to ? each.up : each.down).size();
  return statements;
}

template <class Database>
void survive_every_kill(const journey& way, backend backend) {
  crash_course<Database> course{way};
  // Around the scripts stand at least BEGIN, the version table, a record for each and COMMIT.
  CHECK(course.points() > static_cast<int>(statements_on(way, backend) + 4));
  CHECK(course.killed_everywhere().empty());
  WARN("killed at " << course.points() << " points");
}

template <class Database>
constexpr backend backend_of =
    std::is_same_v<Database, sqlite_file> ? backend::sqlite : backend::postgresql;

// Loses its session when it is about to commit.
class orphaned_connection : public postgresql::server_connection {
 public:
  using server_connection::server_connection;

  std::vector<row> execute(const statement& what, std::span<const argument> arguments) override {
    static const statement own_pid{"SELECT pg_backend_pid()", {}, 1};
    if (what.sql() == "COMMIT") {
      const auto pid = server_connection::execute(own_pid, {}).front().front().value();
      const auto other = raw_postgresql(postgresql_url(), "public");
      other->run("SELECT pg_terminate_backend(" + pid + ")");
      REQUIRE(eventually(
          [&] { return other->run("SELECT 1 FROM pg_stat_activity WHERE pid = " + pid).empty(); }));
    }
    return server_connection::execute(what, arguments);
  }
};

// Ends the transaction of the migrator halfway, and begins one that does not undo the first half.
constexpr migration torn_migrations[] = {
    {1, "0001_torn", "CREATE TABLE torn (half integer); COMMIT; BEGIN; SELECT 1",
     "DROP TABLE torn"}};
constexpr migration_set torn{"torn", torn_migrations, torn_migrations};

}  // namespace

#define CRASH_TEST_CASE(NAME) \
  TEMPLATE_TEST_CASE("crash: " NAME, "[crash]", sqlite_file, postgresql_schema)
#define NEEDS_BACKEND \
  if (!TestType::available()) return

CRASH_TEST_CASE("making the tables survives a kill at any statement") {
  NEEDS_BACKEND;
  survive_every_kill<TestType>({nava_migrations(), 0, newest, false}, backend_of<TestType>);
}

CRASH_TEST_CASE("dropping the tables survives a kill at any statement") {
  NEEDS_BACKEND;
  survive_every_kill<TestType>({nava_migrations(), newest, 0, true}, backend_of<TestType>);
}

CRASH_TEST_CASE("an application's way up survives a kill at any statement") {
  NEEDS_BACKEND;
  survive_every_kill<TestType>({claims::migrations(), 0, claims::newest, true},
                               backend_of<TestType>);
}

CRASH_TEST_CASE("an application's way down survives a kill at any statement") {
  NEEDS_BACKEND;
  survive_every_kill<TestType>({claims::migrations(), claims::newest, 0, true},
                               backend_of<TestType>);
}

CRASH_TEST_CASE("a migration that commits halfway is caught") {
  NEEDS_BACKEND;
  const journey way{torn, 0, 1, true};
  crash_course<TestType> course{way};
  int caught = 0;
  for (int point = 0; point < course.points(); ++point)
    if (course.killed_at(point).find("neither as before nor as after") != std::string::npos)
      ++caught;
  // After its COMMIT: before BEGIN, SELECT, the record and the last COMMIT.
  CHECK(caught == 4);
}

TEST_CASE("crash: when the session is lost at the end, the outcome is unknown", "[crash]") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema database;
  const migrator migrator{database.url()};
  orphaned_connection connection{database.url()};
  CHECK(error_of([&] { migrator.migrate(connection, database.url()); }).kind() ==
        error_kind::outcome_unknown);
  CHECK(live_schema(database) == "\n\n\n\n\n");
}
