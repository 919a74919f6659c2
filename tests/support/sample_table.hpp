// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/workflow_tables.hpp>

namespace nava::test {

/// A row with a column of every type.
struct sample {
  uuid id{};
  std::string name;
  bool done = false;
  std::int64_t count = 0;
  double ratio = 0;
  std::optional<timestamp> at;
  std::optional<schema::step_status> status;
  json::object payload;
  json::array tags;
};

struct sample_table
    : schema::table<sample, "sample", schema::column<"_id", &sample::id>,
                    schema::column<"name", &sample::name>, schema::column<"done", &sample::done>,
                    schema::column<"count", &sample::count>,
                    schema::column<"ratio", &sample::ratio>, schema::column<"at", &sample::at>,
                    schema::column<"status", &sample::status>,
                    schema::column<"payload", &sample::payload>,
                    schema::column<"tags", &sample::tags>, schema::primary_key<&sample::id>> {};

}  // namespace nava::test
