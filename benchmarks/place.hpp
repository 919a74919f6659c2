// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "benchmarks/options.hpp"

namespace nava::benchmarks {

/// Nava's tables, empty, for one run; without `keep` the destructor removes what the run has made:
/// the schema or file if it was not there before, else all workflows. The constructor throws
/// std::runtime_error, with one line that says what to do, for a database that holds workflows.
class place {
 public:
  explicit place(const options& given);
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  ~place();

 private:
  void remove_from_server() const;
  void remove_from_file() const;

  options given_;
  bool was_there_ = false;
};

}  // namespace nava::benchmarks
