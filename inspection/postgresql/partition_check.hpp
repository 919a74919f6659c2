// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/inspection/finding.hpp>
#include <nava/persistence/database_url.hpp>
#include <string_view>
#include <vector>

namespace nava::inspection {

using namespace persistence;

/// What is wrong with the partitions of a database in that layout, by its catalog alone: the
/// partition for now or for the next interval is missing, so that rows will go to the default one;
/// tables have no partition with the bounds that the others have; the storage of one is not as
/// described for its table; the interval is not known.
/// Throws error.
[[nodiscard]] std::vector<finding> check_partitions(const database_url& url,
                                                    std::string_view schema);

}  // namespace nava::inspection
