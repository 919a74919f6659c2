// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/partitions/partition_upkeep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "persistence/migration/schema_option.hpp"
#include "persistence/postgresql/connection/dropped_table.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"
#include "persistence/postgresql/partitions/partition_statements.hpp"
#include "persistence/postgresql/partitions/partition_tables.hpp"
#include "persistence/postgresql/statements/tombstone_statements.hpp"
#include "persistence/purge/tombstones.hpp"

namespace nava::persistence::postgresql {
namespace {

using schema::quoted;
using std::chrono::steady_clock;

constexpr int tries_max = 10;
constexpr std::chrono::milliseconds pause_after_a_try{50};

// A workflow is looked for in its tables in 6 µs. In that time a walk passes more rows than this,
// of which there may be more than the statistics know.
constexpr std::int64_t passed_per_workflow = 30;

// It is not partitioned, and has a row for each workflow.
constexpr std::string_view claims_table = "workflow_resource";

const statement end_transaction{"COMMIT", {}, 0};

struct workflow_counts {
  std::int64_t all = 0;
  std::int64_t unfinished = 0;
  std::int64_t young = 0;  ///< finished, but not for long enough
  std::int64_t under_legal_hold = 0;

  [[nodiscard]] bool may_go() const {
    return unfinished == 0 && young == 0 && under_legal_hold == 0;
  }
  [[nodiscard]] std::string reason() const {
    if (unfinished > 0)
      return fmt::format("{} of its {} workflows {} not finished", unfinished, all,
                         unfinished == 1 ? "is" : "are");
    if (young > 0) return fmt::format("{} of its {} workflows finished too short ago", young, all);
    return fmt::format(
        "{} of its {} workflows {} under a legal hold; nava list --legal-hold shows them",
        under_legal_hold, all, under_legal_hold == 1 ? "is" : "are");
  }
};

// Both unwind a transaction that turned out not to be wanted.
struct kept_after_all {
  std::string reason;
};
struct dropped_by_another {};

bool gave_way(const error& failure) {
  return failure.sqlstate() == "55P03" || failure.sqlstate() == "40P01";
}

class upkeep {
 public:
  upkeep(const database_url& url, const partition_options& options, const connection_wrap& wrap)
      : url_(url),
        options_(options),
        connection_(wrapped(
            wrap, std::make_unique<server_connection>(url, deadline::never(), options.logger))),
        on_(*connection_) {
    // A role that sees the workflows of some companies would count none in a partition of others.
    on_.run_script("SET row_security = off");
  }

  partition_report run() {
    const live_partitions there = read_beside_drops([this] { return read(); });
    if (!there.every)
      throw error{error_kind::incompatible_schema,
                  fmt::format("the comment on {0} no longer says how long a partition is; for "
                              "months run: COMMENT ON TABLE {0} IS '{1}1mo'",
                              place("workflow"), interval_comment)};
    now_ = options_.now ? *options_.now : server_time(on_);
    report_.every = *there.every;
    for (const auto& range : ranges_ahead(*there.every, now_, options_.ahead)) make(there, range);
    if (options_.drop_older_than) {
      obstacle_ = key_to_a_child();
      for (const live_partition& each : there.all)
        if (has_expired(each)) drop(each);
    }
    if (!options_.dry_run) remove_expired_tombstones();
    for (const live_partition& each : there.all)
      if (!each.ids) report_.default_rows_estimate = each.rows_estimate;
    return std::move(report_);
  }

 private:
  [[nodiscard]] std::string place(std::string_view table) const {
    return fmt::format("{}.{}", quoted(url_.schema()), quoted(table));
  }

  live_partitions read() {
    live_partitions there = read_partitions(on_, url_.schema());
    if (!there.are_partitioned)
      throw error{error_kind::invalid_input,
                  fmt::format("{} has no partitioned tables in schema {}; they are made by: nava "
                              "migrate --layout partitioned{}",
                              url_.printable(), url_.schema(), schema_option(url_.schema()))};
    return there;
  }

  // What was made or dropped before is there, and a new run does what is left.
  void commit() {
    try {
      on_.execute_write(end_transaction, {});
    } catch (const error& failure) {
      if (failure.kind() != error_kind::outcome_unknown) throw;
      throw error{error_kind::outcome_unknown,
                  fmt::format("the connection to {} was lost at COMMIT, so whether partitions were "
                              "made or dropped is not known; run it again: it does what is left",
                              url_.printable()),
                  failure.sqlstate()};
    }
  }

