// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <nava/nava.hpp>

namespace claims {
const nava::migration_set& migrations();
}

int main(int, char** argv) {
  const nava::database_url url{argv[1]};
  nava::migrate(url);
  const auto up = nava::migrate(url, {}, claims::migrations());
  const auto down = nava::migrate_to(url, 0, nava::data_loss::accept, {}, claims::migrations());
  std::cout << up.version_before << " to " << up.version_after << " to " << down.version_after
            << '\n';
}
