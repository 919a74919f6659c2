// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/inspection/catalog.hpp>
#include <nava/schema/workflow_database.hpp>

namespace nava::test {

/// The catalog of a database made as `description` says, in the words of that database.
[[nodiscard]] inspection::catalog catalog_of(const schema::database_description& description,
                                             schema::dialect dialect, std::string_view schema);

enum class claim_mark { seen };

/// A row of every type, optional and not, of an application's own table.
struct claim_note {
  uuid workflow_id{};
  uuid id{};
  std::string text;
  bool urgent = false;
  std::int64_t pages = 0;
  double weight = 0;
  timestamp at{};
  json::object data;
  claim_mark mark{};
  std::optional<uuid> author;
  std::optional<std::string> title;
  std::optional<bool> read;
  std::optional<std::int64_t> rank;
  std::optional<double> score;
  std::optional<timestamp> until;
  std::optional<json::array> tags;
  std::optional<claim_mark> last_mark;
};

}  // namespace nava::test

namespace nava::schema {

template <>
struct enum_names<nava::test::claim_mark> {
  static constexpr std::array names{enum_name{nava::test::claim_mark::seen, "SEEN"}};
};

}  // namespace nava::schema

namespace nava::test {

struct claim_note_table
    : schema::table<
          claim_note, "claim_note", schema::column<"workflow_id", &claim_note::workflow_id>,
          schema::column<"_id", &claim_note::id>, schema::column<"text", &claim_note::text>,
          schema::column<"urgent", &claim_note::urgent>,
          schema::column<"pages", &claim_note::pages>,
          schema::column<"weight", &claim_note::weight>, schema::column<"at", &claim_note::at>,
          schema::column<"data", &claim_note::data>, schema::column<"mark", &claim_note::mark>,
          schema::column<"author", &claim_note::author>,
          schema::column<"title", &claim_note::title>, schema::column<"read", &claim_note::read>,
          schema::column<"rank", &claim_note::rank>, schema::column<"score", &claim_note::score>,
          schema::column<"until", &claim_note::until>, schema::column<"tags", &claim_note::tags>,
          schema::column<"last_mark", &claim_note::last_mark>,
          schema::primary_key<&claim_note::workflow_id, &claim_note::id>,
          schema::unique<"uq_claim_note_title", &claim_note::workflow_id, &claim_note::title>,
          schema::unique_where<"uq_claim_note_rank",
                               "\"rank\" > -5 AND (\"title\" IS NULL OR \"mark\" IN ('SEEN'))",
                               &claim_note::workflow_id, &claim_note::rank>,
          schema::index_on<"ix_claim_note_at", &claim_note::at, &claim_note::author>,
          schema::workflow_foreign_key<&claim_note::workflow_id>,
          schema::storage<"autovacuum_vacuum_threshold", "100">> {};

using claim_database = schema::workflow_database<claim_note_table>;

}  // namespace nava::test
