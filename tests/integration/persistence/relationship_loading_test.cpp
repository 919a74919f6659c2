// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <nava/persistence/related_rows.hpp>
#include <nava/persistence/rows.hpp>
#include <nava/schema/ddl.hpp>

#include "support/crm.hpp"
#include "support/eventually.hpp"
#include "support/sql_script.hpp"
#include "support/sqlite_statements.hpp"
#include "support/stores.hpp"
#include "support/wire_tap.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace nava::test::crm;

namespace {

// The category of an older program.
struct short_category {
  std::int64_t number = 0;
  std::string name;
};
struct short_category_table
    : schema::table<short_category, "category", schema::column<"number", &short_category::number>,
                    schema::column<"name", &short_category::name>,
                    schema::primary_key<&short_category::number>> {};
using narrow = schema::database<short_category_table>;

uuid numbered(std::uint8_t kind, std::size_t number) {
  uuid id{};
  id.data[0] = kind;
  id.data[14] = static_cast<std::uint8_t>(number >> 8);
  id.data[15] = static_cast<std::uint8_t>(number);
  return id;
}

void create_tables(raw_session& session, schema::dialect dialect) {
  for (const std::string& statement :
       statements_of(create_statements(customers::description, dialect)))
    session.run(statement);
}

std::unique_ptr<store> open_with_tables(sqlite_file& database) {
  auto store = database.open();
  create_tables(*database.raw(), schema::dialect::sqlite);
  return store;
}

std::unique_ptr<store> open_with_tables(postgresql_schema& database) {
  auto store = database.open();
  create_tables(*database.raw(), schema::dialect::postgresql);
  return store;
}

contact contact_of(std::size_t organization, std::size_t number) {
  return {.id = numbered(2, organization * 100 + number),
          .organization_id = numbered(1, organization),
          .email = number == 0 ? std::nullopt
                               : std::optional{"c" + std::to_string(9 - static_cast<int>(number)) +
                                               "@example.org"},
          .score = 0.1 * static_cast<double>(number),
          .since = timestamp{std::chrono::microseconds{1'700'000'000'123'456}},
          .active = number % 2 == 0,
          .notes = {{"n", static_cast<std::int64_t>(number)}}};
}

// Organization i has i contacts, and the last of them gets its bills.
std::vector<organization> fill(store& store, std::size_t organizations) {
  std::vector<organization> parents;
  std::vector<contact> contacts;
  for (std::size_t i = 0; i < organizations; ++i) {
    parents.push_back({numbered(1, i), "organization " + std::to_string(i), std::nullopt});
    for (std::size_t j = 0; j < i; ++j) contacts.push_back(contact_of(i, j));
  }
  insert_rows<customers>(store, parents);
  insert_rows<customers>(store, contacts);
  for (std::size_t i = 1; i < organizations; ++i)
    parents[i].billing_contact_id = contact_of(i, i - 1).id;
  CHECK(update_rows<customers>(store, parents) == organizations);
  return parents;
}

std::vector<std::string> emails(std::span<const contact> contacts) {
  std::vector<std::string> texts;
  for (const auto& one : contacts) texts.push_back(one.email.value_or("none"));
  return texts;
}

using texts = std::vector<std::string>;

}  // namespace

#define RELATIONSHIP_TEST_CASE(NAME) \
  TEMPLATE_TEST_CASE("relationship: " NAME, "[relationship]", sqlite_file, postgresql_schema)

#define OPEN_STORE                               \
  if (!TestType::available()) return;            \
  TestType database;                             \
  const auto owned = open_with_tables(database); \
  store& store = *owned

RELATIONSHIP_TEST_CASE("each row finds the rows that refer to it, and only those") {
  OPEN_STORE;
  const auto organizations = fill(store, 6);
  const auto contacts = load_related<customers, "contacts">(store, organizations);
  CHECK(contacts.rows().size() == 15);
  for (std::size_t i = 0; i < organizations.size(); ++i) {
    const auto found = contacts.of(organizations[i]);
    REQUIRE(found.size() == i);
    for (std::size_t j = 0; j < i; ++j)
      CHECK(schema::to_json<contact_table>(found[j]) ==
            schema::to_json<contact_table>(contact_of(i, j)));
  }
}

RELATIONSHIP_TEST_CASE("to one, a key that is NULL finds none and one that is not finds its row") {
  OPEN_STORE;
  const auto organizations = fill(store, 4);
  const auto billing = load_related<customers, "billing_contact">(store, organizations);
  CHECK(billing.of(organizations[0]) == nullptr);
  for (std::size_t i = 1; i < 4; ++i)
    CHECK(billing.of(organizations[i])->id == contact_of(i, i - 1).id);

  const auto contacts = load_related<customers, "contacts">(store, organizations);
  const auto back = load_related<customers, "organization">(store, contacts.rows());
  CHECK(back.rows().size() == 3);
  for (const auto& one : contacts.rows()) CHECK(back.of(one).id == one.organization_id);
  const auto billed = load_related<customers, "billed">(store, contacts.rows());
  CHECK(billed.rows().size() == 3);
}

RELATIONSHIP_TEST_CASE("a row that a key must have is missed by name when it is gone") {
  OPEN_STORE;
  const auto organizations = fill(store, 3);
  const auto contacts = load_related<customers, "contacts">(store, organizations);
  CHECK(remove_rows<customers>(store, std::vector{organizations[2]}) == 1);
  const auto back = load_related<customers, "organization">(store, contacts.rows());
  CHECK(back.of(contacts.of(organizations[1]).front()).id == organizations[1].id);
  const error missed = error_of([&] { (void)back.of(contacts.of(organizations[2]).front()); });
  CHECK(missed.kind() == error_kind::not_found);
  CHECK_THAT(missed.what(),
             Catch::Matchers::StartsWith("contact.organization is not among what was loaded"));
}

RELATIONSHIP_TEST_CASE("rows come sorted as asked, NULL last, texts by their bytes") {
  OPEN_STORE;
  const auto organizations = fill(store, 5);
  const auto rising =
      load_related<customers, "contacts", ascending<&contact::email>>(store, organizations);
  CHECK(emails(rising.of(organizations[4])) ==
        texts{"c6@example.org", "c7@example.org", "c8@example.org", "none"});
  const auto falling =
      load_related<customers, "contacts", descending<&contact::email>>(store, organizations);
  CHECK(emails(falling.of(organizations[4])) ==
        texts{"c8@example.org", "c7@example.org", "c6@example.org", "none"});
  const auto two =
      load_related<customers, "contacts", ascending<&contact::active>, descending<&contact::score>>(
          store, organizations);
  CHECK(emails(two.of(organizations[4])) ==
        texts{"c6@example.org", "c8@example.org", "c7@example.org", "none"});

  auto upper = contact_of(4, 0);
  upper.email = "Z";
  update_rows<customers>(store, std::vector{upper});
  const auto bytes =
      load_related<customers, "contacts", ascending<&contact::email>>(store, organizations);
  CHECK(emails(bytes.of(organizations[4])).front() == "Z");
}

RELATIONSHIP_TEST_CASE("what nobody keeps answers with copies") {
  OPEN_STORE;
  const auto organizations = fill(store, 4);
  std::size_t seen = 0;
  for (const contact& one : load_related<customers, "contacts">(store, organizations).rows())
    seen += one.notes.size();
  CHECK(seen == 6);
  const std::optional<contact> billing =
      load_related<customers, "billing_contact">(store, organizations).of(organizations[2]);
  REQUIRE(billing);
  CHECK(billing->id == organizations[2].billing_contact_id);
  const auto contacts = load_related<customers, "contacts">(store, organizations).rows();
  CHECK(load_related<customers, "organization">(store, contacts).of(contacts.front()).id ==
        contacts.front().organization_id);
}

RELATIONSHIP_TEST_CASE("a limit holds for each parent, after sorting") {
  OPEN_STORE;
  const auto organizations = fill(store, 6);
  const auto first = load_related<customers, "contacts", ascending<&contact::email>>(
      store, organizations, {.limit = 2});
  CHECK(first.rows().size() == 9);
  CHECK(emails(first.of(organizations[5])) == texts{"c5@example.org", "c6@example.org"});
  CHECK(emails(first.of(organizations[1])) == texts{"none"});
  CHECK(first.of(organizations[0]).empty());
}

RELATIONSHIP_TEST_CASE("a table related to itself is walked both ways") {
  OPEN_STORE;
  insert_rows<customers>(
      store, std::vector<category>{
                 {1, std::nullopt, "all"}, {2, 1, "left"}, {3, 1, "right"}, {4, 3, "far right"}});
  const std::vector<category> root{{1, std::nullopt, "all"}};
  const auto children = load_related<customers, "children">(store, root);
  CHECK(children.of(root.front()).size() == 2);
  const auto grandchildren = load_related<customers, "children">(store, children.rows());
  CHECK(grandchildren.of(children.rows()[0]).empty());
  REQUIRE(grandchildren.of(children.rows()[1]).size() == 1);
  const auto parent = load_related<customers, "parent">(store, grandchildren.rows());
  CHECK(parent.of(grandchildren.rows().front())->name == "right");
  CHECK_FALSE(load_related<customers, "parent">(store, root).of(root.front()));
}

RELATIONSHIP_TEST_CASE("keys of several columns match in all of them") {
  OPEN_STORE;
  const std::vector<shelf> shelves{{"a", 1}, {"a", 2}, {"b", 1}};
  insert_rows<customers>(store, shelves);
  const std::vector<box> boxes{{numbered(3, 1), "a", 1},
                               {numbered(3, 2), "b", 1},
                               {numbered(3, 3), "a", std::nullopt},
                               {numbered(3, 4), "a", 1}};
  insert_rows<customers>(store, boxes);
  const auto on = load_related<customers, "boxes">(store, shelves);
  CHECK(on.of(shelves[0]).size() == 2);
  CHECK(on.of(shelves[1]).empty());
  CHECK(on.of(shelves[2]).front().id == numbered(3, 2));
  CHECK(load_related<customers, "boxes">(store, shelves, {.limit = 1}).rows().size() == 2);
  const auto of = load_related<customers, "shelf">(store, boxes);
  CHECK(of.of(boxes[2]) == nullptr);
  CHECK(of.of(boxes[1])->room == "b");
}

RELATIONSHIP_TEST_CASE("one to one leads both ways, from the side without the key to none too") {
  OPEN_STORE;
  const std::vector<shelf> shelves{{"a", 1}, {"a", 2}};
  insert_rows<customers>(store, shelves);
  const std::vector<shelf_label> labels{{"a", 2, "screws"}};
  insert_rows<customers>(store, labels);
  const auto label = load_related<customers, "label">(store, shelves);
  CHECK(label.of(shelves[0]) == nullptr);
  CHECK(label.of(shelves[1])->text == "screws");
  CHECK(load_related<customers, "shelf">(store, labels).of(labels[0]).number == 2);
}

RELATIONSHIP_TEST_CASE("rows are written all or none, and bad ones are refused before any SQL") {
  OPEN_STORE;
  const auto organizations = fill(store, 2);
  CHECK(error_of([&] {
          insert_rows<customers>(
              store, std::vector<organization>{{numbered(1, 50), "new", {}}, organizations[1]});
        }).kind() == error_kind::unique);
  CHECK(error_of([&] {
          insert_rows<customers>(
              store, std::vector<organization>{{numbered(1, 51), std::string("a\0b", 3), {}}});
        }).kind() == error_kind::invalid_input);
  CHECK(error_of([&] {
          insert_rows<customers>(store, std::vector<contact>{contact_of(7, 1)});
        }).kind() == error_kind::foreign_key);
  CHECK(update_rows<customers>(store, std::vector<organization>{{numbered(1, 52), "nobody", {}}}) ==
        0);
  CHECK(remove_rows<customers>(store, std::vector<organization>{{numbered(1, 53), "nobody", {}}}) ==
        0);
  // update_rows() of a table that is all key does not compile.
  CHECK(error_of([&] {
          (void)store.write_rows(*find_table(customers::description, "shelf"), verb::update,
                                 {to_object<shelf_table>({"a", 1})});
        }).kind() == error_kind::invalid_input);
  CHECK(database.raw()->value("SELECT count(*) FROM organization") == "2");
}

RELATIONSHIP_TEST_CASE("two descriptions of one table do not share their statements") {
  OPEN_STORE;
  insert_rows<narrow>(store, std::vector<short_category>{{1, "narrow"}});
  insert_rows<customers>(store, std::vector<category>{{2, 1, "wide"}});
  CHECK(database.raw()->value("SELECT parent FROM category WHERE number = 2") == "1");

  constexpr std::array<std::string_view, 1> key{"number"};
  const auto load = [&](const database_description& as) {
    // Of json::array{2} some compilers make an array of two nulls.
    json::array values, keys;
    values.emplace_back(2);
    keys.push_back(std::move(values));
    return store.related_rows({find_table(as, "category"), key, {}, 0}, keys).at(0);
  };
  CHECK(load(narrow::description).at("name") == "wide");
  CHECK(load(customers::description).at("parent") == 1);
}

RELATIONSHIP_TEST_CASE("any limit will do, and one beyond what a database takes is all") {
  OPEN_STORE;
  const auto organizations = fill(store, 4);
  const auto all = load_related<customers, "contacts">(
      store, organizations, {.limit = std::numeric_limits<std::size_t>::max()});
  CHECK(all.rows().size() == 6);
}

RELATIONSHIP_TEST_CASE("what cannot be sorted by is refused, and so are too many parents") {
  OPEN_STORE;
  const auto* contacts = find_table(customers::description, "contact");
  constexpr std::array<std::string_view, 1> key{"id"};
  const auto kind = [&](std::string_view column, json::array keys) {
    return error_of([&] {
             (void)store.related_rows({contacts, key, {sort_term{column}}, 0}, std::move(keys));
           })
        .kind();
  };
  CHECK(kind("notes", {}) == error_kind::invalid_input);
  CHECK(kind("nothing", {}) == error_kind::invalid_input);
  CHECK(kind("id", json::array(related_parents_max + 1)) == error_kind::invalid_input);
  json::array large;
  large.emplace_back(std::string(related_keys_bytes_max, 'x'));
  CHECK(kind("id", std::move(large)) == error_kind::invalid_input);
}

TEST_CASE("relationship: on PostgreSQL, one round trip for any number of rows and each level") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto plain = open_with_tables(database);
  const auto organizations = fill(*plain, 40);
  wire_tap tap{postgresql_url()};
  const auto store =
      open_store(database_url{tap.url(), database.url().schema()}, database.options());
  const auto load = [&] {
    const auto contacts = load_related<customers, "contacts">(*store, organizations, {.limit = 3});
    const auto billed = load_related<customers, "billed">(*store, contacts.rows());
    return load_related<customers, "contacts", ascending<&contact::email>>(*store, billed.rows());
  };
  // The first call prepares.
  CHECK(load().rows().size() == 6);
  tap.reset();
  (void)load();
  CHECK(tap.round_trips() == 3);
  tap.reset();
  CHECK(load_related<customers, "contacts">(*store, std::vector<organization>{}).rows().empty());
  CHECK(load_related<customers, "billing_contact">(*store, std::vector{organizations[0]})
            .rows()
            .empty());
  CHECK(tap.round_trips() == 0);
}

TEST_CASE("relationship: on SQLite, one statement for any number of rows and each level") {
  sqlite_file database;
  const auto plain = open_with_tables(database);
  const auto organizations = fill(*plain, 40);
  const sqlite_statements statements;
  const auto store = database.open();
  (void)load_related<customers, "contacts">(*store, std::vector{organizations[1]});
  const std::size_t before = statements.run();
  const auto contacts = load_related<customers, "contacts">(*store, organizations, {.limit = 3});
  CHECK(statements.run() == before + 1);
  const auto billed = load_related<customers, "billed">(*store, contacts.rows());
  (void)load_related<customers, "contacts", ascending<&contact::email>>(*store, billed.rows());
  CHECK(statements.run() == before + 3);
}

TEST_CASE("relationship: a limited load reads each parent's rows by the index of its key") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto store = open_with_tables(database);
  const auto raw = database.raw();
  raw->run(
      "INSERT INTO organization SELECT gen_random_uuid(), i, NULL FROM generate_series(1, 2000) AS "
      "i");
  raw->run(
      "INSERT INTO contact SELECT gen_random_uuid(), id, NULL, 0, now(), true, '{}' FROM "
      "organization, generate_series(1, 5)");
  raw->run("ANALYZE");
  const auto scans = [&] {
    raw->run("SELECT pg_stat_force_next_flush()");
    return raw->value(
        "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'contact' AND "
        "schemaname = current_schema()");
  };
  const auto parent = schema::parse_uuid(raw->value("SELECT id FROM organization LIMIT 1")).value();
  const std::string before = scans();
  {
    const auto other = database.open();
    const std::vector<organization> parents{{parent, "", {}}};
    for (int i = 0; i < 10; ++i) {
      CHECK(load_related<customers, "contacts">(*other, parents, {.limit = 2}).rows().size() == 2);
      CHECK(load_related<customers, "contacts">(*other, parents).rows().size() == 5);
    }
  }
  REQUIRE(eventually([&] {
    return raw->value(
               "SELECT coalesce(idx_scan, 0) > 0 FROM pg_stat_user_tables WHERE relname = "
               "'contact' AND schemaname = current_schema()") == "t";
  }));
  CHECK(scans() == before);
}
