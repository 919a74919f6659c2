// SPDX-License-Identifier: Apache-2.0
#include "support/right_schemas.hpp"

#include <boost/json.hpp>
#include <nava/schema/workflow_database.hpp>

#include "support/catalogs.hpp"
#include "support/crm.hpp"
#include "support/ledger.hpp"
#include "support/wide_schema.hpp"

namespace nava::test {
namespace {

using namespace nava::schema;
using namespace nava::inspection;

template <auto From, auto To, referential_action OnDelete = referential_action::cascade>
using key = foreign_key<"", members<From>, members<To>, OnDelete, referential_action::cascade>;

// Films, of which copies are lent: tables between tables, and a language that nobody may remove.
namespace rental {

struct language {
  std::int64_t id = 0;
  std::string name;
};
struct actor {
  uuid id{};
  std::string name;
};
struct film {
  uuid id{};
  std::int64_t language_id = 0;
  std::optional<std::int64_t> original_language_id;
  std::string title;
};
struct film_actor {
  uuid actor_id{};
  uuid film_id{};
};
struct copy {
  uuid id{};
  uuid film_id{};
};
struct loan {
  uuid id{};
  uuid copy_id{};
  timestamp lent{};
  std::optional<timestamp> returned;
};

struct language_table : table<language, "language", column<"id", &language::id>,
                              column<"name", &language::name>, primary_key<&language::id>> {};
struct actor_table : table<actor, "actor", column<"id", &actor::id>, column<"name", &actor::name>,
                           primary_key<&actor::id>> {};
struct film_table
    : table<film, "film", column<"id", &film::id>, column<"language_id", &film::language_id>,
            column<"original_language_id", &film::original_language_id>,
            column<"title", &film::title>, primary_key<&film::id>,
            index_on<"ix_film_language_id", &film::language_id>,
            index_where<"ix_film_original_language_id", "\"original_language_id\" IS NOT NULL",
                        &film::original_language_id>,
            key<&film::language_id, &language::id, referential_action::restrict>,
            key<&film::original_language_id, &language::id, referential_action::set_null>,
            to_one<"language", language, via<&film::language_id>>> {};
struct film_actor_table
    : table<film_actor, "film_actor", column<"actor_id", &film_actor::actor_id>,
            column<"film_id", &film_actor::film_id>,
            primary_key<&film_actor::actor_id, &film_actor::film_id>,
            index_on<"ix_film_actor_film_id", &film_actor::film_id>,
            key<&film_actor::actor_id, &actor::id>, key<&film_actor::film_id, &film::id>> {};
struct copy_table : table<copy, "copy", column<"id", &copy::id>, column<"film_id", &copy::film_id>,
                          primary_key<&copy::id>, index_on<"ix_copy_film_id", &copy::film_id>,
                          key<&copy::film_id, &film::id, referential_action::restrict>> {};
struct loan_table : table<loan, "loan", column<"id", &loan::id>, column<"copy_id", &loan::copy_id>,
                          column<"lent", &loan::lent>, column<"returned", &loan::returned>,
                          primary_key<&loan::id>, index_on<"ix_loan_copy_id", &loan::copy_id>,
                          unique_where<"uq_loan_open", "\"returned\" IS NULL", &loan::copy_id>,
                          key<&loan::copy_id, &copy::id, referential_action::no_action>> {};

using schema =
    database<language_table, actor_table, film_table, film_actor_table, copy_table, loan_table>;

}  // namespace rental

// Tenants, whose orders and products one delete removes, whatever refers to what among them.
namespace shop {

struct tenant {
  uuid id{};
};
struct product {
  uuid tenant_id{};
  std::int64_t number = 0;
};
struct sale {
  uuid tenant_id{};
  std::int64_t number = 0;
};
struct sale_line {
  uuid tenant_id{};
  std::int64_t sale_number = 0;
  std::int64_t product_number = 0;
  double price = 0;
};

struct tenant_table : table<tenant, "tenant", column<"id", &tenant::id>, primary_key<&tenant::id>> {
};
struct product_table
    : table<product, "product", column<"tenant_id", &product::tenant_id>,
            column<"number", &product::number>, primary_key<&product::tenant_id, &product::number>,
            key<&product::tenant_id, &tenant::id>> {};
struct sale_table
    : table<sale, "sale", column<"tenant_id", &sale::tenant_id>, column<"number", &sale::number>,
            primary_key<&sale::tenant_id, &sale::number>, key<&sale::tenant_id, &tenant::id>> {};
// Its key to product names the columns in another order than the primary key there.
struct sale_line_table
    : table<sale_line, "sale_line", column<"tenant_id", &sale_line::tenant_id>,
            column<"sale_number", &sale_line::sale_number>,
            column<"product_number", &sale_line::product_number>,
            column<"price", &sale_line::price>,
            primary_key<&sale_line::tenant_id, &sale_line::sale_number, &sale_line::product_number>,
            index_on<"ix_sale_line_product", &sale_line::tenant_id, &sale_line::product_number>,
            foreign_key<"", members<&sale_line::tenant_id, &sale_line::sale_number>,
                        members<&sale::tenant_id, &sale::number>, referential_action::cascade,
                        referential_action::cascade>,
            foreign_key<"", members<&sale_line::product_number, &sale_line::tenant_id>,
                        members<&product::number, &product::tenant_id>,
                        referential_action::no_action, referential_action::cascade>> {};

using schema = database<sale_line_table, tenant_table, product_table, sale_table>;

}  // namespace shop

// Departments and their heads, who work in one: two tables that refer to each other.
namespace staff {

struct employee;
struct department {
  uuid id{};
  std::optional<uuid> head_id;
};
struct employee {
  uuid id{};
  uuid department_id{};
  std::optional<uuid> manager_id;
};

struct department_table
    : table<
          department, "department", column<"id", &department::id>,
          column<"head_id", &department::head_id>, primary_key<&department::id>,
          index_on<"ix_department_head_id", &department::head_id>,
          key<&department::head_id, &employee::id, referential_action::set_null>,
          to_one<"head", std::optional<employee>, via<&department::head_id>>,
          to_many<"staff", employee, via<&employee::department_id>, back_populates<"department">>> {
};
struct employee_table
    : table<
          employee, "employee", column<"id", &employee::id>,
          column<"department_id", &employee::department_id>,
          column<"manager_id", &employee::manager_id>, primary_key<&employee::id>,
          index_on<"ix_employee_department_id", &employee::department_id>,
          index_on<"ix_employee_manager_id", &employee::manager_id>,
          key<&employee::department_id, &department::id, referential_action::no_action>,
          key<&employee::manager_id, &employee::id, referential_action::set_null>,
          to_one<"department", department, via<&employee::department_id>, back_populates<"staff">>,
          to_one<"manager", std::optional<employee>, via<&employee::manager_id>,
                 back_populates<"reports">>,
          to_many<"reports", employee, via<&employee::manager_id>, back_populates<"manager">>> {};

using schema = database<department_table, employee_table>;

}  // namespace staff

// A list, walked both ways along one key.
namespace chain {

struct link {
  uuid id{};
  std::optional<uuid> next_id;
};

struct link_table
    : table<chain::link, "link", column<"id", &chain::link::id>,
            column<"next_id", &chain::link::next_id>, primary_key<&chain::link::id>,
            unique<"uq_link_next_id", &chain::link::next_id>,
            key<&chain::link::next_id, &chain::link::id, referential_action::set_null>,
            to_one<"next", std::optional<chain::link>, via<&chain::link::next_id>,
                   back_populates<"previous">>,
            to_one<"previous", std::optional<chain::link>, via<&chain::link::next_id>, backward,
                   back_populates<"next">>> {};

using schema = database<link_table>;

}  // namespace chain

// Rows with a base, which every one of them has.
namespace library {

struct entity {
  uuid id{};
  timestamp created{};
};
struct author : entity {
  std::string name;
};
struct book : entity {
  uuid author_id{};
  std::string title;
  std::size_t pages_read = 0;  // in this process
};

template <class Row, fixed_string Name, class... Parts>
using entity_table = table<Row, Name, column<"id", &Row::id>, column<"created", &Row::created>,
                           primary_key<&Row::id>, Parts...>;

struct author_table : entity_table<author, "author", column<"name", &author::name>> {};
struct book_table
    : entity_table<book, "book", column<"author_id", &book::author_id>,
                   column<"title", &book::title>, not_stored<&book::pages_read>,
                   index_on<"ix_book_author_id", &book::author_id>,
                   foreign_key<"", members<&book::author_id>, members_of<author, &author::id>,
                               referential_action::cascade, referential_action::cascade>,
                   to_one<"author", author, via<&book::author_id>>> {};

using schema = database<author_table, book_table, relationships_of<author, to_many<"books", book>>>;

}  // namespace library

// Names that meet: two conventional ones of two tables, and an index called like its key.
namespace names {

struct role {
  uuid id{};
};

struct role_table : table<role, "role_id", column<"id", &role::id>, primary_key<&role::id>> {};
struct user {
  uuid id{};
  uuid role_id{};
};
struct user_role {
  uuid id{};
};
struct user_table : table<user, "user", column<"id", &user::id>, column<"role_id", &user::role_id>,
                          primary_key<&user::id>, index_on<"fk_user_role_id", &user::role_id>,
                          key<&user::role_id, &role::id>> {};
struct user_role_table : table<user_role, "user_role", column<"id", &user_role::id>,
                               primary_key<&user_role::id>, key<&user_role::id, &user::id>> {};

using schema = database<role_table, user_table, user_role_table>;

}  // namespace names

// Every type, optional and not, and an enumeration with gaps.
namespace types {

enum class level : std::int8_t { low = -5, middle = 0, high = 64 };

struct sample {
  uuid id{};
  std::string text;
  bool flag = false;
  std::int64_t number = 0;
  double weight = 0;
  timestamp at{};
  json::object data;
  json::array tags;
  level rank = level::low;
  std::optional<uuid> other;
  std::optional<std::string> note;
  std::optional<bool> seen;
  std::optional<level> before;
};

}  // namespace types
}  // namespace
}  // namespace nava::test

