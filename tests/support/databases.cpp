// SPDX-License-Identifier: Apache-2.0
#include "support/databases.hpp"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <nava/schema/ddl.hpp>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_database.hpp>
#include <stdexcept>
#include <utility>

#include "support/skip.hpp"
#include "support/units.hpp"

namespace nava::test {
namespace {

class sqlite_session : public raw_session {
 public:
  explicit sqlite_session(const std::filesystem::path& file) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    handle_.reset(opened);
    if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(opened));
    sqlite3_busy_timeout(opened, 10'000);
    run("PRAGMA foreign_keys = ON");
  }

  sql_rows run(const std::string& sql) override {
    sqlite3_stmt* made = nullptr;
    check(sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &made, nullptr));
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement{made,
                                                                               &sqlite3_finalize};
    sql_rows rows;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(made)) == SQLITE_ROW) {
      auto& row = rows.emplace_back();
      for (int i = 0; i < sqlite3_column_count(made); ++i) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(made, i));
        row.emplace_back(text == nullptr ? "NULL" : text);
      }
    }
    check(code == SQLITE_DONE ? SQLITE_OK : code);
    return rows;
  }

 private:
  void check(int code) const {
    if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(handle_.get()));
  }

  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> handle_{nullptr, &sqlite3_close};
};

class postgresql_session : public raw_session {
 public:
  postgresql_session(const std::string& url, const std::string& schema)
      : handle_(PQconnectdb(url.c_str()), &PQfinish) {
    if (PQstatus(handle_.get()) != CONNECTION_OK)
      throw std::runtime_error(PQerrorMessage(handle_.get()));
    begin(schema);
  }

  void begin(const std::string& schema) {
    run("SET client_min_messages = warning; SET TimeZone = 'UTC'; SET extra_float_digits = 1; "
        "SET search_path TO \"" +
        schema + "\"");
  }

  // Returns whether the session is as if it were new.
  bool end() noexcept {
    try {
      if (PQtransactionStatus(handle_.get()) != PQTRANS_IDLE) return false;
      run("DISCARD ALL");
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  sql_rows run(const std::string& sql) override {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result{PQexec(handle_.get(), sql.c_str()),
                                                               &PQclear};
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
      throw std::runtime_error(PQerrorMessage(handle_.get()));
    sql_rows rows(static_cast<std::size_t>(PQntuples(result.get())));
    for (int r = 0; r < PQntuples(result.get()); ++r)
      for (int i = 0; i < PQnfields(result.get()); ++i)
        rows[static_cast<std::size_t>(r)].emplace_back(
            PQgetisnull(result.get(), r, i) != 0 ? "NULL" : PQgetvalue(result.get(), r, i));
    return rows;
  }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> handle_;
};

// A server makes a process for each connection, which costs more than most cases. So the sessions
// in which cases are made ready, looked at and cleared away are used again. Those of the cases
// themselves end: the server then counts what they have done.
class lent_session : public raw_session {
 public:
  lent_session(const std::string& url, const std::string& schema) : url_(url) {
    {
      const std::lock_guard lock{mutex()};
      auto& idle = sessions()[url];
      if (!idle.empty()) {
        session_ = std::move(idle.back());
        idle.pop_back();
      }
    }
    try {
      if (session_ != nullptr) session_->begin(schema);
    } catch (const std::runtime_error&) {
      session_.reset();
    }
    if (session_ == nullptr) session_ = std::make_unique<postgresql_session>(url, schema);
  }

  ~lent_session() override {
    if (!session_->end()) return;
    const std::lock_guard lock{mutex()};
    sessions()[url_].push_back(std::move(session_));
  }

  sql_rows run(const std::string& sql) override { return session_->run(sql); }

 private:
  using idle_sessions = std::map<std::string, std::vector<std::unique_ptr<postgresql_session>>>;

  // These live as long as the process: schemas that are kept are dropped at its end.
  static std::mutex& mutex() {
    static auto& made = *new std::mutex;
    return made;
  }
  static idle_sessions& sessions() {
    static auto& made = *new idle_sessions;
    return made;
  }

  const std::string url_;
  std::unique_ptr<postgresql_session> session_;
};

std::unique_ptr<raw_session> lent(const postgresql_schema& database) {
  return std::make_unique<lent_session>(database.url().location(), database.schema());
}

std::string dump_through(raw_session& session) {
  std::string text;
  for (const auto& table : schema::workflow_database<>::description.tables) {
    text.append(table.name).append("\n");
    for (const auto& row :
         session.run("SELECT * FROM " + schema::quoted(table.name) + " ORDER BY " +
                     schema::quoted_list(table.primary_key().columns))) {
      for (const auto& column : row) text.append(column).append("|");
      text += '\n';
    }
  }
  return text;
}

std::string unique_schema_name() {
  static std::atomic<int> made = 0;
  return "nava_test_" + std::to_string(::getpid()) + "_" + std::to_string(++made);
}

}  // namespace

const char* postgresql_url() {
  const char* const url = std::getenv("NAVA_TEST_POSTGRES");
  if (url == nullptr) skip("NAVA_TEST_POSTGRES is not set");
  return url;
}

bool needs_superuser() {
  const bool is_one =
      raw_postgresql(postgresql_url(), "public")->value("SHOW is_superuser") == "on";
  if (!is_one) skip("NAVA_TEST_POSTGRES is not a superuser's");
  return is_one;
}

std::string with_parameter(const std::string& url, const std::string& parameter) {
  return url + (url.find('?') == std::string::npos ? '?' : '&') + parameter;
}

temporary_directory::temporary_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "nava-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  path_ = name;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string raw_session::value(const std::string& sql) {
  const sql_rows rows = run(sql);
  if (rows.empty()) throw std::runtime_error("no row from: " + sql);
  return rows.front().front();
}

