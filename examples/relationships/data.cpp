// SPDX-License-Identifier: Apache-2.0
#include "relationships/data.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <nava/persistence/rows.hpp>

namespace office {
namespace {

// The same name gives the same id, so that a second run finds the rows of the first. Rows that are
// made once take nava::new_id().
nava::uuid id_of(std::string_view name) {
  static const boost::uuids::name_generator_sha1 generate{boost::uuids::ns::oid()};
  return generate(name.data(), name.size());
}

std::vector<user> users() {
  return {{id_of("grace"), "Grace"}, {id_of("edsger"), "Edsger"}, {id_of("barbara"), "Barbara"}};
}

std::vector<contact> contacts() {
  return {{id_of("ada"), id_of("harbour"), "Ada Lovelace", "ada@harbour.example"},
          {id_of("charles"), id_of("harbour"), "Charles Babbage", std::nullopt},
          {id_of("mary"), id_of("harbour"), "Mary Somerville", "mary@harbour.example"},
          {id_of("emmy"), id_of("railway"), "Emmy Noether", "emmy@railway.example"},
          {id_of("david"), id_of("railway"), "David Hilbert", "david@railway.example"}};
}

std::vector<category> categories() {
  return {root_category(),
          {id_of("bridges"), id_of("works"), "Bridges"},
          {id_of("footbridges"), id_of("bridges"), "Footbridges"},
          {id_of("railway bridges"), id_of("bridges"), "Railway bridges"},
          {id_of("quays"), id_of("works"), "Quays"}};
}

std::vector<project> projects() {
  const auto grace = id_of("grace");
  const auto edsger = id_of("edsger");
  const auto barbara = id_of("barbara");
  return {{id_of("east quay"), id_of("ada"), id_of("quays"), "East quay", 2024, grace, grace,
           std::nullopt},
          {id_of("swing bridge"), id_of("ada"), id_of("footbridges"), "Swing bridge", 2026, grace,
           edsger, barbara},
          {id_of("harbour crossing"), id_of("ada"), id_of("bridges"), "Harbour crossing", 2025,
           barbara, grace, edsger},
          {id_of("pontoon"), id_of("mary"), id_of("footbridges"), "Pontoon", 2025, edsger, edsger,
           std::nullopt},
          {id_of("viaduct"), id_of("emmy"), id_of("railway bridges"), "Viaduct", 2023, barbara,
           grace, grace}};
}

// All rows of a table are written or none, and the key of one that is there refuses them all.
template <class Row>
void insert_unless_there(nava::persistence::row_store& store, const std::vector<Row>& rows) {
  try {
    nava::persistence::insert_rows<customers>(store, rows);
  } catch (const nava::error& refusal) {
    if (refusal.kind() != nava::error_kind::unique) throw;
  }
}

}  // namespace

std::vector<organization> organizations() {
  return {{id_of("harbour"), "Harbour Authority", id_of("mary")},
          {id_of("railway"), "Northern Railway", id_of("emmy")},
          {id_of("museum"), "Museum of Ships", std::nullopt}};
}

category root_category() { return {id_of("works"), std::nullopt, "All works"}; }

void fill(nava::persistence::row_store& store) {
  auto without_billing = organizations();
  for (auto& one : without_billing) one.billing_contact_id.reset();
  insert_unless_there(store, users());
  insert_unless_there(store, categories());
  insert_unless_there(store, without_billing);
  insert_unless_there(store, contacts());
  insert_unless_there(store, projects());
  // Of two tables that refer to each other one is there first; its rows get their key now.
  nava::persistence::update_rows<customers>(store, organizations());
}

}  // namespace office
