// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iostream>

#include "command_line.hpp"
#include "relationships/data.hpp"

namespace office {

const nava::migration_set& migrations();

namespace {

constexpr std::size_t projects_shown = 2;
constexpr std::size_t category_levels_max = 16;

// Passes everything on and counts the queries, each of which is one statement.
class counting_store : public nava::persistence::row_store {
 public:
  explicit counting_store(row_store& inner) : inner_(inner) {}

  std::size_t write_rows(const table_description& table, nava::persistence::verb what,
                         nava::json::array rows) override {
    return inner_.write_rows(table, what, std::move(rows));
  }
  std::vector<nava::json::object> related_rows(const nava::persistence::related_request& what,
                                               nava::json::array keys) override {
    ++queries_;
    return inner_.related_rows(what, std::move(keys));
  }

  [[nodiscard]] std::size_t queries() const { return queries_; }

 private:
  row_store& inner_;
  std::size_t queries_ = 0;
};

void print_customers(counting_store& store) {
  using nava::load_related;
  const auto all = organizations();
  const auto billing = load_related<customers, "billing_contact">(store, all);
  const auto contacts =
      load_related<customers, "contacts", nava::ascending<&contact::name>>(store, all);
  const auto projects = load_related<customers, "projects", nava::descending<&project::year>>(
      store, contacts.rows(), {.limit = projects_shown});
  const auto owners = load_related<customers, "owner">(store, projects.rows());
  const auto editors = load_related<customers, "editor">(store, projects.rows());

  for (const organization& one : all) {
    const contact* payer = billing.of(one);
    fmt::print("{}, bills to {}\n", one.name, payer ? payer->name : "nobody");
    for (const contact& person : contacts.of(one)) {
      fmt::print("  {} <{}>\n", person.name, person.email.value_or("no mail"));
      for (const project& work : projects.of(person)) {
        const user* editor = editors.of(work);
        fmt::print("    {} {}, owned by {}, {}\n", work.year, work.title, owners.of(work).name,
                   editor ? "last changed by " + editor->name : "never changed");
      }
    }
  }
  fmt::print("{} organizations, {} contacts, {} projects, at most {} of a contact: {} queries\n",
             all.size(), contacts.rows().size(), projects.rows().size(), projects_shown,
             store.queries());
}

// The categories below some, a level at a time, with one query for each level.
class category_tree {
 public:
  category_tree(counting_store& store, const std::vector<category>& roots) {
    levels_.reserve(category_levels_max);
    const auto* level = &roots;
    while (!level->empty() && levels_.size() < category_levels_max) {
      levels_.push_back(nava::load_related<customers, "children", nava::ascending<&category::name>>(
          store, *level));
      level = &levels_.back().rows();
    }
  }

  void print(const category& one, std::size_t depth = 0) const {
    fmt::print("{:{}}{}\n", "", 2 * depth, one.name);
    if (depth == levels_.size()) return;
    for (const category& child : levels_[depth].of(one)) print(child, depth + 1);
  }

 private:
  std::vector<nava::persistence::related<customers, category_table, "children">> levels_;
};

void print_categories(counting_store& store) {
  const std::vector roots{root_category()};
  category_tree{store, roots}.print(roots.front());
  fmt::print("one query for each level: {} queries\n", store.queries());
}

void run(const nava::database_url& url) {
  nava::migrate(url);
  nava::migrate(url, {}, migrations());
  const auto store = nava::open_store(url);
  fill(*store);

  counting_store for_customers{*store};
  print_customers(for_customers);
  fmt::print("\n");
  counting_store for_categories{*store};
  print_categories(for_categories);
  fmt::print("\nThe rows stay in {}.\n", example::place(url));
}

}  // namespace
}  // namespace office

int main(int argc, char** argv) {
  return example::main_of(argc, argv, "sqlite:relationships.db", office::run);
}
