// SPDX-License-Identifier: Apache-2.0
#include "inspection/lint/lint_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace nava::inspection::linting {
namespace {

constexpr node nowhere = std::numeric_limits<node>::max();

struct column_pair {
  std::string_view from;
  std::string_view to;

  auto operator<=>(const column_pair&) const = default;
};
using carried_columns = std::vector<column_pair>;

carried_columns columns_of(const catalog_foreign_key& key) {
  carried_columns pairs;
  for (std::size_t i = 0; i < std::min(key.columns.size(), key.target_columns.size()); ++i)
    pairs.push_back({key.columns[i], key.target_columns[i]});
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

// The columns that a way carries from its first table to its last. Nothing where a key on the way
// begins with columns that the key before it does not lead to.
std::optional<carried_columns> carried_by(const way& keys) {
  carried_columns carried = columns_of(*keys.front()->key);
  for (std::size_t i = 1; i < keys.size(); ++i) {
    carried_columns further;
    for (const column_pair& step : columns_of(*keys[i]->key)) {
      const auto found = std::find_if(carried.begin(), carried.end(), [&](const column_pair& pair) {
        return pair.to == step.from;
      });
      if (found == carried.end()) return std::nullopt;
      further.push_back({found->from, step.to});
    }
    std::sort(further.begin(), further.end());
    carried = std::move(further);
  }
  return carried;
}

bool visits(const way& keys, node wanted) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const edge* key) { return key->from == wanted || key->to == wanted; });
}

bool share_a_table_on_the_way(const way& one, const way& other) {
  return std::any_of(one.begin(), one.end() - 1, [&](const edge* a) {
    return std::any_of(other.begin(), other.end() - 1,
                       [&](const edge* b) { return a->to == b->to; });
  });
}

// Two ways lead to one row if the columns that one carries, which are a key of the last table, are
// among the columns that the other carries.
bool lead_to_one_row(const std::optional<carried_columns>& one,
                     const std::optional<carried_columns>& other) {
  return one && other &&
         (std::includes(one->begin(), one->end(), other->begin(), other->end()) ||
          std::includes(other->begin(), other->end(), one->begin(), one->end()));
}

std::vector<way> those_that_cross(const std::vector<way>& ways) {
  if (ways.size() < 2) return {};
  std::vector<std::optional<carried_columns>> carried;
  for (const way& each : ways) carried.push_back(carried_by(each));
  std::vector<bool> crosses(ways.size(), false);
  for (std::size_t i = 0; i < ways.size(); ++i)
    for (std::size_t j = i + 1; j < ways.size(); ++j)
      if (!(crosses[i] && crosses[j]) && !lead_to_one_row(carried[i], carried[j]) &&
          !share_a_table_on_the_way(ways[i], ways[j]))
        crosses[i] = crosses[j] = true;
  std::vector<way> chosen;
  for (std::size_t i = 0; i < ways.size(); ++i)
    if (crosses[i]) chosen.push_back(ways[i]);
  return chosen;
}

struct ways_of_a_table {
  std::map<node, std::vector<way>> by_end;
  bool finished = true;
};

// Breadth first, so that a bound leaves out the longest ways.
ways_of_a_table ways_from(const key_graph& graph, node start, std::size_t keys_max) {
  ways_of_a_table ways;
  std::vector<way> shorter{way{}};
  std::size_t looked_at = 0;
  for (std::size_t length = 1; length <= keys_max && !shorter.empty(); ++length) {
    std::vector<way> longer;
    for (const way& begun : shorter)
      for (const std::size_t i : graph.leaving(begun.empty() ? start : begun.back()->to)) {
        const edge& next = graph.edges()[i];
        if (next.to == start || visits(begun, next.to)) continue;
        auto& same_end = ways.by_end[next.to];
        if (++looked_at > ways_of_a_table_max || same_end.size() == ways_to_a_table_max) {
          ways.finished = false;
          continue;
        }
        longer.push_back(begun);
        longer.back().push_back(&next);
        same_end.push_back(longer.back());
      }
    shorter = std::move(longer);
  }
  return ways;
}

// Tarjan's algorithm with a stack of its own: a chain of keys may be longer than the thread's stack
// allows calls.
class ring_search {
 public:
  explicit ring_search(const key_graph& graph)
      : graph_(graph), order_(graph.size(), nowhere), lowest_(graph.size(), nowhere) {
    for (node at = 0; at < graph.size(); ++at)
      if (order_[at] == nowhere) search_from(at);
    std::sort(rings_.begin(), rings_.end());
  }

