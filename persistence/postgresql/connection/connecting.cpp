// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/connection/connecting.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <charconv>
#include <cstdlib>
#include <map>
#include <nava/workflow/error.hpp>
#include <new>
#include <vector>

#include "persistence/postgresql/connection/sqlstate.hpp"

namespace nava::persistence::postgresql {
namespace {

using settings = std::map<std::string, std::string>;
using owned_options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

constexpr std::chrono::seconds default_connect_timeout{10};

settings in_url(const database_url& url) {
  const owned_options options{PQconninfoParse(url.location().c_str(), nullptr), &PQconninfoFree};
  settings found;
  if (!options) return found;
  for (const auto* option = options.get(); option->keyword != nullptr; ++option)
    if (option->val != nullptr) found.emplace(option->keyword, option->val);
  return found;
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

settings with_ours(settings all) {
  // What stands here wins over a service file, so ours must stand back.
  if (!all.contains("service") && !is_set("PGSERVICE")) {
    // A peer that is gone is noticed while nothing is on its way, and by what is not acknowledged.
    all.try_emplace("keepalives_idle", "30");
    all.try_emplace("keepalives_interval", "10");
    all.try_emplace("keepalives_count", "3");
    all.try_emplace("tcp_user_timeout", "30000");
  }
  all.try_emplace("fallback_application_name", "nava");
  all["client_encoding"] = "UTF8";
  return all;
}

// A warning may take back what the answer says: that a commit is on the synchronous replica too.
void log_notice(void* logger, const PGresult* notice) {
  auto& log = *static_cast<spdlog::logger*>(logger);
  const auto part = [&](int field) {
    const char* const text = PQresultErrorField(notice, field);
    return std::string_view{text == nullptr ? "" : text};
  };
  const bool is_warning = part(PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING";
  const auto level = is_warning ? spdlog::level::warn : spdlog::level::debug;
  if (!log.should_log(level)) return;
  const bool may_lack = part(PG_DIAG_SOURCE_FUNCTION) == "SyncRepWaitForLSN";
  // Without details, which may have values of rows.
  log.log(level, "server: {}{}", one_line(std::string{part(PG_DIAG_MESSAGE_PRIMARY)}),
          may_lack ? "; the synchronous replica may lack this commit" : "");
}

owned_connection started(const settings& all, spdlog::logger& log) {
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : all) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  constexpr int expand_database_name = 0;
  owned_connection made{PQconnectStartParams(keywords.data(), values.data(), expand_database_name),
                        &PQfinish};
  if (!made) throw std::bad_alloc{};
  PQsetNoticeReceiver(made.get(), log_notice, &log);
  return made;
}

// For each address, as libpq has it: of the URL, the environment or a service; none is forever.
deadline address_limit(PGconn* connection) {
  const owned_options options{PQconninfo(connection), &PQconninfoFree};
  for (const auto* option = options.get(); option != nullptr && option->keyword != nullptr;
       ++option) {
    if (std::string_view{option->keyword} != "connect_timeout" || option->val == nullptr) continue;
    const std::string_view text = option->val;
    if (text.empty()) break;
    int seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size())
      throw error{error_kind::invalid_input, "connect_timeout must be a number of seconds"};
    return seconds > 0 ? deadline::in(std::chrono::seconds{seconds}) : deadline::never();
  }
  return deadline::in(default_connect_timeout);
}

std::string address_of(const PGconn* connection) {
  const auto text = [](const char* part) { return part == nullptr ? "" : part; };
  return fmt::format("{} {} {}", text(PQhost(connection)), text(PQhostaddr(connection)),
                     text(PQport(connection)));
}

// libpq goes on to the next address by itself where one refuses. Where one says nothing it only
// does so when it blocks; breaking the attempt has the same effect.
class attempt {
 public:
  attempt(const database_url& url, deadline limit, spdlog::logger& log)
      : url_(url), limit_(limit), made_(started(with_ours(in_url(url)), log)) {}

  owned_connection finish() {
    auto wanted =
        PQstatus(native()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (wanted != PGRES_POLLING_OK && wanted != PGRES_POLLING_FAILED) {
      await(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT);
      wanted = PQconnectPoll(native());
    }
    if (wanted == PGRES_POLLING_FAILED || PQsetnonblocking(native(), 1) != 0)
      fail(one_line(PQerrorMessage(native())));
    return std::move(made_);
  }

 private:
  [[nodiscard]] PGconn* native() const { return made_.get(); }

  void await(short events) {
    if (std::string now = address_of(native()); now != address_) {
      address_ = std::move(now);
      address_limit_ = address_limit(native());
    }
    if (wait_for(native(), events, limit_.earlier(address_limit_))) return;
    if (limit_.has_passed()) fail("no answer came before the deadline of the call");
    silent_ += silent_.empty() ? address_ : ", " + address_;
    abandon(native());
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw error{
        error_kind::connection_lost,
        fmt::format("cannot connect to {}: {}{}", url_.printable(), reason,
                    silent_.empty() ? "" : " (no answer within connect_timeout: " + silent_ + ")")};
  }

  const database_url& url_;
  const deadline limit_;
  owned_connection made_;
  std::string address_;
  deadline address_limit_;
  std::string silent_;  ///< addresses that were given up
};

}  // namespace

owned_connection connect(const database_url& url, deadline limit, spdlog::logger& log) {
  return attempt{url, limit, log}.finish();
}

}  // namespace nava::persistence::postgresql
