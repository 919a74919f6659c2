// SPDX-License-Identifier: Apache-2.0
#include "support/startup_listener.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace nava::test {
namespace {

constexpr int patience_ms = 10'000;
constexpr std::size_t packet_bytes_max = 65'536;

// At most `count` bytes; fewer where the client leaves or says nothing.
std::string received(int from, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    pollfd polled{from, POLLIN, 0};
    if (::poll(&polled, 1, patience_ms) <= 0) break;
    const auto more = ::recv(from, bytes.data() + have, count - have, 0);
    if (more <= 0) break;
    have += static_cast<std::size_t>(more);
  }
  bytes.resize(have);
  return bytes;
}

// What follows a length that counts itself.
std::string received_body(int from) {
  const std::string length = received(from, 4);
  if (length.size() < 4) return {};
  std::uint32_t bytes = 0;
  for (const char c : length) bytes = bytes << 8 | static_cast<unsigned char>(c);
  if (bytes < 4 || bytes > packet_bytes_max) return {};
  return received(from, bytes - 4);
}

std::map<std::string, std::string> parameters_in(std::string_view body) {
  constexpr std::size_t version_bytes = 4;
  std::vector<std::string> texts;
  while (body.size() > version_bytes) {
    const std::size_t end = body.find('\0', version_bytes);
    if (end == std::string_view::npos || end == version_bytes) break;
    texts.emplace_back(body.substr(version_bytes, end - version_bytes));
    body.remove_prefix(end + 1 - version_bytes);
  }
  std::map<std::string, std::string> parameters;
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) parameters[texts[i]] = texts[i + 1];
  return parameters;
}

}  // namespace

startup_listener::startup_listener(const std::string& directory) {
  const std::string path = directory + "/.s.PGSQL.5432";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("path too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ::unlink(path.c_str());
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener_ < 0 ||
      ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 1) != 0)
    throw std::runtime_error("cannot listen at " + path);
  thread_ = std::thread([this] {
    pollfd polled{listener_, POLLIN, 0};
    if (::poll(&polled, 1, patience_ms) <= 0) return;
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    listen_to(client);
    ::close(client);
  });
}

startup_listener::~startup_listener() {
  if (thread_.joinable()) thread_.join();
  ::close(listener_);
}

startup startup_listener::heard() {
  thread_.join();
  return heard_;
}

void startup_listener::listen_to(int client) {
  heard_.parameters = parameters_in(received_body(client));
  constexpr std::array<char, 9> ask_for_password{'R', 0, 0, 0, 8, 0, 0, 0, 3};
  if (::send(client, ask_for_password.data(), ask_for_password.size(), MSG_NOSIGNAL) < 0) return;
  if (received(client, 1) == "p") heard_.password = received_body(client).c_str();
}

}  // namespace nava::test
