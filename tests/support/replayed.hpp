// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <nava/engine/verification.hpp>
#include <nava/persistence/store.hpp>
#include <string>
#include <vector>

#include "support/units.hpp"

/// What must be true of every stored workflow, whatever happened to it.
namespace nava::test {

/// How often the revision has moved since the workflow began, the beginning included.
[[nodiscard]] inline std::size_t decisions_on(const persistence::loaded_workflow& loaded,
                                              const nava::workflow_history& history) {
  const auto first = history.mutations.at(0).mutation.at("revision").as_int64();
  return static_cast<std::size_t>(loaded.state.workflow.revision - first + 1);
}

[[nodiscard]] inline std::size_t decisions_on(persistence::store& store, const uuid& id) {
  return decisions_on(store.load(id).value(), store.history(id).value());
}

/// The promises that the stored workflow breaks, in words; empty where it keeps all.
[[nodiscard]] inline std::vector<std::string> broken_promises(persistence::store& store,
                                                              const uuid& id) {
  const auto history = store.history(id);
  if (!history) return {"the workflow is there"};
  return engine::verify_workflow(*history);
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
