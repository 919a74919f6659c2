// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>
#include <sys/socket.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Where a wire_tap finds the server, and its clients find the tap.
namespace nava::test {

constexpr std::string_view tap_port = "5432";

struct address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

address unix_address(const std::string& directory, std::string_view port);

using connection_options = std::map<std::string, std::string>;

/// Takes what libpq has made, and frees it.
connection_options take_options(PQconninfoOption* list);

/// Throws std::invalid_argument for a URL that libpq refuses.
connection_options parse_url(const std::string& url);

/// The addresses of the one server in `set`, or else in `defaults`. Throws std::invalid_argument
/// where there are several, and std::runtime_error where the host is not found.
std::vector<address> server_addresses(const connection_options& set,
                                      const connection_options& defaults);

/// A URL like `set` that leads to the tap in `directory`.
std::string tapped_url(connection_options set, const std::string& directory);

}  // namespace nava::test
