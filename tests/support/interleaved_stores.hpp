// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/interleaving.hpp"
#include "support/rewritten_connection.hpp"
#include "support/stores.hpp"

/// Calls of two stores on one PostgreSQL database, whose steps a test orders in all ways.
namespace nava::test {

/// Workflow 1 is finished, and can be purged; of its tasks one is held, two are free, and two may
/// run. Its inbox has an event that is held, and a free one.
struct scene {
  nava::unit_of_work begun;
  schema::workflow_task held_task, free_task;
  persistence::task_lease lease, late;  ///< that of the holder, and that of an earlier one
  schema::workflow_inbox held_event;
};

/// Stores it in an empty database.
[[nodiscard]] scene set_scene(persistence::store& on);

/// What a call says. None: another session held what it looked for, so it has done nothing, and is
/// to be made again.
using call_answer = std::optional<std::string>;

struct interleaved_call {
  std::string_view name;
  /// By one of two engines.
  std::function<call_answer(persistence::store&, const scene&, std::size_t)> call;
  std::string_view sql{};  ///< what an application does to workflow 1 by hand, in place of a call
  /// On a connection of the engine whose steps are ordered, in place of a store.
  std::function<call_answer(const persistence::database_url&, const persistence::connection_wrap&)>
      upkeep{};
};

[[nodiscard]] std::vector<interleaved_call> interleaved_calls();
/// A start of another id for the resource of workflow 1.
[[nodiscard]] interleaved_call create_for_the_resource();
[[nodiscard]] const interleaved_call& named(const std::vector<interleaved_call>& all,
                                            std::string_view name);

/// Two stores whose steps are ordered, on one database.
class interleaved_stores {
 public:
  /// `prepare` runs before each play, when all tables are empty.
  explicit interleaved_stores(test_database& database,
                              std::function<void(raw_session&)> prepare = {});

  /// In the statements and scripts that run from now on, `to` stands for `from`.
  void rewrite(const std::string& from, const std::string& to) { rewriter_->rewrite(from, to); }
  [[nodiscard]] bool was_rewritten() const { return rewriter_->has_fired(); }
  void restore() { rewriter_->restore(); }

  /// What both calls say, and the rows that are stored.
  using ends = std::set<std::string>;

  /// Of one call after the other.
  [[nodiscard]] ends in_turn(const interleaved_call& one, const interleaved_call& other);

  /// The orders of the steps of two calls that do not end as `allowed`; empty: all do.
  [[nodiscard]] std::vector<std::string> strange_ends(const interleaved_call& one,
                                                      const interleaved_call& other,
                                                      const ends& allowed);

  [[nodiscard]] int played() const { return played_; }
  [[nodiscard]] int deadlocks() const { return order_.deadlocks(); }

 private:
  call_answer call(const interleaved_call& what, std::size_t player);
  [[nodiscard]] std::string final_call(const interleaved_call& what, std::size_t player);
  void begin();
  [[nodiscard]] std::string end(const std::string& first, const std::string& second);
  [[nodiscard]] std::string in_turn(const interleaved_call& one, const interleaved_call& other,
                                    bool other_first);
  std::pair<std::vector<choice>, std::string> beside(const interleaved_call& one,
                                                     const interleaved_call& other,
                                                     const std::vector<choice>& prefix);

  test_database& database_;
  const std::function<void(raw_session&)> prepare_;
  const std::unique_ptr<raw_session> raw_;
  const std::shared_ptr<sql_rewriter> rewriter_ = std::make_shared<sql_rewriter>();
  interleaving order_;
  std::vector<std::unique_ptr<persistence::store>> stores_;
  std::vector<std::unique_ptr<persistence::connection>> hands_;
  scene scene_;
  int played_ = 0;
};

}  // namespace nava::test
