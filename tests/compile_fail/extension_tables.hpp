// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/workflow_database.hpp>

// Tables with which an application extends the workflow family.
namespace extensions {

using namespace nava::schema;

struct attachment {
  nava::uuid workflow_id;
  nava::uuid id;
  std::int64_t number;
};

struct page {
  nava::uuid workflow_id;
  nava::uuid id;
  nava::uuid attachment_id;
  std::optional<nava::uuid> parent_id;
};

template <class... Parts>
using attachment_with =
    table<attachment, "attachment", column<"workflow_id", &attachment::workflow_id>,
          column<"_id", &attachment::id>, column<"number", &attachment::number>, Parts...>;

template <class... Parts>
using page_with = table<page, "page", column<"workflow_id", &page::workflow_id>,
                        column<"_id", &page::id>, column<"attachment_id", &page::attachment_id>,
                        column<"parent_id", &page::parent_id>, Parts...>;

}  // namespace extensions
