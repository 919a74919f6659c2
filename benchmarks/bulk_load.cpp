// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/bulk_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <memory>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>
#include <random>
#include <stdexcept>

#include "benchmarks/measured_rows.hpp"

namespace nava::benchmarks {
namespace {

using namespace std::chrono;

constexpr days spread{365}, youngest{30};

// A table as loaded: rows per workflow, columns, and values of workflow w's row k.
struct source {
  std::string_view table;
  std::int64_t row_counts::*count;  // null: one
  std::string_view columns;
  std::string_view values;
};

constexpr std::array<source, 9> sources{
    {{"workflow", nullptr,
      "_id wfdef_key wfdef_rev namespace resource_name resource_id title status progress revision "
      "last_seq ts_start ts_finish sys_tag usr_tag _created _updated",
      "w.id, 'benchmark', 1, '', 'number', cast(w.id AS text), 'Benchmark', 'COMPLETED', 1.0, 2, "
      "{last_seq}, w.started, w.finished, '[]', '[]', w.started, w.finished"},
     {"workflow_step", &row_counts::steps,
      "workflow_id _id index step_key stage_key title selector stm_state status memory ts_start "
      "ts_finish",
      "w.id, {uuid}, k.k - 1, 'step', 'stage-0', '{text}', {uuid}, '_FINISHED', 'COMPLETED', "
      "'{{}}', w.started, w.finished"},
     {"workflow_stage", &row_counts::stages, "workflow_id key stage_name order status",
      "w.id, 'stage-' || (k.k - 1), 'Stage', k.k - 1, 'COMPLETED'"},
     {"workflow_participant", &row_counts::participants, "workflow_id role user_id",
      "w.id, 'clerk', 'user-' || (k.k - 1)"},
     {"workflow_memory", &row_counts::memory, "workflow_id params memory output",
      "w.id, '{{\"note\": \"{text}\"}}', '{{}}', '{{}}'"},
     {"workflow_mutation", &row_counts::mutations,
      "workflow_id seq transaction_id name action mutation at",
      "w.id, {events} + k.k, w.id, 'set-memory', 'memorize', '{{\"note\": \"{text}\"}}', "
      "w.started"},
     {"workflow_message", &row_counts::messages, "workflow_id seq timestamp source content",
      "w.id, {events} + {mutations} + k.k, w.started, 'workflow', '{text}'"},
     {"workflow_event", &row_counts::events,
      "workflow_id seq transaction_id event_key event_name event_args event_data at",
      "w.id, k.k, w.id, 'key-' || k.k, 'answered', '{{}}', '{{\"note\": \"{text}\"}}', "
      "w.started"},
     {"workflow_task", &row_counts::tasks,
      "workflow_id _id name status input attempt attempts_max lease_fence",
      "w.id, {uuid}, 'mail', 'COMPLETED', '{{}}', 1, 1, 0"}}};

constexpr std::string_view sqlite_uuid =
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), "
    "2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))";

// A session that loads: its SQL is the same on both databases but for these words.
struct session {
  session(const options& given, const std::string& schema, report& out)
      : on_server(given.on_postgresql()), run_on(connect(given.url)) {
    if (!on_server) {
      run("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF");
      return;
    }
    uuid = "gen_random_uuid()";
    id_type = "uuid";
    time_type = "timestamptz";
    prefix = schema::quoted(schema) + ".";
    run("SET synchronous_commit = off; SET TimeZone = 'UTC'");
    // Foreign keys are not checked while loading.
    attempt(*run_on, "SET session_replication_role = replica", out);
  }

  void run(const std::string& sql) const { run_on->run(sql); }

  void settle(report& out) const {
    if (!on_server) return run("PRAGMA wal_checkpoint(TRUNCATE)");
    std::string tables;
    for (const auto& one : sources)
      tables += (tables.empty() ? "" : ", ") + prefix + schema::quoted(one.table);
    run("VACUUM (ANALYZE) " + tables);
    attempt(*run_on, "CHECKPOINT", out);
  }

