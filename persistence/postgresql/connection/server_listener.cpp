// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/connection/server_listener.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nava/schema/ddl.hpp>
#include <system_error>

#include "persistence/postgresql/connection/sqlstate.hpp"

namespace nava::persistence::postgresql {
namespace {

constexpr std::size_t channel_bytes_max = 63;
constexpr std::chrono::hours longest_poll{1};

// In the order of notice::subject.
constexpr std::array<std::string_view, 3> subject_names{"tasks", "events", "end"};

// None for one of `sender`, and for what a later version sends.
std::optional<notice> notice_in(std::string_view payload, std::string_view sender) {
  const std::size_t blank = payload.find(' ');
  if (blank == std::string_view::npos || payload.substr(0, blank) == sender) return std::nullopt;
  payload.remove_prefix(blank + 1);
  const std::string_view name = payload.substr(0, payload.find(' '));
  const auto known = std::find(subject_names.begin(), subject_names.end(), name);
  if (known == subject_names.end()) return std::nullopt;
  payload.remove_prefix(std::min(payload.size(), name.size() + 1));
  return notice{static_cast<notice::subject>(known - subject_names.begin()), std::string{payload}};
}

}  // namespace

std::string channel_of(std::string_view schema) {
  std::string channel = fmt::format("nava:{}", schema);
  if (channel.size() > channel_bytes_max) channel.resize(channel_bytes_max);
  return channel;
}

std::string payload_of(const notice& each, std::string_view sender) {
  return fmt::format("{} {}{}{}", sender, subject_names[static_cast<std::size_t>(each.about)],
                     each.key.empty() ? "" : " ", each.key);
}

server_listener::server_listener(const database_url& url, std::string sender, deadline limit,
                                 std::shared_ptr<spdlog::logger> log)
    : sender_(std::move(sender)),
      log_(logger_or_default(std::move(log))),
      native_(connect(url, limit, *log_)) {
  const std::string listen = "LISTEN " + schema::quoted(channel_of(url.schema()));
  const bool was_sent = PQsendQuery(native_.get(), listen.c_str()) == 1;
  const owned_result done =
      was_sent ? awaited_answer(native_.get(), limit) : owned_result{nullptr, &PQclear};
  if (!done || !succeeded(done.get())) throw failure_of(done.get(), native_.get(), {});
  if (::pipe2(interrupted_, O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::system_error{errno, std::generic_category(), "pipe"};
}

server_listener::~server_listener() {
  for (const int end : interrupted_)
    if (end >= 0) ::close(end);
}

void server_listener::interrupt() { (void)!::write(interrupted_[1], "", 1); }

std::vector<notice> server_listener::received() {
  std::vector<notice> notices;
  using owned_notify = std::unique_ptr<PGnotify, decltype(&PQfreemem)>;
  while (const owned_notify each{PQnotifies(native_.get()), &PQfreemem})
    if (auto told = notice_in(each->extra, sender_)) notices.push_back(*std::move(told));
  return notices;
}

std::vector<notice> server_listener::wait(deadline limit) {
  while (true) {
    if (auto notices = received(); !notices.empty()) return notices;
    std::array<pollfd, 2> polled{
        {{PQsocket(native_.get()), POLLIN, 0}, {interrupted_[0], POLLIN, 0}}};
    const auto left = limit.remaining(longest_poll);
    const int ready = ::poll(polled.data(), polled.size(), static_cast<int>(left.count()));
    if (ready == 0 && limit.has_passed()) return {};
    if (ready < 0 && errno != EINTR)
      throw std::system_error{errno, std::generic_category(), "poll"};
    char byte = 0;
    if (::read(interrupted_[0], &byte, 1) == 1) return {};
    if (PQconsumeInput(native_.get()) == 0) throw failure_of(nullptr, native_.get(), {});
  }
}

}  // namespace nava::persistence::postgresql
