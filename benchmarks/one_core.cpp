// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/one_core.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>

#include "benchmarks/baseline/client.hpp"

namespace nava::benchmarks {
namespace {

// A session on this machine comes by a socket of its file system.
constexpr const char* sessions_sql =
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = "
    "current_user AND client_port = -1 AND pid <> pg_backend_pid()";

// The server may count its processes in a container of its own.
bool is_session(pid_t process) {
  std::ifstream file{fmt::format("/proc/{}/comm", process)};
  std::string name;
  return std::getline(file, name) && name == "postgres";
}

}  // namespace

one_core::one_core(const options& given) {
  if (!given.on_postgresql()) return;
  const auto server = connect(given.url);
  const auto sessions = server->query(sessions_sql);
  const int core = sched_getcpu();
  holds_ = !sessions.empty() && hold(0, core);
  for (const auto& session : sessions) {
    const auto process = static_cast<pid_t>(std::stoi(session.front()));
    holds_ = holds_ && is_session(process) && hold(process, core);
  }
  if (!holds_) release();
}

one_core::~one_core() { release(); }

bool one_core::hold(pid_t process, int core) {
  cpu_set_t before, one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(core), &one);
  if (core < 0 || sched_getaffinity(process, sizeof(before), &before) != 0 ||
      sched_setaffinity(process, sizeof(one), &one) != 0)
    return false;
  before_.emplace_back(process, before);
  return true;
}

void one_core::release() {
  for (const auto& [process, mask] : before_) sched_setaffinity(process, sizeof(mask), &mask);
  before_.clear();
}

}  // namespace nava::benchmarks
