// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/schema/database.hpp>

/// A ledger: a column of each type, with defaults, CHECKs and the indexes and keys that have
/// options.
namespace nava::test::ledger {

using namespace nava::schema;

enum class standing { open, closed };

}  // namespace nava::test::ledger

template <>
struct nava::schema::enum_names<nava::test::ledger::standing> {
  static constexpr std::array names{enum_name{nava::test::ledger::standing::open, "OPEN"},
                                    enum_name{nava::test::ledger::standing::closed, "CLOSED"}};
};

namespace nava::test::ledger {

struct account {
  decimal<6, 0> number{};
  std::string owner{};
  standing status{};
  std::int32_t level = 0;
  std::int64_t entries = 0;
  double rate = 0;
  decimal<18, 2> balance{};
  date opened{};
  timestamp changed{};
  bytes seal{};
  std::vector<std::string> labels{};
  json::object data{};
  bool is_blocked = false;
  uuid bank{};
};

/// An account's line, whose key is a digest. Each member that may be NULL is here.
struct line {
  bytes digest{};
  decimal<6, 0> account_number{};
  std::int32_t place = 0;
  std::optional<std::int32_t> reverses{};
  std::optional<std::int32_t> level{};
  std::optional<double> rate{};
  std::optional<decimal<18, 9>> amount{};
  std::optional<date> due{};
  std::optional<bytes> seal{};
  std::optional<std::vector<std::string>> labels{};
};

struct account_table
    : table<account, "account", column<"number", &account::number>,
            column<"owner", &account::owner>, column<"status", &account::status>,
            column<"level", &account::level>, column<"entries", &account::entries>,
            column<"rate", &account::rate>, column<"balance", &account::balance>,
            column<"opened", &account::opened>, column<"changed", &account::changed>,
            column<"seal", &account::seal>, column<"labels", &account::labels>,
            column<"data", &account::data>, column<"is_blocked", &account::is_blocked>,
            column<"bank", &account::bank>, primary_key<&account::number>,
            unique<"uq_account_owner", expression("lower(\"owner\")"), &account::bank>,
            index_on<"ix_account_opened", desc(&account::opened), &account::level>,
            index_where<"ix_account_open", "\"status\" = 'OPEN'",
                        expression("\"level\" + \"entries\"")>,
            check<"ck_account_level_range", "\"level\" BETWEEN -5 AND 100">,
            check<"ck_account_owner_named", "length(\"owner\") > 0 OR \"is_blocked\" IS NOT NULL">,
            default_to<&account::owner, "">, default_to<&account::status, "OPEN">,
            default_to<&account::level, "-1">, default_to<&account::entries, "0">,
            default_to<&account::rate, "0.5">, default_to<&account::balance, "-0.05">,
            default_to<&account::opened, "2026-01-31">, default_to<&account::changed, "now">,
            default_to<&account::seal, "\\x00ff">, default_to<&account::labels, "[]">,
            default_to<&account::data, "{}">, default_to<&account::is_blocked, "true">,
            default_to<&account::bank, "018f3c1e-0000-7000-8000-000000000001">> {};

// The line that one reverses may go; the account it belongs to takes it along, and may come after
// it in a transaction.
struct line_table
    : table<line, "line", column<"digest", &line::digest>,
            column<"account_number", &line::account_number>, column<"place", &line::place>,
            column<"reverses", &line::reverses>, column<"level", &line::level>,
            column<"rate", &line::rate>, column<"amount", &line::amount>, column<"due", &line::due>,
            column<"seal", &line::seal>, column<"labels", &line::labels>,
            primary_key<&line::digest>,
            unique<"uq_line_place", &line::account_number, &line::place>,
            index_on<"ix_line_reverses", &line::account_number, &line::reverses>,
            foreign_key<"", members<&line::account_number>, members<&account::number>,
                        referential_action::cascade, referential_action::cascade, deferred>,
            foreign_key<"", members<&line::account_number, &line::reverses>,
                        members<&line::account_number, &line::place>, referential_action::set_null,
                        referential_action::cascade, set_null_in<&line::reverses>>,
            to_one<"account", account, via<&line::account_number>, back_populates<"lines">>> {};

using books = database<account_table, line_table,
                       relationships_of<account, to_many<"lines", line, via<&line::account_number>,
                                                         back_populates<"account">>>>;

}  // namespace nava::test::ledger
