// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/refusals/enumerations.hpp>
#include <nava/schema/refusals/foreign_keys.hpp>
#include <nava/schema/refusals/keys.hpp>
#include <nava/schema/refusals/names.hpp>
#include <nava/schema/refusals/relationships.hpp>
#include <nava/schema/refusals/tables.hpp>
#include <nava/schema/refusals/workflows.hpp>

/// What the compiler says of a wrong schema. Each rule is a class. Its name is the message, its
/// arguments are the names of the culprits, and its assertion says what to write instead.
/// docs/schema_rules.md lists all rules. Types alone; safe to use from any thread.
///
/// Every header that an application names includes this one first. The list of files that the
/// compiler prints before the message is then short.
namespace nava::schema::rules {}
