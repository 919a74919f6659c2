// SPDX-License-Identifier: Apache-2.0
#include "persistence/purge/tombstones.hpp"

#include <nava/persistence/purge.hpp>
#include <nava/workflow/error.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "schema/ddl_parts.hpp"

namespace nava::persistence {

tombstone_policy checked(const tombstone_policy& policy) {
  if (policy.keep_for < std::chrono::seconds{} || policy.keep_for > purge_age_max)
    throw error{error_kind::invalid_input,
                "tombstones are kept for up to a thousand years; give such a time"};
  if (!policy.is_on() && !policy.one_per_resource.empty())
    throw error{error_kind::invalid_input,
                "tombstones of resources need a time for which they are kept; give keep_for"};
  for (const std::string& key : policy.one_per_resource) check_argument(key, "definition key");
  return policy;
}

std::string literals_of(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + schema::literal(text);
  return list;
}

}  // namespace nava::persistence
