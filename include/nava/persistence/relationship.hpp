// SPDX-License-Identifier: Apache-2.0
#pragma once

// First, so that the compiler comes to what it says of a wrong schema within a few lines.
#include <nava/schema/refusals.hpp>

#include <algorithm>
#include <map>
#include <nava/persistence/row_store.hpp>

/// Related rows of any number of rows, by one query for a relationship:
///
///     const auto contacts = load_related<crm, "contacts", ascending<&contact::email>>(
///         store, organizations, {.limit = 3});
///     for (const auto& one : organizations)
///       for (const contact& person : contacts.of(one)) …
///     const auto projects = load_related<crm, "projects">(store, contacts.rows());
namespace nava::persistence {

template <auto Member>
struct ascending {
  static constexpr auto member = Member;
  static constexpr bool is_descending = false;
};

template <auto Member>
struct descending {
  static constexpr auto member = Member;
  static constexpr bool is_descending = true;
};

struct related_options {
  std::size_t limit = 0;  ///< rows per parent of a to_many; 0: all
};

namespace detail {

template <schema::fixed_string Name, class Table, schema::fixed_string... Others>
struct relationship_search {
  template <class Part, class... Parts>
  static constexpr auto among() {
    if constexpr (!schema::detail::Relationship<Part>)
      return among<Parts...>();
    else if constexpr (Part::name.view() == Name.view())
      return Part{};
    else
      return relationship_search<Name, Table, Others..., Part::name>::template among<Parts...>();
  }
  template <class... None>
  requires(sizeof...(None) == 0) static constexpr auto among() {
    return schema::rules::table_has_no_such_relationship<Name, Table::name, Others...>{};
  }
};

template <schema::fixed_string Name, class Table, class... Parts>
constexpr auto find_relationship(schema::detail::list<Parts...>) {
  return relationship_search<Name, Table>::template among<Parts...>();
}

/// What a relationship of a database means for the two tables, known at compile time.
template <class Database, class Table, schema::fixed_string Name>
struct resolved {
  using part =
      decltype(find_relationship<Name, Table>(typename Database::template parts_of<Table>{}));
  using target_table = typename Database::template table_of<typename part::target_row>;

  static constexpr const schema::table_description& table =
      *schema::find_table(Database::description, Table::name.view());
  static constexpr const schema::relationship_description& what =
      *schema::find_relationship(table, Name.view());
  static constexpr schema::owned_key followed =
      schema::followed_key(Database::description, table, what);
  static constexpr bool forward = schema::goes_forward(table, what, followed);
  static constexpr schema::name_list here =
      forward ? followed.key->columns : followed.key->target_columns;
  static constexpr schema::name_list there =
      forward ? followed.key->target_columns : followed.key->columns;
};

/// The values of `columns` in a row; null where one of them is NULL and nothing can match.
template <class Table>
json::value key_of(const typename Table::row_type& row, schema::name_list columns) {
  json::array key(columns.size());
  schema::for_each_column<Table>([&](auto column) {
    const auto at = std::find(columns.begin(), columns.end(), column.name.view());
    if (at == columns.end()) return;
    const auto set = [&](const auto& value) {
      key[static_cast<std::size_t>(at - columns.begin())] = schema::detail::to_json(value);
    };
    const auto& member = row.*column.member;
    if constexpr (schema::detail::is_optional<std::remove_cvref_t<decltype(member)>>::value) {
      if (member) set(*member);
    } else {
      set(member);
    }
  });
  for (const auto& value : key)
    if (value.is_null()) return nullptr;
  return key;
}

}  // namespace detail

/// The rows that a relationship leads to, shared out among the rows it was loaded for.
template <class Database, class Table, schema::fixed_string Name>
class related {
  using resolved = detail::resolved<Database, Table, Name>;

 public:
  using parent = typename Table::row_type;
  using row = typename resolved::part::target_row;

  explicit related(const std::vector<json::object>& objects) {
    std::map<std::string, std::vector<row>> found;
    try {
      for (const auto& object : objects) {
        row next = schema::from_json<typename resolved::target_table>(object);
        std::string key =
            key_text(detail::key_of<typename resolved::target_table>(next, resolved::there));
        found[std::move(key)].push_back(std::move(next));
      }
    } catch (const schema::conversion_error& failure) {
      throw error{error_kind::other, failure.what()};
    }
    for (auto& [key, rows] : found) {
      places_.emplace(key, place{rows_.size(), rows.size()});
      std::move(rows.begin(), rows.end(), std::back_inserter(rows_));
    }
  }

