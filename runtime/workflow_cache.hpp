// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <nava/engine/event.hpp>
#include <nava/workflow/workflow_state.hpp>
#include <set>
#include <string_view>
#include <tuple>
#include <vector>

namespace nava {

/// What of a cached workflow's state counts as one of `runtime_options::cache_workflows`.
inline constexpr std::size_t cached_bytes_per_workflow = 32u << 10;

/// A workflow as it was when it was last committed. Shared, so that no lock is held while somebody
/// decides on it.
using known_state = std::shared_ptr<const workflow_state>;

/// `state` with its rows in the order in which a store loads them.
[[nodiscard]] workflow_state in_loaded_order(workflow_state state);

/// Bytes that `state` takes in memory, give or take what allocators and JSON containers add.
[[nodiscard]] std::size_t memory_of(const workflow_state& state);

/// The workflows that a runtime has committed last, by id and by resource; those longest unused go
/// first. What it holds may be outdated: a decision on it proves right or wrong when it is
/// committed against its revision. Thread-safe.
class workflow_cache {
 public:
  /// Holds at most `workflows`; one whose state is larger than cached_bytes_per_workflow counts as
  /// several.
  explicit workflow_cache(std::size_t workflows) : places_max_(workflows) {}

  [[nodiscard]] known_state find(const uuid& id);

  /// The workflows of a resource under all of these definitions, in the order of their ids; none
  /// unless each is here. A resource has at most one workflow per definition, so all of them are
  /// the whole set.
  [[nodiscard]] std::vector<known_state> find(const resource& about,
                                              const std::set<std::string_view>& wfdef_keys);

  /// Another one after each clear().
  [[nodiscard]] std::uint64_t epoch() const;

  /// Keeps a state that was stored in this epoch, unless a newer one of the workflow is here. A
  /// finished workflow, or one that is larger than the whole cache, is not kept.
  void put(workflow_state state, std::uint64_t epoch);

  /// Forgets a workflow unless a revision after this one is here.
  void drop(const uuid& id, std::int64_t revision);
  void clear();

 private:
  struct entry {
    known_state state;
    std::size_t places;
  };
  using entries = std::list<entry>;
  // Resource name, resource id and definition key; views of what the entry holds.
  using subject = std::tuple<std::string_view, std::string_view, std::string_view>;

  static subject subject_of(const schema::workflow& row);
  const known_state& use(entries::iterator used);
  void remove(entries::iterator removed, entries& to);

  const std::size_t places_max_;
  mutable std::mutex mutex_;
  std::uint64_t epoch_ = 0;
  std::size_t places_ = 0;
  entries entries_;  // the one used last comes first
  std::map<uuid, entries::iterator> by_id_;
  std::map<subject, entries::iterator> by_subject_;
};

}  // namespace nava
