// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include <filesystem>
#include <iostream>
#include <span>

namespace example {
namespace {

int complain(std::string_view program, std::string_view what, int exit_code) {
  std::cerr << program << ": " << what << '\n';
  return exit_code;
}

int written(std::string_view program) {
  return std::cout.flush() ? 0 : complain(program, "cannot write to standard output", 1);
}

}  // namespace

std::optional<command_line> parse(int argc, char** argv, std::string_view default_url) {
  command_line given{std::string{default_url}};
  bool has_url = false;
  const std::span words{argv + 1, static_cast<std::size_t>(argc - 1)};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const bool has_value = i + 1 < words.size();
    if (word == "--schema" && has_value) {
      given.schema = words[++i];
    } else if (!has_url && !word.starts_with("-")) {
      given.url = word;
      has_url = true;
    } else {
      return std::nullopt;
    }
  }
  return given;
}

std::string place(const nava::database_url& url) {
  if (url.backend() == nava::persistence::backend::sqlite) return url.printable();
  return url.printable() + ", schema " + url.schema();
}

int main_of(int argc, char** argv, std::string_view default_url,
            void (*run)(const nava::database_url&)) {
  const std::string program = std::filesystem::path{argv[0]}.filename().string();
  const auto given = parse(argc, argv, default_url);
  if (!given) return complain("usage", program + " [DATABASE-URL] [--schema NAME]", 2);
  int on_failure = 2;
  try {
    const nava::database_url url{given->url, given->schema};
    on_failure = 1;
    run(url);
    return written(program);
  } catch (const std::exception& failure) {
    return complain(program, failure.what(), on_failure);
  }
}

}  // namespace example
