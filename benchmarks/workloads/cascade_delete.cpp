// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nava/persistence/store.hpp>
#include <random>
#include <stdexcept>

#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/baseline/layouts.hpp"
#include "benchmarks/buffers.hpp"
#include "benchmarks/interleave.hpp"
#include "benchmarks/load.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

// As many deletes are counted at every size. From 2,000 workflows on they lie 181 or more apart in
// the order of loading, and a page has at most some 140 rows, so that no two of them share a page
// of a table.
constexpr std::int64_t count_portions = 5, counts_per_portion = 2;
constexpr std::int64_t deletes_counted = count_portions * counts_per_portion;

// The workflows that are deleted to count pages: the first of each session side by side, the
// counted ones evenly spread over the rest.
struct counted {
  std::vector<uuid> first, spread;
};

// Takes them out of `ids`.
counted take_counted(std::vector<uuid>& ids) {
  counted taken;
  const std::size_t apart = ids.size() / (deletes_counted + 1);
  for (std::size_t i = deletes_counted; i > 0; --i) {
    const auto at = ids.begin() + static_cast<std::ptrdiff_t>(i * apart);
    taken.spread.push_back(*at);
    ids.erase(at);
  }
  taken.first.assign(ids.begin(), ids.begin() + count_portions);
  ids.erase(ids.begin(), ids.begin() + count_portions);
  return taken;
}

// The workflows of one schema in random order, each handed out once.
class pool {
 public:
  pool(std::vector<uuid> ids, std::uint64_t seed) : ids_(std::move(ids)) {
    std::mt19937_64 random{seed};
    std::shuffle(ids_.begin(), ids_.end(), random);
  }
  uuid next() { return ids_.at(next_++); }

 private:
  std::vector<uuid> ids_;
  std::size_t next_ = 0;
};

struct rival {
  std::string_view name;
  layout tables;
  std::unique_ptr<deletes> (*open)(const options&, const std::string& schema);
};
constexpr std::array<rival, 3> rivals{
    {{"original", layout::original, &plain_deletes},
     {"original_indexed", layout::original_indexed, &plain_deletes},
     {"by_hand", layout::no_keys, &deletes_by_hand}}};

class contest {
 public:
  contest(const options& given, report& out) : given_(given), out_(out) {
    store_ = persistence::open_store(given.url, {.schema = given.schema});
    expect_enough();
    auto ids = load(given, given.schema, out).ids;
    if (given.on_postgresql()) counted_ = take_counted(ids);
    own_ = std::make_shared<pool>(std::move(ids), given.seed);
    add("nava", own_, [this](const uuid& id) { store_->erase(id); });
    add("floor", own_, plain_deletes(given, given.schema));
    if (given.on_postgresql())
      for (const auto& one : rivals) add(one);
    add("row_by_row", own_, row_by_row_deletes(given, given.schema));
  }

  void count_buffers() {
    if (!given_.on_postgresql()) return;
    const autovacuum_off only_deletes{given_};
    result all{std::string{pages_of_a_delete}, "pages", {}, {}},
        heap{std::string{heap_pages_of_a_delete}, "pages", {}, {}},
        index{std::string{index_pages_of_a_delete}, "pages", {}, {}};
    for (std::int64_t i = 0; i < count_portions; ++i) {
      const auto begin = counted_.spread.begin() + i * counts_per_portion;
      const auto found = pages_of_deletes(given_, counted_.first[static_cast<std::size_t>(i)],
                                          {begin, begin + counts_per_portion});
      if (!found) return out_.note("pages touched are counted from PostgreSQL 15 on");
      all.rounds.push_back(found->all());
      heap.rounds.push_back(found->heap);
      index.rounds.push_back(found->index);
    }
    for (auto* one : {&all, &heap, &index}) out_.add(std::move(*one));
    out_.note(fmt::format("pages: {} sessions, {} deletes each after one that is not counted",
                          count_portions, counts_per_portion));
  }

  void run() {
    for (int round = 0; round < given_.rounds; ++round)
      out_.add_round(interleave(contenders_, {given_.operations, given_.warm_up, round}));
  }

 private:
  void expect_enough() const {
    std::int64_t on_own = 0;
    for (const auto* name : {"nava", "floor", "row_by_row"}) on_own += given_.wants(name) ? 1 : 0;
    const auto needed = on_own * given_.rounds * (given_.operations + given_.warm_up) +
                        (given_.on_postgresql() ? deletes_counted + count_portions : 0);
    if (needed > given_.workflows)
      throw std::runtime_error{
          fmt::format("{} workflows would be deleted; give --workflows {} or more, or fewer "
                      "--rounds, --operations or --warm-up",
                      needed, needed)};
  }

  void add(std::string_view name, const std::shared_ptr<pool>& from,
           std::function<void(const uuid&)> erase) {
    if (!given_.wants(name)) return;
    contenders_.push_back({std::string{name},
                           [from, erase = std::move(erase)] { erase(from->next()); },
                           static_cast<double>(given_.rows().children() + 1), given_.seconds});
  }

  void add(std::string_view name, const std::shared_ptr<pool>& from, std::shared_ptr<deletes> how) {
    add(name, from, [how = std::move(how)](const uuid& id) { how->erase(id); });
  }

  void add(const rival& one) {
    if (!given_.wants(one.name)) return;
    layouts_.push_back(std::make_unique<other_layout>(given_, one.tables));
    const auto& schema = layouts_.back()->schema();
    add(one.name, std::make_shared<pool>(load(given_, schema, out_).ids, given_.seed),
        one.open(given_, schema));
  }

  const options& given_;
  report& out_;
  std::unique_ptr<persistence::store> store_;
  std::vector<std::unique_ptr<other_layout>> layouts_;
  counted counted_;
  std::shared_ptr<pool> own_;
  // Last: their connections end before the schemas are dropped.
  std::vector<contender> contenders_;
};

void run(const options& given, report& out) {
  contest between{given, out};
  between.count_buffers();
  between.run();
  out.compare("delete: nava / floor, p50", metric::p50_ms, "nava", "floor");
  out.compare("delete: nava / floor, p99", metric::p99_ms, "nava", "floor");
  out.compare("delete: original layout / nava, p50", metric::p50_ms, "original", "nava");
  out.compare("delete: original layout with indexes / nava, p50", metric::p50_ms,
              "original_indexed", "nava");
  out.compare("delete: no foreign keys, by hand / nava, p50", metric::p50_ms, "by_hand", "nava");
  out.compare("delete: row by row / nava, p50", metric::p50_ms, "row_by_row", "nava");
  out.note(fmt::format("a contender that needs more than {} s in a round has fewer samples",
                       given.seconds));
}

}  // namespace

workload cascade_delete() {
  return {"cascade_delete",
          "delete one workflow at a time",
          {"nava", "floor", "original", "original_indexed", "by_hand", "row_by_row"},
          {option::workflows, option::child_rows, option::operations, option::warm_up,
           option::seconds, option::contenders},
          {.workflows = 5000, .operations = 200, .warm_up = 20, .seconds = 2},
          &run};
}

}  // namespace nava::benchmarks
