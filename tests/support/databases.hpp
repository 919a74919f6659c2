// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <nava/persistence/store.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nava::test {

/// The URL in NAVA_TEST_POSTGRES, or null. Null also skips the running case, which then returns.
[[nodiscard]] const char* postgresql_url();

/// Whether the role of postgresql_url(), which is given, is a superuser. False also skips the
/// running case, which then returns.
[[nodiscard]] bool needs_superuser();

/// `url` with one more parameter, written as in a URL: `name=value`.
[[nodiscard]] std::string with_parameter(const std::string& url, const std::string& parameter);

/// A directory of its own, removed with all it holds.
class temporary_directory {
 public:
  temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

using sql_rows = std::vector<std::vector<std::string>>;

/// A session of the database's own client library, which shares nothing with the store.
/// NULL is read as "NULL". Used by one thread at a time.
class raw_session {
 public:
  virtual ~raw_session() = default;

  /// Runs one statement. Throws std::runtime_error with the database's message.
  virtual sql_rows run(const std::string& sql) = 0;

  /// The first column of the first row. Throws std::runtime_error where there is none.
  [[nodiscard]] std::string value(const std::string& sql);
};

[[nodiscard]] std::unique_ptr<raw_session> raw_sqlite(const std::filesystem::path& file);
[[nodiscard]] std::unique_ptr<raw_session> raw_postgresql(const std::string& url,
                                                          const std::string& schema);

/// An empty database for one test, gone afterwards.
class test_database {
 public:
  virtual ~test_database() = default;

  [[nodiscard]] const persistence::database_url& url() const { return url_; }
  [[nodiscard]] persistence::store_options& options() { return options_; }
  [[nodiscard]] const persistence::store_options& options() const { return options_; }
  [[nodiscard]] std::unique_ptr<persistence::store> open() const {
    return persistence::open_store(url_, options_);
  }

  /// Every row of every table as text, so that two dumps are equal when nothing was written.
  [[nodiscard]] virtual std::string dump(persistence::store& store) = 0;

 protected:
  explicit test_database(std::string_view url,
                         std::string_view schema = persistence::default_schema)
      : url_(url, schema) {}

  persistence::database_url url_;
  persistence::store_options options_;
};

/// A session on a database that outlives its store.
[[nodiscard]] std::unique_ptr<raw_session> raw_of(const test_database& database);

/// Deletes the rows of all tables, whatever they refer to; the inbox counts from 1 again.
void delete_all_rows(const test_database& database);
/// The same in a session of the database.
void delete_all_rows(raw_session& session, persistence::backend backend);

/// Lives in the store that opened it, so the dump is made through that.
class sqlite_memory : public test_database {
 public:
  static bool available() { return true; }

  sqlite_memory() : test_database("sqlite::memory:") {}
  [[nodiscard]] std::string dump(persistence::store& store) override;
};

/// The base comes first: the directory is there before its URL is made.
class sqlite_file : private temporary_directory, public test_database {
 public:
  static bool available() { return true; }

  explicit sqlite_file(std::string_view name = "nava.db")
      : test_database("sqlite:" + (temporary_directory::path() / name).string()) {}
  [[nodiscard]] std::filesystem::path path() const { return url_.location(); }
  [[nodiscard]] std::unique_ptr<raw_session> raw() const { return raw_sqlite(path()); }
  [[nodiscard]] std::string dump(persistence::store& store) override;
  [[nodiscard]] std::string dump() const;
};

/// A database schema with a name of its own in the database of NAVA_TEST_POSTGRES.
class postgresql_schema : public test_database {
 public:
  static bool available() { return postgresql_url() != nullptr; }

  postgresql_schema();
  ~postgresql_schema() override;

  [[nodiscard]] const std::string& schema() const { return url_.schema(); }
  [[nodiscard]] std::unique_ptr<raw_session> raw() const;
  [[nodiscard]] std::string dump(persistence::store& store) override;
  [[nodiscard]] std::string dump() const;
};

/// The same in the partitioned layout, made at once. Of the workflows of first_unit(), 1 and 2 have
/// a partition each, 3 and 4 share one, and the others are in the default partition.
class postgresql_partitioned : public postgresql_schema {
 public:
  postgresql_partitioned();

  [[nodiscard]] std::string dump(persistence::store& store) override;
};

/// Makes a partition of each table for the workflows of first_unit() from `first` to before `next`.
void make_partition(raw_session& session, std::uint64_t first, std::uint64_t next);

/// One that has Nava's tables, which the process keeps for its next case: for cases that neither
/// make nor drop a table. Where one does, the schema is dropped.
template <class Schema>
class kept : public test_database {
 public:
  static bool available() { return Schema::available(); }

  kept();
  ~kept() override;

  [[nodiscard]] std::string dump(persistence::store& store) override {
    return kept_.schema->dump(store);
  }

 private:
  struct kept_schema {
    std::unique_ptr<Schema> schema;
    std::string tables;  ///< what its catalog said when it was made
  };

  static std::vector<kept_schema>& idle() {
    static std::vector<kept_schema> made;
    return made;
  }

  kept_schema kept_;
};

using postgresql_kept = kept<postgresql_schema>;
using partitioned_kept = kept<postgresql_partitioned>;

}  // namespace nava::test
