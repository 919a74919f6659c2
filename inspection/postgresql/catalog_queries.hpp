// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "persistence/connection/connection.hpp"

/// What read_catalog() asks a server. Each statement takes the name of a schema, empty for all, and
/// gives one JSON object per row, with the oid of its table in `owner`. They are for a session
/// whose search_path is empty: there functions and operators are those of pg_catalog, and relations
/// and types of a temporary schema, which would come first, can hide none that is named with its
/// own. An expression over columns is asked for only where that waits for nobody: to spell it, the
/// server locks its table.
namespace nava::inspection::catalog_queries {

using namespace persistence;

extern const statement schemas;            ///< no JSON: one row where there is such a schema
extern const statement referring_schemas;  ///< no JSON: names, of the others with keys to it
extern const statement tables;
extern const statement views;        ///< without an oid
extern const statement taken_names;  ///< likewise
extern const statement columns;
extern const statement indexes;
extern const statement checks;
extern const statement foreign_keys;
extern const statement triggers;
extern const statement rules;

}  // namespace nava::inspection::catalog_queries
