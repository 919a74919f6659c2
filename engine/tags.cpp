// SPDX-License-Identifier: Apache-2.0
#include "engine/tags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/engine/refusal.hpp>
#include <nava/workflow/limits.hpp>

#include "engine/runner.hpp"

/// The verbs by which a workflow gets and loses tags.
namespace nava::engine {
namespace {

using namespace schema;

bool contains(const json::array& tags, std::string_view tag) {
  return std::any_of(tags.begin(), tags.end(), [&](const json::value& each) {
    return each.is_string() && each.get_string() == tag;
  });
}

}  // namespace

json::array with_tag(json::array tags, std::string_view tag) {
  if (tag.empty() || tag.size() > key_bytes_max)
    throw action_refused{
        fmt::format("a tag has 1 to {} bytes, this one has {}", key_bytes_max, tag.size())};
  if (contains(tags, tag)) return tags;
  if (tags.size() >= tags_max)
    throw action_refused{
        fmt::format("a workflow has at most {} tags; take one away first", tags_max)};
  tags.emplace_back(tag);
  return tags;
}

workflow_context& workflow_context::tag(std::string_view tag) {
  runner_->guard("tag", unfinished);
  auto tags = with_tag(row().usr_tag, tag);
  if (tags != row().usr_tag)
    runner_->update("tag", workflow_patch{}.set<&workflow::usr_tag>(std::move(tags)));
  return *this;
}

workflow_context& workflow_context::untag(std::string_view tag) {
  runner_->guard("untag", unfinished);
  json::array tags = row().usr_tag;
  tags.erase(std::remove_if(tags.begin(), tags.end(),
                            [&](const json::value& each) {
                              return each.is_string() && each.get_string() == tag;
                            }),
             tags.end());
  if (tags != row().usr_tag)
    runner_->update("untag", workflow_patch{}.set<&workflow::usr_tag>(std::move(tags)));
  return *this;
}

}  // namespace nava::engine