std::unique_ptr<raw_session> raw_sqlite(const std::filesystem::path& file) {
  return std::make_unique<sqlite_session>(file);
}

std::unique_ptr<raw_session> raw_postgresql(const std::string& url, const std::string& schema) {
  return std::make_unique<postgresql_session>(url, schema);
}

std::unique_ptr<raw_session> raw_of(const test_database& database) {
  const auto& url = database.url();
  return url.backend() == persistence::backend::sqlite
             ? raw_sqlite(url.location())
             : raw_postgresql(url.location(), url.schema());
}

void delete_all_rows(const test_database& database) {
  delete_all_rows(*raw_of(database), database.url().backend());
}

void delete_all_rows(raw_session& session, persistence::backend backend) {
  const auto& tables = schema::workflow_database<>::description.tables;
  session.run("BEGIN");
  // The table of workflows is one of the first, and is referred to.
  for (auto table = tables.rbegin(); table != tables.rend(); ++table)
    session.run("DELETE FROM " + schema::quoted(table->name));
  if (backend == persistence::backend::postgresql &&
      session.value("SELECT to_regclass('workflow_resource') IS NOT NULL") == "t")
    session.run("DELETE FROM workflow_resource");
  session.run(backend == persistence::backend::sqlite ? "DELETE FROM sqlite_sequence"
                                                      : "TRUNCATE workflow_inbox RESTART IDENTITY");
  session.run("COMMIT");
}

std::string sqlite_memory::dump(persistence::store& store) {
  json::array all;
  for (const auto& workflow : store.list({.limit = persistence::list_rows_max}).workflows) {
    const auto loaded = store.load(workflow.id);
    const auto history = store.history(workflow.id);
    json::array counts;
    for (const auto& count : store.count_rows(workflow.id)) counts.emplace_back(count.rows);
    all.push_back(
        {workflow_json(loaded.value().state), history_json(history.value()), std::move(counts)});
  }
  return json::serialize(all);
}

std::string sqlite_file::dump(persistence::store&) { return dump(); }

std::string sqlite_file::dump() const { return dump_through(*raw()); }

