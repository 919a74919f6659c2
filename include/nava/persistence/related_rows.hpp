// SPDX-License-Identifier: Apache-2.0
#pragma once

// First: the compiler then prints its refusal of a wrong schema within the first lines.
#include <nava/schema/refusals.hpp>

#include <map>
#include <nava/export.hpp>
#include <nava/persistence/row_store.hpp>
#include <nava/schema/database.hpp>
#include <nava/schema/row.hpp>
#include <span>

/// Loads the related rows of any number of rows, by one query for a relationship:
///
///     const auto contacts = load_related<crm, "contacts", ascending<&contact::email>>(
///         store, organizations, {.limit = 3});
///     for (const auto& organization : organizations)
///       for (const contact& person : contacts.of(organization)) …
///     const auto projects = load_related<crm, "projects">(store, contacts.rows());
namespace nava::persistence {

/// Sorts related rows by the column of `Member`, the least value first and NULL last.
template <auto Member>
struct ascending {
  ///@{
  /// What load_related() sorts by, and in which direction.
  static constexpr auto member = Member;
  static constexpr bool is_descending = false;
  ///@}
};

/// Sorts related rows by the column of `Member`, the greatest value first and NULL last.
template <auto Member>
struct descending {
  ///@{
  /// What load_related() sorts by, and in which direction.
  static constexpr auto member = Member;
  static constexpr bool is_descending = true;
  ///@}
};

/// Options of load_related().
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

/// A relationship with its foreign key and both tables, at compile time.
template <class Database, class Table, schema::fixed_string Name>
struct resolved {
  using part =
      decltype(find_relationship<Name, Table>(typename Database::template parts_of<Table>{}));
  using target_table = typename Database::template table_of<typename part::target_row>;

  static constexpr const schema::table_description& table =
      *schema::find_table(Database::description, Table::name.view());
  static constexpr const schema::relationship_description& relationship =
      *schema::find_relationship(table, Name.view());
  static constexpr schema::owned_key followed =
      schema::followed_key(Database::description, table, relationship);
  static constexpr bool forward = schema::goes_forward(table, relationship, followed);
  static constexpr schema::name_list here =
      forward ? followed.key->columns : followed.key->target_columns;
  static constexpr schema::name_list there =
      forward ? followed.key->target_columns : followed.key->columns;
};

/// Returns the place of a name; names.size() where it is not there.
constexpr std::size_t place_in(schema::name_list names, std::string_view name) {
  std::size_t place = 0;
  while (place < names.size() && names[place] != name) ++place;
  return place;
}

/// Returns the values of `Columns` in a row as text; empty where a value is NULL, which matches
/// nothing. Other columns cost the compiler nothing.
template <class Table, const schema::name_list& Columns>
std::string key_of(const typename Table::row_type& row) {
  json::array key(Columns.size());
  bool is_complete = true;
  schema::for_each_value<Table>(
      row, schema::all_columns, [&](auto column, [[maybe_unused]] const auto* value) {
        constexpr auto place = place_in(Columns, decltype(column)::name.view());
        if constexpr (place < Columns.size()) {
          if (value != nullptr)
            key[place] = schema::detail::to_json(*value);
          else
            is_complete = false;
        }
      });
  return is_complete ? json::serialize(key) : std::string{};
}

/// Where the rows of a key stand.
struct row_places {
  std::size_t begin = 0;
  std::size_t size = 0;
};

/// An order in which the rows of a key stand together, else as they came. No template, since a map
/// for every row type would cost its compiler time.
class NAVA_EXPORT grouped_rows {
 public:
  /// `keys` has a key for each row as it came.
  explicit grouped_rows(const std::vector<std::string>& keys);

  /// Returns for each row the place at which it came.
  [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }
  /// Returns size 0 where no row has the key.
  [[nodiscard]] row_places rows_of(const std::string& key) const;

 private:
  std::vector<std::size_t> order_;
  std::map<std::string, row_places> places_;
};

/// Returns each key that is not empty once, as JSON.
[[nodiscard]] NAVA_EXPORT json::array distinct_keys(std::vector<std::string> keys);

}  // namespace detail

/// The related rows of the rows that they were loaded for. A value: threads may read one object.
template <class Database, class Table, schema::fixed_string Name>
class related {
  using resolved = detail::resolved<Database, Table, Name>;

 public:
  using parent = typename Table::row_type;          ///< a row that others are related to
  using row = typename resolved::part::target_row;  ///< a related row

