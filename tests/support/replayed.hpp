// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <nava/engine/decision.hpp>
#include <nava/persistence/store.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "support/units.hpp"

/// What must be true of every stored workflow, whatever happened to it.
namespace nava::test {

/// The seqs of all mutations, messages and events, in order.
[[nodiscard]] inline std::vector<std::int64_t> seqs_of(const nava::workflow_history& history) {
  std::vector<std::int64_t> seqs;
  const auto add = [&](const auto& rows) {
    for (const auto& row : rows) seqs.push_back(row.seq);
  };
  add(history.mutations);
  add(history.messages);
  add(history.events);
  std::ranges::sort(seqs);
  return seqs;
}

/// How often the revision has moved since the workflow began, the beginning included.
[[nodiscard]] inline std::size_t decisions_on(const persistence::loaded_workflow& loaded,
                                              const nava::workflow_history& history) {
  const auto first = history.mutations.at(0).mutation.at("revision").as_int64();
  return static_cast<std::size_t>(loaded.state.workflow.revision - first + 1);
}

[[nodiscard]] inline std::size_t decisions_on(persistence::store& store, const uuid& id) {
  return decisions_on(store.load(id).value(), store.history(id).value());
}

/// Whether the stored worklist has what follows from the state, and nothing else.
[[nodiscard]] bool has_its_worklist(persistence::store& store, const nava::workflow_state& state);

/// The promises that the stored workflow breaks, in words; empty where it keeps all: seq
/// without gaps, one event and one transaction id per revision, rows as the mutations make them,
/// and a worklist as it follows from the steps.
[[nodiscard]] inline std::vector<std::string> broken_promises(persistence::store& store,
                                                              const uuid& id) {
  std::vector<std::string> broken;
  const auto loaded = store.load(id);
  auto history = store.history(id);
  if (!loaded || !history) return {"the workflow is there"};

  std::vector<std::int64_t> gapless(static_cast<std::size_t>(loaded->state.workflow.last_seq));
  for (std::size_t i = 0; i < gapless.size(); ++i) gapless[i] = static_cast<std::int64_t>(i) + 1;
  if (seqs_of(*history) != gapless) broken.emplace_back("seq runs from 1 to last_seq");

  std::set<uuid> of_events, of_all;
  for (const auto& row : history->events) of_events.insert(row.transaction_id);
  of_all = of_events;
  for (const auto& row : history->mutations) of_all.insert(row.transaction_id);
  const auto decisions = decisions_on(*loaded, *history);
  if (history->events.size() != decisions) broken.emplace_back("one event per revision");
  if (of_events.size() != decisions || of_all != of_events)
    broken.emplace_back("one transaction id per revision");

  history->state = loaded->state;
  const auto differences = engine::verify(*history);
  broken.insert(broken.end(), differences.begin(), differences.end());
  if (!has_its_worklist(store, loaded->state))
    broken.emplace_back("the worklist has the open steps of people");
  return broken;
}

/// `text`, which is JSON, with the revisions counted from 1: a workflow begins at a random one.
[[nodiscard]] inline std::string with_revisions_from(std::int64_t first, const std::string& text) {
  constexpr std::string_view before = "\"revision\":";
  std::string result;
  std::size_t rest = 0;
  for (std::size_t at; (at = text.find(before, rest)) != std::string::npos;) {
    at += before.size();
    const std::size_t end = std::min(text.find_first_not_of("0123456789", at), text.size());
    result.append(text, rest, at - rest);
    if (end > at) result += std::to_string(std::stoll(text.substr(at, end - at)) - first + 1);
    rest = end;
  }
  return result.append(text, rest);
}

[[nodiscard]] inline bool is_uuid_at(std::string_view text, std::size_t place) {
  constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() - place < form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const char c = text[place + i];
    const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (form[i] == '-' ? c != '-' : !is_digit) return false;
  }
  return true;
}

/// State and past of a workflow as text with each uuid replaced by the number of its first
/// appearance, so that two runs of one scenario compare equal although their ids differ.
[[nodiscard]] inline std::string without_ids(persistence::store& store, const uuid& id) {
  constexpr std::size_t uuid_size = 36;
  const auto history = store.history(id).value();
  const auto first = history.mutations.at(0).mutation.at("revision").as_int64();
  const std::string text =
      with_revisions_from(first, json::serialize(workflow_json(store.load(id).value().state)) +
                                     "\n" + json::serialize(history_json(history)));
  std::map<std::string, std::size_t> numbers;
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_uuid_at(text, at)) {
      result += text[at++];
      continue;
    }
    const auto number =
        numbers.try_emplace(text.substr(at, uuid_size), numbers.size() + 1).first->second;
    result.append("id ").append(std::to_string(number));
    at += uuid_size;
  }
  return result;
}

}  // namespace nava::test
