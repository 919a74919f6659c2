// SPDX-License-Identifier: Apache-2.0
#include <sys/utsname.h>

#include <chrono>
#include <fstream>
#include <nava/schema/text.hpp>
#include <nava/version.hpp>
#include <thread>

#include "benchmarks/baseline/client.hpp"
#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {
namespace {

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

void describe_server(client& server, json::object& versions, json::object& settings) {
  versions["postgresql"] = server.first("SHOW server_version");
  for (const auto& row :
       server.query("SELECT name, current_setting(name) FROM pg_settings WHERE name IN ('fsync', "
                    "'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size', "
                    "'wal_level', 'autovacuum', 'checkpoint_timeout', 'wal_compression', 'jit', "
                    "'max_connections') ORDER BY name"))
    settings[row[0]] = row[1];
}

void describe_file(client& file, json::object& versions, json::object& settings) {
  versions["sqlite"] = file.first("SELECT sqlite_version()");
  for (const char* pragma : {"journal_mode", "synchronous", "foreign_keys", "page_size",
                             "cache_size", "mmap_size", "wal_autocheckpoint"})
    settings[pragma] = file.first(std::string{"PRAGMA "} + pragma);
}

}  // namespace

json::object environment_of(const persistence::database_url& url) {
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  json::object versions{{"nava", NAVA_VERSION_TEXT}}, settings;
  const auto database = connect(url);
  if (url.backend() == persistence::backend::postgresql)
    describe_server(*database, versions, settings);
  else
    describe_file(*database, versions, settings);
  versions["compiler"] = __VERSION__;
  versions["build"] = NAVA_BUILD_TYPE;
  return {{"time", schema::to_text(now)},
          {"machine", machine()},
          {"versions", std::move(versions)},
          {"settings", std::move(settings)}};
}

}  // namespace nava::benchmarks
