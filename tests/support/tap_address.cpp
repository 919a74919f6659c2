// SPDX-License-Identifier: Apache-2.0
#include "support/tap_address.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>
#include <memory>
#include <stdexcept>

namespace nava::test {
namespace {

constexpr std::size_t max_addresses = 8;
constexpr std::string_view default_host = "/var/run/postgresql";
constexpr std::string_view default_port = "5432";

std::vector<address> tcp_addresses(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (status != 0) {
    throw std::runtime_error("wire_tap: cannot resolve " + host + ": " + ::gai_strerror(status));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  std::vector<address> result;
  for (const addrinfo* at = found; at != nullptr && result.size() < max_addresses;
       at = at->ai_next) {
    address& next = result.emplace_back();
    std::memcpy(&next.storage, at->ai_addr, at->ai_addrlen);
    next.length = at->ai_addrlen;
  }
  return result;
}

std::string option_or(const connection_options& set, const connection_options& defaults,
                      const std::string& key, std::string_view otherwise) {
  if (const auto at = set.find(key); at != set.end() && !at->second.empty()) return at->second;
  if (set.contains(key)) return std::string(otherwise);
  if (const auto at = defaults.find(key); at != defaults.end() && !at->second.empty()) {
    return at->second;
  }
  return std::string(otherwise);
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    if (unreserved.find(c) != std::string_view::npos) {
      result.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return result;
}

}  // namespace

address unix_address(const std::string& directory, std::string_view port) {
  const std::string path = directory + "/.s.PGSQL." + std::string(port);
  sockaddr_un local{};
  if (path.size() >= sizeof local.sun_path) {
    throw std::runtime_error("wire_tap: socket path too long: " + path);
  }
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.c_str(), path.size() + 1);
  address result;
  std::memcpy(&result.storage, &local, sizeof local);
  result.length = sizeof local;
  return result;
}

connection_options take_options(PQconninfoOption* list) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> owner(list,
                                                                             ::PQconninfoFree);
  connection_options result;
  for (const PQconninfoOption* at = list; at != nullptr && at->keyword != nullptr; ++at) {
    if (at->val != nullptr) result.emplace(at->keyword, at->val);
  }
  return result;
}

connection_options parse_url(const std::string& url) {
  char* error = nullptr;
  PQconninfoOption* list = ::PQconninfoParse(url.c_str(), &error);
  const std::unique_ptr<char, void (*)(void*)> owner(error, ::PQfreemem);
  if (list == nullptr) {
    throw std::invalid_argument(std::string("wire_tap: ") + (error ? error : "out of memory"));
  }
  return take_options(list);
}

std::vector<address> server_addresses(const connection_options& set,
                                      const connection_options& defaults) {
  const std::string host = option_or(set, defaults, "host", default_host);
  const std::string hostaddr = option_or(set, defaults, "hostaddr", "");
  const std::string port = option_or(set, defaults, "port", default_port);
  if ((host + hostaddr + port).find(',') != std::string::npos) {
    throw std::invalid_argument("wire_tap: several hosts in one URL are not supported");
  }
  if (!hostaddr.empty()) return tcp_addresses(hostaddr, port);
  if (host.front() == '/') return {unix_address(host, port)};
  return tcp_addresses(host, port);
}

std::string tapped_url(connection_options set, const std::string& directory) {
  std::string database;
  if (const auto at = set.find("dbname"); at != set.end()) database = at->second;
  set.erase("dbname");
  set["host"] = directory;
  set["port"] = tap_port;
  // Set to nothing rather than left out, so that PGHOSTADDR cannot lead past the tap.
  set["hostaddr"] = "";
  std::string url = "postgresql:///" + percent_encoded(database);
  char separator = '?';
  for (const auto& [key, value] : set) {
    url.append(1, separator).append(key).append(1, '=').append(percent_encoded(value));
    separator = '&';
  }
  return url;
}

}  // namespace nava::test
