// SPDX-License-Identifier: Apache-2.0
#include <nava/inspection/read_catalog.hpp>

#include "inspection/postgresql/postgresql_catalog.hpp"
#include "inspection/sqlite/sqlite_catalog.hpp"

namespace nava::inspection {

using namespace persistence;

catalog read_catalog(const database_url& url) {
  return url.backend() == backend::postgresql ? read_server_catalog(url, url.schema())
                                              : read_file_catalog(url);
}

catalog read_whole_catalog(const database_url& url) { return read_catalog(url.in_schema("")); }

}  // namespace nava::inspection
