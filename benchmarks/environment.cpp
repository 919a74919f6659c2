// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/environment.hpp"

#include <sys/utsname.h>

#include <array>
#include <chrono>
#include <fstream>
#include <nava/schema/text.hpp>
#include <thread>

#include "benchmarks/baseline/libpq.hpp"
#include "benchmarks/baseline/sqlite.hpp"

namespace nava::benchmarks {
namespace {

constexpr std::array<const char*, 9> pragmas{
    "journal_mode", "synchronous",        "foreign_keys", "page_size",         "cache_size",
    "mmap_size",    "wal_autocheckpoint", "auto_vacuum",  "journal_size_limit"};

// What follows `key:` in a file of the kernel; empty where there is no such line.
std::string value_in(const char* file, std::string_view key) {
  std::ifstream lines{file};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    const auto colon = line.find(':');
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    if (colon != std::string::npos && begin != std::string::npos) return line.substr(begin);
  }
  return {};
}

json::object machine() {
  utsname kernel{};
  uname(&kernel);
  return {{"cpu", value_in("/proc/cpuinfo", "model name")},
          {"cores", std::thread::hardware_concurrency()},
          {"memory", value_in("/proc/meminfo", "MemTotal")},
          {"kernel", std::string{kernel.sysname} + " " + kernel.release}};
}

void describe_server(const std::string& url, json::object& versions, json::object& settings) {
  libpq::connection server{url};
  versions["postgresql"] = server.run("SHOW server_version").value();
  const auto rows = server.run(
      "SELECT name, current_setting(name) FROM pg_settings WHERE name IN ('fsync', "
      "'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size', 'wal_level', "
      "'autovacuum', 'checkpoint_timeout', 'wal_compression', 'jit', 'max_connections') ORDER BY "
      "name");
  for (int row = 0; row < rows.rows(); ++row) settings[rows.value(row, 0)] = rows.value(row, 1);
}

void describe_file(const std::string& path, json::object& versions, json::object& settings) {
  sqlite::connection file{path};
  versions["sqlite"] = sqlite3_libversion();
  for (const char* pragma : pragmas) settings[pragma] = file.value(std::string{"PRAGMA "} + pragma);
}

}  // namespace

json::object environment_of(const persistence::database_url& url) {
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  json::object versions{{"nava", NAVA_VERSION}}, settings;
  if (url.backend() == persistence::backend::postgresql)
    describe_server(url.location(), versions, settings);
  else
    describe_file(url.location(), versions, settings);
  versions["compiler"] = __VERSION__;
  versions["build"] = NAVA_BUILD_TYPE;
  return {{"time", schema::to_text(now)},
          {"machine", machine()},
          {"versions", std::move(versions)},
          {"settings", std::move(settings)}};
}

}  // namespace nava::benchmarks