  /// All of them, each once, to load what is related to them in turn.
  [[nodiscard]] const std::vector<row>& rows() const& { return rows_; }
  [[nodiscard]] std::vector<row> rows() && { return std::move(rows_); }

  /// Those of one row, in the order that was asked for. Keep what was loaded: they refer to it.
  [[nodiscard]] std::span<const row> of(const parent& one) const& requires(resolved::part::many) {
    return found_for(one);
  }
  void of(const parent& one) && requires(resolved::part::many) = delete;

  /// That of one row; null where there is none.
  [[nodiscard]] const row* of(const parent& one) const& requires(resolved::part::optional) {
    const auto found = found_for(one);
    return found.empty() ? nullptr : &found.front();
  }
  [[nodiscard]] std::optional<row> of(const parent& one) && requires(resolved::part::optional) {
    const auto found = found_for(one);
    return found.empty() ? std::nullopt : std::optional<row>{found.front()};
  }

  /// That of one row, which has one; throws error (not_found) if it has been deleted since.
  [[nodiscard]] row of(const parent& one) &&
      requires(!resolved::part::many && !resolved::part::optional) {
    return static_cast<const related&>(*this).of(one);
  }
  [[nodiscard]] const row& of(const parent& one) const& requires(!resolved::part::many &&
                                                                 !resolved::part::optional) {
    const auto found = found_for(one);
    if (found.empty())
      throw error{
          error_kind::not_found,
          std::string{Table::name.view()} + "." + std::string{Name.view()} +
              " is not among what was loaded: it has been deleted since, or the row is none "
              "of those it was loaded for"};
    return found.front();
  }

 private:
  struct place {
    std::size_t begin = 0;
    std::size_t size = 0;
  };

  static std::string key_text(const json::value& key) { return json::serialize(key); }

  [[nodiscard]] std::span<const row> found_for(const parent& one) const {
    const auto at = places_.find(key_text(detail::key_of<Table>(one, resolved::here)));
    if (at == places_.end()) return {};
    return std::span{rows_}.subspan(at->second.begin, at->second.size);
  }

  std::vector<row> rows_;
  std::map<std::string, place> places_;
};

/// Loads the relationship `Name` of all `parents`, rows of a table of `Database`, with one
/// statement; with none where no parent has a key. The rows come as `Sort` has them, texts by their
/// bytes, NULL last, then by their primary key. Throws error.
template <class Database, schema::fixed_string Name, class... Sort, class Row>
[[nodiscard]] auto load_related(row_store& store, std::span<const Row> parents,
                                const related_options& options = {}) {
  using table = typename Database::template table_of<Row>;
  using resolved = detail::resolved<Database, table, Name>;
  using target = typename resolved::target_table;
  static_assert(((schema::column_type_of<
                      typename target::template column_with<Sort::member>::value_type>::value !=
                  schema::column_type::json) &&
                 ... && true),
                "rows cannot be sorted by JSON, which has no order");
  std::map<std::string, json::value> keys;
  for (const Row& one : parents)
    if (json::value key = detail::key_of<table>(one, resolved::here); !key.is_null())
      keys.emplace(json::serialize(key), std::move(key));
  json::array distinct;
  distinct.reserve(keys.size());
  for (auto& [text, key] : keys) distinct.push_back(std::move(key));
  const related_request request{
      schema::find_table(Database::description, target::name.view()),
      resolved::there,
      {sort_term{target::template column_with<Sort::member>::name.view(), Sort::is_descending}...},
      resolved::part::many ? options.limit : 0};
  return related<Database, table, Name>{distinct.empty()
                                            ? std::vector<json::object>{}
                                            : store.related_rows(request, std::move(distinct))};
}

template <class Database, schema::fixed_string Name, class... Sort, class Row>
[[nodiscard]] auto load_related(row_store& store, const std::vector<Row>& parents,
                                const related_options& options = {}) {
  return load_related<Database, Name, Sort...>(store, std::span<const Row>{parents}, options);
}

}  // namespace nava::persistence
