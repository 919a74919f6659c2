// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/nava.hpp>
#include <optional>

/// What the examples with tables of their own understand:
///
///     [DATABASE-URL] [--schema NAME]      run; the schema is one of PostgreSQL
namespace example {

struct command_line {
  std::string url;
  std::string schema{nava::default_schema};
};

/// Without a URL it is `default_url`. Nothing for a command line that means none of this.
[[nodiscard]] std::optional<command_line> parse(int argc, char** argv,
                                                std::string_view default_url);

/// Where the rows are, without a password.
[[nodiscard]] std::string place(const nava::database_url& url);

/// What main() does with it: 0 when done, 1 where `run` failed or standard output cannot be
/// written, 2 for wrong usage. Errors go to standard error in one line.
int main_of(int argc, char** argv, std::string_view default_url,
            void (*run)(const nava::database_url&));

}  // namespace example