  // `what` are the partitions and tables that are dropped, changed or scanned beside the tables
  // with partitions. Returns how long others may have waited.
  template <class Work>
  std::chrono::microseconds locked(const std::vector<std::string>& what, Work work) {
    steady_clock::duration waited{};
    for (int tries = 1;; ++tries) {
      std::optional<steady_clock::time_point> since;
      try {
        on_.run_script(begin_script(what, options_.vacuum_wait, options_.lock_wait));
        since = steady_clock::now();
        on_.run_script(lock_parents_script(url_.schema()));
        work();
        commit();
        return std::chrono::duration_cast<std::chrono::microseconds>(waited + steady_clock::now() -
                                                                     *since);
      } catch (const error& failure) {
        const bool is_usable = on_.make_idle();
        if (since) waited += steady_clock::now() - *since;
        if (!is_usable || !gave_way(failure) || tries == tries_max) throw;
        std::this_thread::sleep_for(pause_after_a_try * tries);
      } catch (...) {
        (void)on_.make_idle();
        throw;
      }
    }
  }

  [[nodiscard]] static std::vector<std::string> names_of(const live_partition& partition) {
    std::vector<std::string> names;
    for (const auto* table : partitioned_tables())
      if (const auto found = partition.names.find(table->name); found != partition.names.end())
        names.push_back(found->second);
    return names;
  }

  // The server locks them as well where a partition comes or goes.
  [[nodiscard]] static std::vector<std::string> default_partitions(const live_partitions& there) {
    if (there.all.empty() || there.all.front().ids) return {};
    return names_of(there.all.front());
  }

  void make(const live_partitions& there, const partition_range& range) {
    const id_range wanted = ids_in(range);
    if (gaps(there, wanted).empty()) return;
    std::vector<id_range> made = gaps(there, wanted);
    try {
      if (!options_.dry_run)
        (void)locked(default_partitions(there), [&] {
          // Another process may have been here.
          made = gaps(read(), wanted);
          for (const id_range& each : made) on_.run_script(create_partitions(url_.schema(), each));
        });
    } catch (const error& failure) {
      if (failure.kind() != error_kind::check) throw;
      report_.kept.push_back(
          {{range}, "workflows of this time are in the default partition, where they stay"});
      return;
    }
    for (const id_range& each : made) report_.made.push_back(times_in(each));
  }

  [[nodiscard]] timestamp cutoff() const { return now_ - *options_.drop_older_than; }

  [[nodiscard]] bool has_expired(const live_partition& each) const {
    return each.ids && time_in(each.ids->to) <= cutoff();
  }

  workflow_counts count(const live_partition& in) {
    const auto found = on_.execute(count_workflows(in.names.at("workflow"), cutoff()));
    const auto number = [&](std::size_t i) { return std::stoll(found.front()[i].value()); };
    return {number(0), number(1), number(2), number(3)};
  }

  // What was made and dropped is told in any case: a failure leaves them to the next run.
  void remove_expired_tombstones() try {
    const statement remove = tombstones_in(url_.schema(), options_.tombstones).remove_expired;
    while (on_.execute_write(remove, {std::nullopt}).size() == tombstones_removed_at_once) {
    }
  } catch (const error& failure) {
    on_.log().warn("expired tombstones stay until the next run: {}", failure.what());
  }

  // In short transactions: a deletion of one of these workflows waits for their keys.
  void store_tombstones(const std::string& partition) {
    const statement store =
        insert_tombstones_of_some(url_.schema(), options_.tombstones, partition);
    for (std::optional<std::string> last = schema::to_text(uuid{}); last;)
      last = on_.execute_write(store, {*last}).at(0).at(0);
  }

  // The same bounds for all nine, unless somebody changed them.
  [[nodiscard]] static std::string missing_table(const live_partition& in) {
    for (const auto* table : partitioned_tables())
      if (!in.names.contains(table->name)) return std::string{table->name};
    return {};
  }

  // Empty where nothing stands in the way of a drop.
  std::string key_to_a_child() {
    for (const auto& key : on_.execute(keys_to_children, {url_.schema()}))
      if (is_partitioned_here(url_.schema(), key[3].value()))
        return fmt::format(
            "the foreign key {} of {}.{} refers to {}, so no partition of it can be dropped; "
            "let it refer to workflow instead, or purge row by row",
            key[2].value(), key[0].value(), key[1].value(), key[3].value());
    return {};
  }

  void drop(const live_partition& what) {
    partition_set set{times_in(*what.ids), 0, what.rows_estimate};
    try {
      if (const std::string table = missing_table(what); !table.empty())
        throw kept_after_all{fmt::format("{} has no partition with the same bounds", table)};
      check_may_go(what, set);
      if (!obstacle_.empty()) throw kept_after_all{obstacle_};
      const auto took = options_.dry_run ? std::chrono::microseconds{} : drop_locked(what, set);
      report_.dropped.push_back({set, took});
      on_.log().info("{} partition {} with {} workflows of {}",
                     options_.dry_run ? "would drop" : "dropped", what.names.at("workflow"),
                     set.workflows, url_.printable());
    } catch (const dropped_by_another&) {
    } catch (const kept_after_all& found) {
      report_.kept.push_back({set, found.reason});
    } catch (const error& failure) {
      keep_unless_gone(what, set, failure);
    }
  }

  void check_may_go(const live_partition& what, partition_set& set) {
    const workflow_counts counts = count(what);
    set.workflows = counts.all;
    if (!counts.may_go()) throw kept_after_all{counts.reason()};
  }

