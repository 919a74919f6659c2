// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "inspection/lint/lint_rules.hpp"

namespace nava::inspection::linting {
namespace {

constexpr std::size_t cascade_keys_max = 8;

using keys_by_pair = std::map<std::pair<node, node>, std::vector<const edge*>>;

bool cascades(const edge* key) { return key->key->on_delete == referential_action::cascade; }

keys_by_pair pairs_of(const key_graph& graph) {
  keys_by_pair pairs;
  for (const edge& each : graph.edges())
    if (each.from != each.to) pairs[{each.from, each.to}].push_back(&each);
  return pairs;
}

std::vector<std::string> described(const std::vector<const edge*>& keys) {
  std::vector<std::string> texts;
  for (const edge* each : keys) texts.push_back(linting::described(*each->key));
  return texts;
}

std::size_t different_columns(const std::vector<const edge*>& keys) {
  std::set<std::vector<std::string>> different;
  for (const edge* each : keys) {
    std::vector<std::string> columns = each->key->columns;
    std::sort(columns.begin(), columns.end());
    different.insert(std::move(columns));
  }
  return different.size();
}

// The tables on a way; for a direct way, its key.
std::string described(const key_graph& graph, const way& keys) {
  if (keys.size() == 1) return fmt::format("directly, by {}", linting::described(*keys[0]->key));
  std::vector<std::string> tables;
  for (std::size_t i = 1; i < keys.size(); ++i) tables.push_back(graph.name(keys[i]->from));
  return fmt::format("over {}", joined(tables, ", "));
}

std::string described(const key_graph& graph, const std::vector<way>& ways) {
  std::vector<std::string> texts;
  for (const way& each : ways) texts.push_back(described(graph, each));
  return listed(texts, "; ");
}

std::string round_text(const key_graph& graph, const way& round) {
  std::vector<std::string> texts;
  for (const edge* each : round)
    texts.push_back(
        fmt::format("{} by {}", graph.name(each->from), linting::described(*each->key)));
  return listed(texts, " -> ");
}

void report_unfinished(const crossings& all, const key_graph& graph, reporter& report) {
  for (const node start : all.unfinished)
    report.add(severity::note, graph.name(start),
               "more paths leave this table than were followed; the longest were left out");
}

// Whether a row can be inserted only after the row that the key leads to.
bool holds_back(const subject& subject, const edge& each) {
  const catalog_foreign_key& key = *each.key;
  const auto nullable = [&](const std::string& name) {
    const catalog_column* column = find_column(*each.table, name);
    return column == nullptr || column->nullable;
  };
  const bool can_wait = subject.postgresql() ? key.deferrable : key.initially_deferred;
  const bool can_be_null = key.match_full
                               ? std::all_of(key.columns.begin(), key.columns.end(), nullable)
                               : std::any_of(key.columns.begin(), key.columns.end(), nullable);
  return each.from != each.to && key.enforced && !can_wait && !can_be_null;
}

std::string tables_of(const key_graph& graph, const std::vector<node>& ring) {
  std::vector<std::string> names;
  for (const node each : ring) names.push_back(graph.name(each));
  return listed(names);
}

void report_closed_ring(const subject& subject, const std::string& object, const way& round,
                        reporter& report) {
  const std::string text = round_text(subject.keys, round);
  const edge& first = *round.front();
  if (subject.postgresql())
    report(object,
           fmt::format("no key of {} may be NULL or deferred: a first row goes in only with one "
                       "statement that fills all of these tables",
                       text),
           fmt::format("ALTER TABLE {} ALTER CONSTRAINT {} DEFERRABLE INITIALLY DEFERRED;",
                       quoted(*first.table), schema::quoted(first.key->name)));
  else
    report(object, fmt::format("no key of {} may be NULL or is deferred: a first row goes in only "
                               "after PRAGMA defer_foreign_keys",
                               text));
}

}  // namespace

void several_foreign_keys(const subject& subject, reporter& report) {
  for (const auto& [pair, keys] : pairs_of(subject.keys))
    if (different_columns(keys) > 1)
      report(fmt::format("{} -> {}", subject.keys.name(pair.first), subject.keys.name(pair.second)),
             fmt::format("{} foreign keys join them: {}; a join, and a mapper that makes joins, "
                         "must be told which",
                         keys.size(), listed(described(keys))));
}

void mutual_foreign_keys(const subject& subject, reporter& report) {
  const keys_by_pair pairs = pairs_of(subject.keys);
  for (const auto& [pair, keys] : pairs) {
    const auto back = pairs.find({pair.second, pair.first});
    if (pair.first > pair.second || back == pairs.end()) continue;
    const std::string one = subject.keys.name(pair.first), other = subject.keys.name(pair.second);
    report(fmt::format("{} <-> {}", one, other),
           fmt::format("each refers to the other: {} by {}, {} by {}; a join, and a mapper that "
                       "makes joins, must be told which",
                       one, listed(described(keys)), other, listed(described(back->second))));
  }
}

void self_reference(const subject& subject, reporter& report) {
  for (const edge& each : subject.keys.edges())
    if (each.from == each.to)
      report(name_of(*each.table, *each.key),
             fmt::format("{} refers to {} itself; a mapper must be told which end is the parent",
                         linting::described(*each.key), name_of(*each.table)));
}

void several_paths(const subject& subject, reporter& report) {
  const crossings all = find_crossings(subject.keys, subject.options.path_keys_max);
  for (const crossing& each : all.found) {
    const bool is_indirect = std::any_of(each.ways.begin(), each.ways.end(),
                                         [](const way& keys) { return keys.size() > 1; });
    // The rule two_cascade_ways reports ways of cascades.
    const bool all_cascade = std::all_of(each.ways.begin(), each.ways.end(), [](const way& keys) {
      return keys.size() <= cascade_keys_max && std::all_of(keys.begin(), keys.end(), cascades);
    });
    if (is_indirect && !all_cascade)
      report(fmt::format("{} -> {}", subject.keys.name(each.from), subject.keys.name(each.to)),
             fmt::format("{} paths join them, and they may end at different rows: {}",
                         each.ways.size(), described(subject.keys, each.ways)));
  }
  report_unfinished(all, subject.keys, report);
}

void two_cascade_ways(const subject& subject, reporter& report) {
  const key_graph part = subject.keys.only([](const edge& each) { return cascades(&each); });
  const crossings all = find_crossings(part, cascade_keys_max);
  for (const crossing& each : all.found)
    report(fmt::format("{} -> {}", part.name(each.to), part.name(each.from)),
           fmt::format("a delete in the first reaches the second by {} cascades, whose order the "
                       "schema does not set: {}",
                       each.ways.size(), described(part, each.ways)));
  report_unfinished(all, part, report);
}

void foreign_key_cycle(const subject& subject, reporter& report) {
  const key_graph closed = subject.keys.only([&](const edge& each) {
    return holds_back(subject, each) && !subject.dropped.contains(each.key);
  });
  const auto closed_rings = find_rings(closed);
  for (const auto& ring : find_rings(subject.keys)) {
    const std::string object = tables_of(subject.keys, ring);
    const auto shut = std::find_if(closed_rings.begin(), closed_rings.end(), [&](const auto& part) {
      return std::binary_search(ring.begin(), ring.end(), part.front());
    });
    if (shut != closed_rings.end())
      report_closed_ring(subject, object, shortest_round(closed, shut->front()), report);
    else
      report.add(severity::warning, object,
                 fmt::format("{} is a cycle: rows go in with a key left NULL or deferred, and "
                             "dumps, copies and deletes must know the order",
                             round_text(subject.keys, shortest_round(subject.keys, ring.front()))));
  }
}

}  // namespace nava::inspection::linting
