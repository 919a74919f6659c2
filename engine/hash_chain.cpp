// SPDX-License-Identifier: Apache-2.0
#include "engine/hash_chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <nava/schema/workflow_tables.hpp>
#include <nava/workflow/to_object.hpp>

#include "workflow/sha256.hpp"
#include "workflow/storable.hpp"

namespace nava::engine {
namespace {

using namespace schema;

constexpr std::string_view form = "1:";

// json::serialize() writes keys as they come, and its numbers may change with Boost.
void append_canonical(std::string& text, const json::value& value) {
  if (const auto* object = value.if_object()) {
    std::vector<const json::key_value_pair*> members;
    for (const auto& member : *object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return a->key() < b->key(); });
    char separator = '{';
    for (const auto* member : members) {
      text += separator;
      text += json::serialize(member->key());
      text += ':';
      append_canonical(text, member->value());
      separator = ',';
    }
    text += members.empty() ? "{}" : "}";
  } else if (const auto* array = value.if_array()) {
    char separator = '[';
    for (const auto& each : *array) {
      text += separator;
      append_canonical(text, each);
      separator = ',';
    }
    text += array->empty() ? "[]" : "]";
  } else if (const auto* number = value.if_double()) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr;
    text.append(digits.data(), end);
  } else {
    text += json::serialize(value);
  }
}

// Without the id of the workflow, which ON UPDATE CASCADE may change.
template <class Table>
std::string text_of(const typename Table::row_type& row) {
  json::object columns = to_object<Table>(row);
  columns.erase("workflow_id");
  return canonical_text(std::move(columns), Table::name.view());
}

}  // namespace

std::string canonical_text(json::value value, std::string_view where) {
  make_storable(value, where);
  std::string text;
  append_canonical(text, value);
  return text;
}

std::string chain_end::text() const { return fmt::format("{}{}:{}", form, seq, link); }

std::optional<chain_end> parse_chain_end(std::string_view text) {
  if (!text.starts_with(form)) return std::nullopt;
  text.remove_prefix(form.size());
  chain_end end;
  const auto seq = std::from_chars(text.data(), text.data() + text.size(), end.seq);
  if (seq.ec != std::errc{} || seq.ptr == text.data() + text.size() || *seq.ptr != ':')
    return std::nullopt;
  end.link.assign(seq.ptr + 1, text.data() + text.size());
  return end;
}

chain_end chained(chain_end end, const past_rows& rows, std::int64_t last_seq) {
  auto mutation = rows.mutations.begin();
  auto message = rows.messages.begin();
  auto event = rows.events.begin();
  constexpr auto none = std::numeric_limits<std::int64_t>::max();
  const auto seq_of = [&](const auto& at, const auto& all) {
    return at == all.end() ? none : at->seq;
  };
  while (true) {
    const std::int64_t next =
        std::min({seq_of(mutation, rows.mutations), seq_of(message, rows.messages),
                  seq_of(event, rows.events)});
    if (next == none || next > last_seq) return end;
    std::string row;
    if (mutation != rows.mutations.end() && mutation->seq == next)
      row = text_of<workflow_mutation_table>(*mutation++);
    else if (message != rows.messages.end() && message->seq == next)
      row = text_of<workflow_message_table>(*message++);
    else
      row = text_of<workflow_event_table>(*event++);
    end = {next, sha256(end.link + "\n" + row)};
  }
}

}  // namespace nava::engine
