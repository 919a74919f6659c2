// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/store.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

/// How people name a workflow: by its id, or by its resource as `nava list` shows it.
namespace nava::tools {

struct workflow_name {
  std::string text;
  std::optional<uuid> id{};  ///< none: `text` is RESOURCE/ID
};

/// None for what is neither a uuid nor has a `/` between two parts.
[[nodiscard]] std::optional<workflow_name> parse_workflow_name(const std::string& text);

/// No workflow has the name, or several have. The message says which, and what to do.
class name_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The id of the one workflow of that name. An id is returned as it is, stored or not; a resource
/// that no workflow or more than one is about throws name_error. Resource names and ids may have a
/// `/` in them: each way to read the text is tried.
[[nodiscard]] uuid find_workflow(persistence::store& store, const workflow_name& name);

/// The ids of all workflows about the resource `text`, RESOURCE/ID. Throws name_error where there
/// is none, and where the text can be read as several resources that have some.
[[nodiscard]] std::vector<uuid> find_workflows_about(persistence::store& store,
                                                     const std::string& text);

/// The row of a workflow, whose payloads may be sealed or damaged. None: there is no such workflow.
[[nodiscard]] std::optional<schema::workflow> find_row(persistence::store& store, const uuid& id);

}  // namespace nava::tools
