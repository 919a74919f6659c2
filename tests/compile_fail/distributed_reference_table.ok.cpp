// SPDX-License-Identifier: Apache-2.0
#include "extension_tables.hpp"

using namespace extensions;

struct page_table
    : page_with<primary_key<&page::id>,
                foreign_key<"fk_page_parent_id", members<&page::parent_id>, members<&workflow::id>,
                            referential_action::set_null, referential_action::cascade>,
                index_on<"ix_page_parent_id", &page::parent_id>> {};

constexpr auto tables = workflow_database<page_table>::description.tables;