namespace {

// What a case that makes, changes and drops no table leaves as it is.
std::string tables_of(const postgresql_schema& database) {
  return lent(database)->value(
      "SELECT md5((SELECT string_agg(concat(c.oid, c.relkind, c.reloptions, c.relhastriggers, "
      "c.relacl, c.relowner), ',' ORDER BY c.oid) FROM pg_class AS c WHERE c.relnamespace = n.oid) "
      "|| (SELECT string_agg(concat(k.oid, k.convalidated, k.conname), ',' ORDER BY k.oid) FROM "
      "pg_constraint AS k WHERE k.connamespace = n.oid) || (SELECT "
      "string_agg(concat(t.oid, t.tgenabled), ',' ORDER BY t.oid) FROM pg_trigger AS t JOIN "
      "pg_class AS c ON c.oid = t.tgrelid WHERE c.relnamespace = n.oid) || (SELECT "
      "count(*) || '/' || sum(a.attnum) FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = "
      "a.attrelid WHERE c.relnamespace = n.oid)) FROM pg_namespace AS n WHERE n.nspname = "
      "current_schema()");
}

void empty_tables(raw_session& session) {
  session.run("DELETE FROM workflow");
  session.run("TRUNCATE workflow_inbox RESTART IDENTITY");
  session.run("DELETE FROM workflow_slot");
  session.run("DELETE FROM workflow_rate");
  session.run("DELETE FROM workflow_tombstone");
  session.run("DELETE FROM workflow_definition");
  const bool is_partitioned =
      session.value("SELECT to_regclass('workflow_resource') IS NOT NULL") == "t";
  if (is_partitioned) session.run("DELETE FROM workflow_resource");
}

}  // namespace

template <class Schema>
kept<Schema>::kept() : test_database(postgresql_url()) {
  if (!idle().empty()) {
    kept_ = std::move(idle().back());
    idle().pop_back();
  } else {
    kept_.schema = std::make_unique<Schema>();
    persistence::migrate(kept_.schema->url(), kept_.schema->options());
    kept_.tables = tables_of(*kept_.schema);
  }
  url_ = kept_.schema->url();
  options_ = kept_.schema->options();
}

template <class Schema>
kept<Schema>::~kept() {
  try {
    if (tables_of(*kept_.schema) != kept_.tables) return;
    empty_tables(*lent(*kept_.schema));
    idle().push_back(std::move(kept_));
  } catch (const std::runtime_error&) {
    // The case has left it in a state that nobody can use.
  }
}

template class kept<postgresql_schema>;
template class kept<postgresql_partitioned>;

postgresql_schema::postgresql_schema() : test_database(postgresql_url(), unique_schema_name()) {
  options_.on_older = persistence::store_options::schema_policy::migrate;
}

postgresql_schema::~postgresql_schema() {
  lent(*this)->run("DROP SCHEMA IF EXISTS \"" + schema() + "\" CASCADE");
}

std::unique_ptr<raw_session> postgresql_schema::raw() const {
  return raw_postgresql(url_.location(), schema());
}

std::string postgresql_schema::dump(persistence::store&) { return dump(); }

std::string postgresql_schema::dump() const { return dump_through(*lent(*this)); }

void make_partition(raw_session& session, std::uint64_t first, std::uint64_t next) {
  const schema::partitioned_schema layout{schema::workflow_database<>::description};
  const std::string bounds = "FOR VALUES FROM ('" +
                             schema::to_text(id_of(id_kind::workflow, first)) + "') TO ('" +
                             schema::to_text(id_of(id_kind::workflow, next)) + "')";
  for (const auto& table : layout.description().tables)
    if (!table.partition_column.empty())
      session.run(schema::create_partition(
          table, std::string{table.name} + "_from_" + std::to_string(first), bounds));
}

postgresql_partitioned::postgresql_partitioned() {
  options_.layout = persistence::layout::partitioned;
  persistence::migrate(url_, options_);
  const auto session = lent(*this);
  std::uint64_t first = 1;
  for (const std::uint64_t next : {2, 3, 5})
    make_partition(*session, std::exchange(first, next), next);
}

std::string postgresql_partitioned::dump(persistence::store&) {
  std::string text = postgresql_schema::dump() + "workflow_resource\n";
  for (const auto& row : raw()->run("SELECT t::text FROM workflow_resource AS t ORDER BY 1"))
    text.append(row.front()).append("\n");
  return text;
}

}  // namespace nava::test
