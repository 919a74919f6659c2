// SPDX-License-Identifier: Apache-2.0
//
// A proxy between a libpq client and a PostgreSQL server that counts round trips on the wire, can
// cut a connection at the two moments that matter to crash tests, and can fall silent as a network
// does that is cut in the middle.
//
// It listens on a unix-domain socket in a directory of its own and follows protocol version 3 by
// packet boundaries alone. It knows neither COPY nor TLS, which libpq never asks for on such a
// socket; a connection that negotiates it is closed.
//
// Thread-safety: members may be called from any thread, between construction and destruction.
// Invariants: no traffic is kept beyond one chunk per direction of each connection; a round trip is
// counted after its last byte was handed to the server and before any byte of its reply is handed
// to the client; a fault springs once, on one connection.

#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace nava::test {

class wire_tap {
 public:
  // Begins to listen for clients of the server at `postgres_url` (URI or key-value form); what it
  // leaves out is taken from the environment as libpq does. Each client gets its own connection to
  // that server, made when the client connects; a client whose server cannot be reached is closed.
  // Throws std::invalid_argument for a URL that libpq refuses or that names several hosts, and
  // std::system_error or std::runtime_error when the socket cannot be made or the host not found.
  explicit wire_tap(const std::string& postgres_url);

  wire_tap(const wire_tap&) = delete;
  wire_tap& operator=(const wire_tap&) = delete;
  wire_tap(wire_tap&&) = delete;
  wire_tap& operator=(wire_tap&&) = delete;

  // Closes every connection, waits for the threads and removes the directory.
  ~wire_tap();

  // The given URL with the tap in the place of the server; all other options are kept.
  std::string url() const;

  // Query, Sync and FunctionCall messages forwarded to the server.
  std::size_t round_trips() const;

  // Clients that were joined to the server, those that have left included.
  std::size_t connections() const;

  // Sets the counts to 0 and disarms a fault that has not sprung. Connections stay open.
  void reset();

  // The next Query, Sync or FunctionCall of any connection reaches the server. The answer to it is
  // awaited to its end, so that the server has executed and committed or failed, and dropped; then
  // both sides are closed. Answers to earlier requests pass, and so
  // does what the server sends ahead of a Sync because a Flush asked for it or its output buffer
  // overflowed. Replaces a fault that has not sprung.
  void cut_before_next_reply();

  // The next Query, Sync or FunctionCall of any connection is dropped, with all messages read since
  // the request before it and not yet forwarded, and both sides are closed: without it the server
  // commits nothing of its batch. Replaces a fault that has not sprung.
  void cut_before_next_request();

  // The same, but half of the bytes pass: of an answer or a batch that is read in several chunks,
  // half of the chunk at which the fault springs.
  void cut_inside_next_reply();
  void cut_inside_next_request();
  // The same reply, of the request that comes after so many others.
  void cut_inside_reply_after(std::size_t requests);

  // From now on no byte passes, in either direction and on any connection, those that are yet to be
  // made included; nothing is closed, and nobody is told that the other side closed.
  void fall_silent();

  // The same from the moment on at which the next Query, Sync or FunctionCall has reached the
  // server. Replaces a fault that has not sprung.
  void fall_silent_before_next_reply();

  // Ends the silence: what was sent meanwhile passes.
  void speak();

 private:
  class acceptor;
  std::unique_ptr<acceptor> acceptor_;
};

}  // namespace nava::test