template <>
struct nava::schema::enum_names<nava::test::types::level> {
  static constexpr std::array names{enum_name{nava::test::types::level::high, "it's high"},
                                    enum_name{nava::test::types::level::low, ""},
                                    enum_name{nava::test::types::level::middle, "mittel, größer"}};
};

namespace nava::test {
namespace {

namespace types {

struct sample_table
    : table<sample, "sample", column<"id", &sample::id>, column<"text", &sample::text>,
            column<"flag", &sample::flag>, column<"number", &sample::number>,
            column<"weight", &sample::weight>, column<"at", &sample::at>,
            column<"data", &sample::data>, column<"tags", &sample::tags>,
            column<"rank", &sample::rank>, column<"other", &sample::other>,
            column<"note", &sample::note>, column<"seen", &sample::seen>,
            column<"before", &sample::before>, primary_key<&sample::id, &sample::rank>,
            index_on<"ix_sample_data", &sample::data>> {};

using schema = database<sample_table>;

}  // namespace types

// Links between workflows, whose second key decides where its rows lie, and pages of attachments,
// which refer to each other within one workflow.
namespace family {

struct workflow_link {
  uuid parent_id{};
  uuid child_id{};
};
struct attachment {
  uuid workflow_id{};
  uuid id{};
};
struct page {
  uuid workflow_id{};
  uuid attachment_id{};
  std::int64_t number = 0;
  std::optional<uuid> about_id;
  std::optional<uuid> step_id;
};

struct link_table
    : table<workflow_link, "workflow_link", column<"parent_id", &workflow_link::parent_id>,
            column<"child_id", &workflow_link::child_id>,
            primary_key<&workflow_link::child_id, &workflow_link::parent_id>,
            index_on<"ix_workflow_link_parent_id", &workflow_link::parent_id>,
            workflow_foreign_key<&workflow_link::parent_id>,
            workflow_foreign_key<&workflow_link::child_id>,
            to_one<"child", workflow, via<&workflow_link::child_id>>> {};
struct attachment_table
    : table<attachment, "attachment", column<"workflow_id", &attachment::workflow_id>,
            column<"id", &attachment::id>, primary_key<&attachment::workflow_id, &attachment::id>,
            workflow_foreign_key<&attachment::workflow_id>> {};
struct page_table
    : table<page, "page", column<"workflow_id", &page::workflow_id>,
            column<"attachment_id", &page::attachment_id>, column<"number", &page::number>,
            column<"about_id", &page::about_id>, column<"step_id", &page::step_id>,
            primary_key<&page::workflow_id, &page::attachment_id, &page::number>,
            workflow_foreign_key<&page::workflow_id>,
            foreign_key<"", members<&page::workflow_id, &page::attachment_id>,
                        members<&attachment::workflow_id, &attachment::id>,
                        referential_action::no_action, referential_action::cascade>,
            index_where<"ix_page_about_id", "\"about_id\" IS NOT NULL", &page::about_id>,
            foreign_key<"", members<&page::about_id>, members<&workflow::id>,
                        referential_action::set_null, referential_action::cascade>,
            index_on<"ix_page_step_id", &page::workflow_id, &page::step_id>,
            foreign_key<"", members<&page::workflow_id, &page::step_id>,
                        members<&workflow_step::workflow_id, &workflow_step::id>,
                        referential_action::set_null, referential_action::cascade,
                        set_null_in<&page::step_id>>> {};

// The table that refers is made before the one it refers to.
using schema = workflow_database<page_table, link_table, attachment_table>;

}  // namespace family
}  // namespace

std::vector<right_schema> right_schemas() {
  return {{"rental", &rental::schema::description},
          {"shop", &shop::schema::description},
          {"staff", &staff::schema::description},
          {"chain", &chain::schema::description},
          {"library", &library::schema::description},
          {"names", &names::schema::description},
          {"types", &types::schema::description},
          {"wide", &wide_schema()},
          {"ledger", &ledger::books::description},
          {"customers", &crm::customers::description},
          {"claims", &claim_database::description, true},
          {"family", &family::schema::description, true}};
}

}  // namespace nava::test
