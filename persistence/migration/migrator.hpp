// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <nava/persistence/migration.hpp>

#include "persistence/connection/connection.hpp"
#include "persistence/migration/migration_statements.hpp"

namespace nava::persistence {

/// The layout that a database gets when it is made.
struct wanted_layout {
  layout what = layout::plain;
  /// Ends the making of it, in the transaction of the migrations.
  std::function<void(connection&)> finish{};
};

/// Applies one set of migrations on connections of one backend. Outlives the connections it is
/// used with, which remember its statements. Used by several threads at once.
class migrator {
 public:
  /// Throws error (invalid_input) for a set that is not as migration_set describes it.
  explicit migrator(const database_url& url, const migration_set& set = nava_migrations(),
                    wanted_layout wanted = {});

  [[nodiscard]] migration_state state(connection& on) const;

  /// Throws error (incompatible_schema) unless the version is the one this program expects.
  void expect_current(connection& on, const database_url& url) const;

  /// Refuses a newer database, else applies what is missing in one transaction.
  migration_report migrate(connection& on, const database_url& url) const;

  /// The same up to `version`, or down to it.
  migration_report migrate_to(connection& on, const database_url& url, int version,
                              data_loss rows) const;

 private:
  struct goal {
    int version;
    data_loss rows;
  };

  void enter(connection& on) const;
  migration_report apply(connection& on, const database_url& url, goal to) const;
  void go_up(connection& on, const database_url& url, const migration_state& from, int to) const;
  void go_down(connection& on, const database_url& url, const migration_state& from, int to) const;
  [[nodiscard]] layout layout_of(const std::vector<applied_migration>& applied) const;
  void expect_encoding(connection& on, const database_url& url) const;
  void expect_wanted(const migration_state& found, const database_url& url) const;
  [[nodiscard]] migration_state known_state(connection& on, const database_url& url) const;
  void expect_rows_may_go(int found, const database_url& url, goal to) const;
  [[nodiscard]] std::vector<connection::row> loose_references(connection& on) const;
  [[nodiscard]] std::string_view subject() const { return ours_ ? set_ : "schema"; }
  [[nodiscard]] std::span<const migration> migrations(layout layout) const {
    return all_.on(backend_, layout);
  }
  // The layouts have as many.
  [[nodiscard]] int newest() const { return static_cast<int>(migrations(layout::plain).size()); }

  std::string_view set_;
  const migration_set all_;
  const backend backend_;
  const wanted_layout wanted_;
  const std::string schema_option_;
  migration_statements statements_;
  std::unique_ptr<const migrator> ours_;  ///< what the set of an application rests on
};

}  // namespace nava::persistence
