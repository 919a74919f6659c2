// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/catalog.hpp"

#include <nava/persistence/catalog.hpp>

#include "persistence/sqlite/catalog.hpp"

namespace nava::persistence {

schema::catalog read_catalog(const database_url& url, std::string_view schema) {
  return url.backend() == backend::postgresql ? postgresql::read_catalog(url, schema)
                                              : sqlite::read_catalog(url);
}

}  // namespace nava::persistence