  std::vector<std::vector<node>> take() { return std::move(rings_); }

 private:
  struct visit {
    node at;
    std::size_t next_key = 0;
  };

  void enter(node at) {
    order_[at] = lowest_[at] = entered_++;
    in_progress_.push_back(at);
    visits_.push_back({at});
  }

  void search_from(node start) {
    enter(start);
    while (!visits_.empty()) {
      visit& now = visits_.back();
      if (now.next_key < graph_.leaving(now.at).size()) {
        const node to = graph_.edges()[graph_.leaving(now.at)[now.next_key++]].to;
        if (order_[to] == nowhere)
          enter(to);
        else if (order_[to] != closed)
          lowest_[now.at] = std::min(lowest_[now.at], order_[to]);
      } else {
        leave(now.at);
      }
    }
  }

  void leave(node at) {
    visits_.pop_back();
    if (!visits_.empty()) {
      std::size_t& parent = lowest_[visits_.back().at];
      parent = std::min(parent, lowest_[at]);
    }
    if (lowest_[at] != order_[at]) return;
    const auto first = std::find(in_progress_.rbegin(), in_progress_.rend(), at).base() - 1;
    std::vector<node> ring{first, in_progress_.end()};
    in_progress_.erase(first, in_progress_.end());
    for (const node member : ring) order_[member] = closed;
    std::sort(ring.begin(), ring.end());
    if (ring.size() > 1) rings_.push_back(std::move(ring));
  }

  static constexpr std::size_t closed = nowhere - 1;

  const key_graph& graph_;
  std::vector<std::size_t> order_;
  std::vector<std::size_t> lowest_;
  std::vector<node> in_progress_;
  std::vector<visit> visits_;
  std::vector<std::vector<node>> rings_;
  std::size_t entered_ = 0;
};

}  // namespace

key_graph::key_graph(const catalog& database) {
  std::map<std::pair<std::string_view, std::string_view>, node> places;
  const auto node_of = [&](std::string_view schema, std::string_view name,
                           const catalog_table* table) {
    const auto [found, is_new] = places.try_emplace({schema, name}, nodes_.size());
    if (is_new) nodes_.push_back({schema, name, table});
    return found->second;
  };
  for (const auto& table : database.tables) node_of(table.schema, table.name, &table);
  std::vector<edge> edges;
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      edges.push_back({node_of(table.schema, table.name, &table),
                       node_of(key.target_schema, key.target_table, nullptr), &table, &key});
  leaving_.resize(nodes_.size());
  for (const edge& each : edges) add(each);
}

void key_graph::add(const edge& added) {
  leaving_[added.from].push_back(edges_.size());
  edges_.push_back(added);
}

key_graph key_graph::only(const std::function<bool(const edge&)>& keep) const {
  key_graph part;
  part.nodes_ = nodes_;
  part.leaving_.resize(nodes_.size());
  for (const edge& each : edges_)
    if (keep(each)) part.add(each);
  return part;
}

std::string key_graph::name(node at) const {
  return fmt::format("{}.{}", nodes_[at].schema, nodes_[at].name);
}

crossings find_crossings(const key_graph& graph, std::size_t keys_max) {
  crossings all;
  for (node start = 0; start < graph.size(); ++start) {
    // Two ways that share no table begin with different keys.
    if (graph.leaving(start).size() < 2) continue;
    const ways_of_a_table ways = ways_from(graph, start, keys_max);
    if (!ways.finished) all.unfinished.push_back(start);
    for (const auto& [end, same_end] : ways.by_end)
      if (std::vector<way> chosen = those_that_cross(same_end); !chosen.empty())
        all.found.push_back({start, end, std::move(chosen)});
  }
  return all;
}

std::vector<std::vector<node>> find_rings(const key_graph& graph) {
  return ring_search{graph}.take();
}

way shortest_round(const key_graph& graph, node start) {
  std::vector<const edge*> reached_by(graph.size(), nullptr);
  std::deque<node> open{start};
  while (!open.empty() && reached_by[start] == nullptr) {
    const node at = open.front();
    open.pop_front();
    for (const std::size_t i : graph.leaving(at)) {
      const edge& next = graph.edges()[i];
      if (next.to == next.from || reached_by[next.to] != nullptr) continue;
      reached_by[next.to] = &next;
      open.push_back(next.to);
    }
  }
  way round;
  for (const edge* last = reached_by[start]; last != nullptr;
       last = last->from == start ? nullptr : reached_by[last->from])
    round.push_back(last);
  std::reverse(round.begin(), round.end());
  return round;
}

}  // namespace nava::inspection::linting