  /// Reads what row_store::related_rows() has returned for this relationship. Throws error (other)
  /// for a value that does not fit its column.
  explicit related(const std::vector<json::object>& objects) : related(read(objects)) {}

  ///@{
  /// Returns each related row once, to load what is related to it in turn.
  [[nodiscard]] const std::vector<row>& rows() const& { return rows_; }
  [[nodiscard]] std::vector<row> rows() && { return std::move(rows_); }
  ///@}

  /// Returns the rows related to `parent_row` in the order of `Sort`. They lie in this object.
  [[nodiscard]] std::span<const row> of(const parent& parent_row) const& requires(
      resolved::part::many) {
    return rows_for(parent_row);
  }
  void of(const parent& parent_row) && requires(resolved::part::many) = delete;

  /// Returns the row related to `parent_row`, in this object; null where there is none.
  [[nodiscard]] const row* of(const parent& parent_row) const& requires(resolved::part::optional) {
    const auto children = rows_for(parent_row);
    return children.empty() ? nullptr : &children.front();
  }
  /// Returns a copy of that row; nothing where there is none.
  [[nodiscard]] std::optional<row> of(const parent& parent_row) &&
      requires(resolved::part::optional) {
    const auto children = rows_for(parent_row);
    return children.empty() ? std::nullopt : std::optional<row>{children.front()};
  }

  ///@{
  /// Returns the row that `parent_row` refers to. Throws error (not_found) where it has been
  /// deleted since, or `parent_row` was not among the parents.
  [[nodiscard]] row of(const parent& parent_row) &&
      requires(!resolved::part::many && !resolved::part::optional) {
    return static_cast<const related&>(*this).of(parent_row);
  }
  [[nodiscard]] const row& of(const parent& parent_row) const& requires(!resolved::part::many &&
                                                                        !resolved::part::optional) {
    const auto children = rows_for(parent_row);
    if (children.empty())
      throw error{
          error_kind::not_found,
          std::string{Table::name.view()} + "." + std::string{Name.view()} +
              " is not among what was loaded: it has been deleted since, or the row is none "
              "of those it was loaded for"};
    return children.front();
  }
  ///@}

 private:
  struct read_rows {
    std::vector<row> rows;
    detail::grouped_rows groups;
  };

  explicit related(read_rows&& loaded) : groups_(std::move(loaded.groups)) {
    rows_.reserve(loaded.rows.size());
    for (const std::size_t place : groups_.order()) rows_.push_back(std::move(loaded.rows[place]));
  }

  static read_rows read(const std::vector<json::object>& objects) {
    std::vector<row> rows;
    std::vector<std::string> keys;
    rows.reserve(objects.size());
    keys.reserve(objects.size());
    try {
      for (const auto& object : objects) {
        rows.push_back(schema::from_json<typename resolved::target_table>(object));
        keys.push_back(
            detail::key_of<typename resolved::target_table, resolved::there>(rows.back()));
      }
    } catch (const schema::conversion_error& failure) {
      throw error{error_kind::other, failure.what()};
    }
    return {std::move(rows), detail::grouped_rows{keys}};
  }

  [[nodiscard]] std::span<const row> rows_for(const parent& parent_row) const {
    const auto [begin, size] = groups_.rows_of(detail::key_of<Table, resolved::here>(parent_row));
    return std::span{rows_}.subspan(begin, size);
  }

  detail::grouped_rows groups_;
  std::vector<row> rows_;
};

///@{
/// Loads the relationship `Name` of all `parents`, rows of a table of `Database`, with one
/// statement; with none where no parent has a key. The rows are sorted by `Sort`, texts by their
/// bytes, NULL last, then by their primary key. Thread-safe. Throws error: contention,
/// connection_lost; invalid_input beyond related_parents_max or related_keys_bytes_max; other for a
/// stored value that does not fit its column.
template <class Database, schema::fixed_string Name, class... Sort, class Row>
[[nodiscard]] auto load_related(row_store& store, std::span<const Row> parents,
                                const related_options& options = {}) {
  using table = typename Database::template table_of<Row>;
  using resolved = detail::resolved<Database, table, Name>;
  using target = typename resolved::target_table;
  static_assert(((!schema::rules::has_several_forms(
                     target::template column_with<Sort::member>::description)) &&
                 ... && true),
                "rows cannot be sorted by JSON or an array, which has no order on both databases");
  std::vector<std::string> keys;
  keys.reserve(parents.size());
  for (const Row& row : parents) keys.push_back(detail::key_of<table, resolved::here>(row));
  json::array distinct = detail::distinct_keys(std::move(keys));
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
///@}

}  // namespace nava::persistence