  bool on_server;
  std::unique_ptr<client> run_on;
  std::string_view uuid = sqlite_uuid, id_type = "TEXT", time_type = "TEXT";
  std::string prefix;  // of the tables that are loaded
};

std::int64_t rows_in(const source& from, const row_counts& counts) {
  return from.count == nullptr ? 1 : counts.*from.count;
}

std::string insert_into(const source& to, const session& in, const row_counts& counts) {
  std::string columns;
  for (std::size_t begin = 0; begin < to.columns.size();) {
    const auto end = std::min(to.columns.find(' ', begin), to.columns.size());
    columns +=
        (columns.empty() ? "" : ", ") + schema::quoted(to.columns.substr(begin, end - begin));
    begin = end + 1;
  }
  const std::string values = fmt::format(
      fmt::runtime(to.values), fmt::arg("uuid", in.uuid), fmt::arg("text", std::string(60, 'x')),
      fmt::arg("events", counts.events), fmt::arg("mutations", counts.mutations),
      fmt::arg("last_seq", counts.events + counts.mutations + counts.messages));
  return fmt::format(
      "INSERT INTO {}{} ({}) SELECT {} FROM loading AS w, series AS k WHERE k.k <= {} ORDER BY "
      "k.k, w.n",
      in.prefix, schema::quoted(to.table), columns, values, rows_in(to, counts));
}

void make_scratch_tables(const session& in, const row_counts& counts) {
  in.run(fmt::format(
      "CREATE TEMPORARY TABLE loading (n bigint, id {0}, started {1}, finished {1}); CREATE "
      "TEMPORARY TABLE series (k bigint)",
      in.id_type, in.time_type));
  std::int64_t most = 1;
  for (const auto& one : sources) most = std::max(most, rows_in(one, counts));
  std::string numbers;
  for (std::int64_t k = 1; k <= most; ++k)
    fmt::format_to(std::back_inserter(numbers), "{}({})", k == 1 ? "" : ", ", k);
  in.run("INSERT INTO series VALUES " + numbers);
}

void load_window(const session& in, const std::vector<std::string>& inserts,
                 const std::vector<uuid>& ids, const starts& when, std::int64_t begin,
                 std::int64_t end) {
  const auto all = static_cast<std::int64_t>(ids.size());
  std::string rows;
  for (std::int64_t n = begin; n < end; ++n) {
    const timestamp started = when.of(n, all);
    fmt::format_to(std::back_inserter(rows), "{}({}, '{}', '{}', '{}')", n == begin ? "" : ", ", n,
                   schema::to_text(ids[static_cast<std::size_t>(n)]), schema::to_text(started),
                   schema::to_text(started + lifetime_of_loaded));
  }
  in.run("BEGIN");
  in.run("DELETE FROM loading");
  in.run("INSERT INTO loading VALUES " + rows);
  for (const auto& insert : inserts) in.run(insert);
  in.run("COMMIT");
}

std::int64_t verified(const session& in, const row_counts& counts, std::int64_t workflows) {
  std::int64_t all = 0;
  for (const auto& one : sources) {
    const auto found = std::stoll(in.run_on->first(
        fmt::format("SELECT count(*) FROM {}{}", in.prefix, schema::quoted(one.table))));
    const auto wanted = rows_in(one, counts) * workflows;
    if (found != wanted)
      throw std::runtime_error{
          fmt::format("{} rows of {} were to be loaded, {} are there", wanted, one.table, found)};
    all += found;
  }
  return all;
}

}  // namespace

starts last_year() { return {floor<days>(system_clock::now()) - youngest - spread, spread}; }

uuid id_of_loaded(std::int64_t number, std::int64_t of, const starts& when) {
  auto left = static_cast<std::uint64_t>(
      duration_cast<milliseconds>(when.of(number, of).time_since_epoch()).count());
  std::mt19937_64 random{seed ^ (static_cast<std::uint64_t>(number) << 20)};
  uuid id{};
  for (std::size_t i = 6; i-- > 0; left >>= 8) id.data[i] = static_cast<std::uint8_t>(left);
  for (std::size_t i = 6; i < id.size(); ++i) id.data[i] = static_cast<std::uint8_t>(random());
  id.data[6] = static_cast<std::uint8_t>(0x70 | (id.data[6] & 0x0F));
  id.data[8] = static_cast<std::uint8_t>(0x80 | (id.data[8] & 0x3F));
  return id;
}

void attempt(client& server, const std::string& sql, report& out) {
  try {
    server.run(sql);
  } catch (const std::runtime_error& refused) {
    out.progress(fmt::format("goes on without {}: {}", sql, refused.what()));
  }
}

loaded load(const options& given, const std::string& schema, report& out, const starts& when) {
  const auto begin = steady_clock::now();
  const row_counts counts;
  const session in{given, schema, out};
  loaded done;
  for (std::int64_t n = 0; n < given.workflows; ++n)
    done.ids.push_back(id_of_loaded(n, given.workflows, when));

  make_scratch_tables(in, counts);
  std::vector<std::string> inserts;
  for (const auto& one : sources) inserts.push_back(insert_into(one, in, counts));
  for (std::int64_t n = 0; n < given.workflows; n += open_workflows)
    load_window(in, inserts, done.ids, when, n, std::min(n + open_workflows, given.workflows));
  in.settle(out);
  done.rows = verified(in, counts, given.workflows);

  const duration<double> seconds = steady_clock::now() - begin;
  out.progress(fmt::format("loaded {} workflows, {} rows{} in {:.1f} s", given.workflows, done.rows,
                           given.on_postgresql() ? " into " + schema : "", seconds.count()));
  return done;
}

}  // namespace nava::benchmarks