  // Most tombstones are stored before the locks are held. They stay where the partition does.
  std::chrono::microseconds drop_locked(const live_partition& what, partition_set& set) {
    if (options_.tombstones.is_on()) store_tombstones(what.names.at("workflow"));
    return locked(touched_by_drop(what), [&] {
      on_.run_script(lock_partitions_script(names_of(what)));
      const live_partitions there = read();
      if (!is_in(there, what)) throw dropped_by_another{};
      check_may_go(what, set);
      if (options_.tombstones.is_on())
        on_.run_script(insert_tombstones(url_.schema(), options_.tombstones,
                                         what.names.at("workflow"), tombstones_of::missing));
      remove(what, may_walk(there, what, set.workflows) ? look_by_walking_script()
                                                        : look_one_by_one_script());
    });
  }

  // Default partitions first, as where partitions are made; last the tables whose key to the
  // dropped partition goes with it. One that we may not lock is left to the server.
  std::vector<std::string> touched_by_drop(const live_partition& what) {
    std::vector<std::string> all = default_partitions(read());
    for (std::string& name : names_of(what)) all.push_back(std::move(name));
    for (const auto& key : on_.execute(keys_from_other_tables, {url_.schema()}))
      if (key[4] == "1" && !is_partitioned_here(key[0].value(), key[1].value()))
        all.push_back(fmt::format("{}.{}", quoted(key[0].value()), quoted(key[1].value())));
    return all;
  }

  static bool is_in(const live_partitions& there, const live_partition& what) {
    return std::any_of(there.all.begin(), there.all.end(), [&](const live_partition& each) {
      return each.ids == what.ids && each.names == what.names;
    });
  }

  void keep_unless_gone(const live_partition& what, const partition_set& set,
                        const error& failure) {
    if (failure.sqlstate() == "53100") throw failure;
    if (failure.kind() == error_kind::contention)
      return report_.kept.push_back(
          {set, gave_way(failure)
                    ? "others hold its locks"
                    : "statement_timeout, or somebody, cancelled the look at its workflows"});
    if (failure.kind() == error_kind::foreign_key || failure.sqlstate() == "2BP01")
      return report_.kept.push_back(
          {set, fmt::format("something else refers to it: {}", failure.what())});
    if (!found_no_table(failure) || is_in(read(), what)) throw failure;
  }

  // The partitions of children go first, whole; then what refers from other tables, by the index
  // that covers its key; then nothing is left that would have to be looked for.
  void remove(const live_partition& what, const std::string& look) {
    std::vector<std::string> children;
    for (const auto* table : partitioned_tables())
      if (table->name != schema::root_table)
        children.push_back(what.names.at(std::string{table->name}));
    on_.run_script(drop_children_script(children));
    for (const auto& key : on_.execute(keys_from_other_tables, {url_.schema()}))
      if (key[3] == "1") delete_in(key, *what.ids);
    on_.run_script(look);
    on_.run_script(drop_workflows_script(url_.schema(), what.names.at("workflow")));
  }

  // Of the rows of an application nobody knows how many a walk would pass.
  bool may_walk(const live_partitions& there, const live_partition& what, std::int64_t workflows) {
    std::int64_t passed = 0;
    for (const live_partition& each : there.all) {
      if (each.ids == what.ids) continue;
      passed += each.dead_rows_estimate;
      if (!each.ids || each.ids->from < what.ids->from) passed += each.rows_estimate;
    }
    return passed <= passed_per_workflow * workflows && !has_others_that_refer();
  }

  bool has_others_that_refer() {
    const auto keys = on_.execute(keys_from_other_tables, {url_.schema()});
    return std::any_of(keys.begin(), keys.end(), [&](const connection::row& key) {
      const bool is_ours = key[0] == url_.schema() &&
                           (key[1] == claims_table || schema::is_kept_whole(key[1].value()));
      return !is_ours && !is_partitioned_here(key[0].value(), key[1].value());
    });
  }

  [[nodiscard]] bool is_partitioned_here(std::string_view schema, std::string_view table) const {
    const auto& all = partitioned_tables();
    return schema == url_.schema() && std::any_of(all.begin(), all.end(), [&](const auto* each) {
             return each->name == table;
           });
  }

  void delete_in(const connection::row& key, const id_range& ids) {
    if (is_partitioned_here(key[0].value(), key[1].value())) return;
    on_.run_script(delete_script(key[0].value(), key[1].value(), key[2].value(), ids));
  }

  const database_url& url_;
  const partition_options& options_;
  timestamp now_{};
  partition_report report_;
  std::string obstacle_;  ///< why no partition can be dropped, if so
  const std::unique_ptr<connection> connection_;
  connection& on_;
};

}  // namespace

partition_report maintain_partitions(const database_url& url, const partition_options& options,
                                     const connection_wrap& wrap) {
  return upkeep{url, options, wrap}.run();
}

}  // namespace nava::persistence::postgresql
