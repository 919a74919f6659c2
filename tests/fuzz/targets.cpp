// SPDX-License-Identifier: Apache-2.0
#include "fuzz/targets.hpp"

#include <algorithm>
#include <array>
#include <nava/engine/schedule.hpp>
#include <nava/persistence/database_url.hpp>
#include <nava/persistence/purge.hpp>
#include <nava/persistence/workflow_list.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/name_rules.hpp>
#include <nava/schema/sql_tokens.hpp>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>
#include <sstream>
#include <stdexcept>

#include "engine/schedule/cron_expression.hpp"
#include "inspection/expression.hpp"
#include "inspection/sqlite/create_index.hpp"
#include "inspection/sqlite/create_table.hpp"
#include "persistence/list/list_statement.hpp"
#include "persistence/postgresql/connection/sqlstate.hpp"
#include "persistence/rows/json_text.hpp"
#include "persistence/rows/row_record.hpp"
#include "persistence/sealing/cipher.hpp"
#include "support/sample_table.hpp"
#include "tools/command_line/duration.hpp"
#include "tools/commands/workflow_name.hpp"
#include "tools/event_log/csv_reader.hpp"
#include "tools/event_log/log_time.hpp"
#include "tools/event_log/xes_reader.hpp"

namespace nava::test {
namespace {

void expect(bool is_so, const char* what) {
  if (!is_so) throw std::logic_error{what};
}

void read_json(std::string_view input) {
  json::value value;
  try {
    value = persistence::parse_stored_json(input);
  } catch (const error&) {
    return;
  }
  expect(persistence::parse_stored_json(json::serialize(value)) == value,
         "JSON is read as it was written");
}

void read_csv(std::string_view input) {
  std::istringstream in{std::string{input}};
  tools::csv_reader reader{in};
  std::vector<std::string> fields;
  std::size_t width = 0;
  try {
    while (reader.next(fields)) {
      expect(width == 0 || fields.size() == width, "each record is as wide as the first");
      width = fields.size();
    }
  } catch (const tools::csv_error&) {
  }
}

void read_xes(std::string_view input) {
  std::istringstream in{std::string{input}};
  tools::xes_reader reader{in};
  tools::xes_event event;
  try {
    while (reader.next(event)) {
    }
  } catch (const tools::xes_error&) {
  }
}

void read_url(std::string_view input) {
  try {
    const persistence::database_url url{input};
    // Whoever writes it a second time, as a part of another value, sees that.
    const std::string shown = url.printable();
    expect(!input.starts_with("postgresql://eva:secret@") ||
               shown.substr(0, shown.find('?')).find(":secret@") == std::string::npos,
           "no password is printed");
  } catch (const error&) {
  }
}

void read_cron(std::string_view input) {
  try {
    const auto cron = engine::parse_cron(input);
    const auto again = engine::parse_cron(cron.text);
    const auto begin = std::chrono::local_days{std::chrono::year{2026} / 1 / 1};
    expect(cron.rule.first_match(begin) == again.rule.first_match(begin),
           "a cron expression means what its text means");
  } catch (const engine::definition_error&) {
  }
}

void read_schedule(std::string_view input) {
  try {
    const auto schedule = engine::schedule_spec::parse(input);
    expect(engine::schedule_spec::parse(schedule.text()).text() == schedule.text(),
           "a schedule is read as it was written");
  } catch (const engine::definition_error&) {
  }
}

void read_identifier(std::string_view input) {
  const std::string sql = schema::quoted(input);
  std::string_view rest = sql;
  const auto token = schema::take_token(rest);
  expect(token.is_closed && token.source.size() == sql.size(), "a quoted name is one token");
  expect(schema::unquoted(token) == input, "a quoted name is read as it was written");
  (void)schema::rules::is_legal_identifier(input);
}

void read_sql(std::string_view input) {
  for (const auto quotes : {schema::sql_quotes::standard, schema::sql_quotes::sqlite}) {
    std::string_view rest = input;
    std::size_t bytes = 0;
    for (auto token = schema::take_token(rest, quotes); token.type != schema::sql_token::kind::end;
         token = schema::take_token(rest, quotes)) {
      expect(!token.source.empty(), "a token has a letter");
      bytes += token.source.size();
      expect(bytes <= input.size(), "no letter is in two tokens");
    }
  }
  (void)inspection::parse_create_table(input);
  (void)inspection::parse_create_index(input);
}

void read_condition(std::string_view input) {
  using inspection::detail::likeness;
  const std::string text{input};
  for (const auto dialect : {schema::dialect::postgresql, schema::dialect::sqlite}) {
    const auto compared = [&](const std::string& one, const std::string& other) {
      return inspection::detail::compare_expressions(one, other, dialect);
    };
    expect(compared(text, text) == likeness::same, "a condition means what it means");
    const likeness one_way = compared(text, "\"level\" > 0");
    expect(one_way == compared("\"level\" > 0", text), "a comparison has no direction");
    // Each half is a condition too, or none.
    const std::size_t half = text.size() / 2;
    expect(compared(text.substr(0, half), text.substr(half)) ==
               compared(text.substr(half), text.substr(0, half)),
           "a comparison has no direction");
  }
}

void read_record(std::string_view input) {
  try {
    (void)persistence::from_record<sample_table>(input);
  } catch (const schema::conversion_error&) {
  } catch (const unreadable_value&) {
  }
}

// A state, a message and a constraint, parted by slashes.
void read_sqlstate(std::string_view input) {
  using persistence::postgresql::server_message;
  const auto part = [&] {
    const std::string_view taken = input.substr(0, input.find('/'));
    input.remove_prefix(std::min(input.size(), taken.size() + 1));
    return std::string{taken};
  };
  const std::string state = part(), message = part(), constraint = part();
  for (const bool is_bad : {false, true}) {
    const error failure =
        persistence::postgresql::error_of({.sqlstate = state, .text = message}, is_bad, constraint);
    const std::string_view text = failure.what();
    expect(text.find_first_of("\n\r\t") == std::string_view::npos, "an error has one line");
    expect(!is_bad || failure.kind() == error_kind::connection_lost,
           "whatever is said on a bad connection, it is lost");
    const bool may_hold_values = state.starts_with("22") || state.starts_with("23");
    const error silent = persistence::postgresql::error_of({.sqlstate = state}, is_bad, constraint);
    expect(!may_hold_values || text == silent.what(), "no value is told");
  }
}

void read_cursor(std::string_view input) {
  if (const auto cursor = persistence::parse_purge_cursor(input))
    expect(persistence::parse_purge_cursor(persistence::to_text(*cursor)).has_value(),
           "a place is read as it was written");
  for (const auto order : {persistence::list_order::created, persistence::list_order::finished})
    try {
      persistence::list_request request{.order = order, .after = std::string{input}};
      (void)persistence::list_query{request};
    } catch (const error& refused) {
      expect(refused.kind() == error_kind::invalid_input, "a place that is none is invalid_input");
    }
}

void read_text(std::string_view input) {
  if (const auto time = schema::parse_timestamp(input))
    expect(schema::parse_timestamp(schema::to_text(*time)) == time, "a time is read as written");
  if (const auto id = schema::parse_uuid(input))
    expect(schema::parse_uuid(schema::to_text(*id)) == id, "an id is read as written");
  if (const auto octets = schema::parse_bytes(input))
    expect(schema::to_text(*octets) == input, "octets are read as written");
  (void)schema::parse_date(input);
  (void)tools::parse_duration(input);
  (void)tools::parse_workflow_name(std::string{input});
  (void)tools::parse_log_time(input, {});
}

// The key and the place of the corpus: 32 zeros, and "place".
void read_sealed(std::string_view input) {
  static const persistence::workflow_key key{std::array<std::uint8_t, 32>{}};
  const auto plain = persistence::unsealed(key, input, "place");
  expect(!plain || *plain == "a payload", "nothing is read but what was sealed");
  expect(
      persistence::unsealed(key, persistence::sealed_text(key, input, "place"), "place") == input,
      "what is sealed is read as it was");
}

constexpr std::array targets{fuzz_target{"json", read_json},
                             fuzz_target{"csv", read_csv},
                             fuzz_target{"xes", read_xes},
                             fuzz_target{"url", read_url},
                             fuzz_target{"cron", read_cron},
                             fuzz_target{"schedule", read_schedule},
                             fuzz_target{"identifier", read_identifier},
                             fuzz_target{"sql", read_sql},
                             fuzz_target{"condition", read_condition},
                             fuzz_target{"record", read_record},
                             fuzz_target{"sqlstate", read_sqlstate},
                             fuzz_target{"cursor", read_cursor},
                             fuzz_target{"sealed", read_sealed},
                             fuzz_target{"text", read_text}};

}  // namespace

std::span<const fuzz_target> fuzz_targets() { return targets; }

}  // namespace nava::test
