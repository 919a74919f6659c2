// SPDX-License-Identifier: Apache-2.0
#include "support/wire_tap.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "support/catch.hpp"
#include "support/databases.hpp"
#include "support/eventually.hpp"
#include "support/tap_address.hpp"

namespace {

using nava::test::eventually;
using nava::test::postgresql_url;
using nava::test::wire_tap;

constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds quiet{50};

class socket_end {
 public:
  explicit socket_end(int fd) : fd_(fd) {
    if (fd < 0) throw std::runtime_error("no socket");
  }
  socket_end(socket_end&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  socket_end& operator=(socket_end&&) = delete;
  ~socket_end() {
    if (fd_ >= 0) ::close(fd_);
  }

  int fd() const { return fd_; }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0) throw std::runtime_error("send");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  // What arrives until `count` bytes are there, the other end closes or patience runs out.
  std::string receive(std::size_t count) {
    std::string result;
    std::array<char, 4096> some{};
    while (result.size() < count && readable(patience)) {
      const std::size_t most = std::min(some.size(), count - result.size());
      const ssize_t got = ::recv(fd_, some.data(), most, 0);
      if (got <= 0) break;
      result.append(some.data(), static_cast<std::size_t>(got));
    }
    return result;
  }

  bool silent() { return !readable(quiet); }

  bool closed_by_peer() {
    char byte = 0;
    return readable(patience) && ::recv(fd_, &byte, 1, MSG_PEEK) <= 0;
  }

 private:
  bool readable(std::chrono::milliseconds within) {
    pollfd polled{fd_, POLLIN, 0};
    return ::poll(&polled, 1, static_cast<int>(within.count())) > 0;
  }

  int fd_;
};

// The server's end of the wire, played by the test itself.
class fake_server {
 public:
  fake_server() : listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    const auto address = nava::test::unix_address(directory_.path().string(), "1");
    if (::bind(listener_.fd(), address.get(), address.length) != 0 ||
        ::listen(listener_.fd(), 128) != 0) {
      throw std::runtime_error("fake_server");
    }
  }
  fake_server(const fake_server&) = delete;
  fake_server& operator=(const fake_server&) = delete;

  std::string url() const { return "host=" + directory_.path().string() + " port=1"; }

  socket_end accept() {
    pollfd polled{listener_.fd(), POLLIN, 0};
    const auto wait = std::chrono::milliseconds(patience);
    if (::poll(&polled, 1, static_cast<int>(wait.count())) <= 0) {
      throw std::runtime_error("nobody came");
    }
    return socket_end(::accept(listener_.fd(), nullptr, nullptr));
  }

 private:
  nava::test::temporary_directory directory_;
  socket_end listener_;
};

socket_end raw_client(const wire_tap& tap) {
  const std::string directory = nava::test::parse_url(tap.url()).at("host");
  const auto address = nava::test::unix_address(directory, nava::test::tap_port);
  socket_end client(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (::connect(client.fd(), address.get(), address.length) != 0)
    throw std::runtime_error("connect");
  return client;
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(static_cast<unsigned char>(value >> shift)));
  }
  return bytes;
}

std::string untyped(std::uint32_t code, const std::string& body = "") {
  return big_endian(static_cast<std::uint32_t>(body.size() + 8)) + big_endian(code) + body;
}

std::string typed(char type, const std::string& body = "") {
  return type + big_endian(static_cast<std::uint32_t>(body.size() + 4)) + body;
}

const std::string startup = untyped(196608, "user me  ");
const std::string ready = typed('Z', "I");

// A client behind the tap that has been let in by the fake server.
struct rig {
  fake_server server_side;
  wire_tap tap{server_side.url()};
  socket_end client = raw_client(tap);
  socket_end server = server_side.accept();

  rig() {
    client_sends(startup);
    server_sends(typed('R', "okay") + ready);
  }

  void client_sends(const std::string& bytes) {
    client.send(bytes);
    REQUIRE((server.receive(bytes.size()) == bytes));
  }

  void server_sends(const std::string& bytes) {
    server.send(bytes);
    REQUIRE((client.receive(bytes.size()) == bytes));
  }

  bool counted(std::size_t round_trips) {
    return eventually([&] { return tap.round_trips() >= round_trips; }) &&
           tap.round_trips() == round_trips;
  }
};

using connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;
using result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

connection connect(const std::string& url) {
  connection made(PQconnectdb(url.c_str()), PQfinish);
  INFO(PQerrorMessage(made.get()));
  REQUIRE(PQstatus(made.get()) == CONNECTION_OK);
  return made;
}

result exec(const connection& on, const std::string& sql) {
  return result(PQexec(on.get(), sql.c_str()), PQclear);
}

void command(const connection& on, const std::string& sql) {
  const result done = exec(on, sql);
  INFO(PQerrorMessage(on.get()));
  REQUIRE(PQresultStatus(done.get()) == PGRES_COMMAND_OK);
}

std::string value(const connection& on, const std::string& sql) {
  const result done = exec(on, sql);
  INFO(PQerrorMessage(on.get()));
  REQUIRE(PQresultStatus(done.get()) == PGRES_TUPLES_OK);
  return PQgetvalue(done.get(), 0, 0);
}

result exec_params(const connection& on, const std::string& sql, const std::string& parameter) {
  const char* const values[] = {parameter.c_str()};
  return result(PQexecParams(on.get(), sql.c_str(), 1, nullptr, values, nullptr, nullptr, 0),
                PQclear);
}

// A table that both sides of the tap see, gone with the test.
class shared_table {
 public:
  explicit shared_table(const connection& direct)
      : direct_(direct), name_("nava_wire_tap_" + std::to_string(::getpid())) {
    command(direct_, "SET client_min_messages = warning");
    exec(direct_, "DROP TABLE IF EXISTS " + name_);
    command(direct_, "CREATE TABLE " + name_ + " (v text)");
  }
  shared_table(const shared_table&) = delete;
  shared_table& operator=(const shared_table&) = delete;
  ~shared_table() { exec(direct_, "DROP TABLE " + name_); }

  const std::string& name() const { return name_; }
  std::string rows() const { return value(direct_, "SELECT count(*) FROM " + name_); }

 private:
  const connection& direct_;
  std::string name_;
};

}  // namespace

TEST_CASE("wire_tap: messages are counted when their last byte has gone", "[wire_tap]") {
  rig wire;
  CHECK(wire.tap.connections() == 1);
  const std::string query = typed('Q', "SELECT 'QSF'");
  for (std::size_t i = 0; i + 1 < query.size(); ++i) wire.client_sends(query.substr(i, 1));
  CHECK(wire.tap.round_trips() == 0);
  wire.client_sends(query.substr(query.size() - 1));
  CHECK(wire.counted(1));
}

TEST_CASE("wire_tap: several messages in one read are told apart", "[wire_tap]") {
  rig wire;
  const std::string batch = typed('P', "S") + typed('B', "Q") + typed('E') + typed('S');
  wire.client_sends(batch + typed('Q', "x") + typed('F', "y") + batch + typed('H') + typed('X'));
  CHECK(wire.counted(4));
  wire.tap.reset();
  CHECK(wire.tap.round_trips() == 0);
  CHECK(wire.tap.connections() == 0);
}

TEST_CASE("wire_tap: cut_before_next_request lets nothing of the batch through", "[wire_tap]") {
  rig wire;
  wire.tap.cut_before_next_request();
  SECTION("in one read") { wire.client.send(typed('P') + typed('E') + typed('S')); }
  SECTION("cut short") { wire.client.send(typed('P') + typed('Q', "long").substr(0, 1)); }
  CHECK(wire.client.closed_by_peer());
  CHECK(wire.server.closed_by_peer());
  CHECK(wire.tap.round_trips() == 0);
}

TEST_CASE("wire_tap: cut_before_next_reply drops one answer and no other", "[wire_tap]") {
  rig wire;
  wire.client_sends(typed('Q', "first"));
  REQUIRE(wire.counted(1));
  wire.tap.cut_before_next_reply();
  wire.client_sends(typed('Q', "second"));
  REQUIRE(wire.counted(2));
  wire.server_sends(typed('C', "first") + ready);
  wire.server.send(typed('C', "second") + ready.substr(0, 3));
  CHECK(wire.client.silent());
  wire.server.send(ready.substr(3));
  CHECK(wire.client.closed_by_peer());
  CHECK(wire.server.closed_by_peer());
}

TEST_CASE("wire_tap: cut_inside_next_request passes half of a batch", "[wire_tap]") {
  rig wire;
  wire.tap.cut_inside_next_request();
  const std::string batch = typed('P', "statement") + typed('S');
  wire.client.send(batch);
  CHECK(wire.server.receive(batch.size()) == batch.substr(0, batch.size() / 2));
  CHECK(wire.server.closed_by_peer());
  CHECK(wire.client.closed_by_peer());
}

TEST_CASE("wire_tap: cut_inside_next_reply passes half of an answer", "[wire_tap]") {
  rig wire;
  wire.tap.cut_inside_next_reply();
  wire.client_sends(typed('Q', "x"));
  const std::string answer = typed('C', "done") + ready;
  wire.server.send(answer);
  CHECK(wire.client.receive(answer.size()) == answer.substr(0, answer.size() / 2));
  CHECK(wire.client.closed_by_peer());
  CHECK(wire.server.closed_by_peer());
}

TEST_CASE("wire_tap: reset disarms", "[wire_tap]") {
  rig wire;
  wire.tap.cut_before_next_request();
  wire.tap.reset();
  wire.client_sends(typed('Q', "x"));
  REQUIRE(wire.counted(1));
  wire.tap.cut_before_next_reply();
  wire.tap.reset();
  wire.client_sends(typed('Q', "y"));
  wire.server_sends(ready + ready);
  CHECK(wire.counted(1));
}

TEST_CASE("wire_tap: libpq's round trips are counted", "[wire_tap][postgres]") {
  const char* const url = postgresql_url();
  if (url == nullptr) return;
  wire_tap tap(url);
  const connection tapped = connect(tap.url());
  CHECK(tap.connections() == 1);
  CHECK(tap.round_trips() == 0);

  CHECK(value(tapped, "SELECT 1") == "1");
  CHECK(tap.round_trips() == 1);

  CHECK(PQresultStatus(exec_params(tapped, "SELECT $1::text", "x").get()) == PGRES_TUPLES_OK);
  CHECK(tap.round_trips() == 2);

  const result prepared(PQprepare(tapped.get(), "p", "SELECT 1", 0, nullptr), PQclear);
  CHECK(PQresultStatus(prepared.get()) == PGRES_COMMAND_OK);
  CHECK(tap.round_trips() == 3);

  const result executed(PQexecPrepared(tapped.get(), "p", 0, nullptr, nullptr, nullptr, 0),
                        PQclear);
  CHECK(PQresultStatus(executed.get()) == PGRES_TUPLES_OK);
  CHECK(tap.round_trips() == 4);
}

TEST_CASE("wire_tap: a pipeline with one sync is one round trip", "[wire_tap][postgres]") {
  const char* const url = postgresql_url();
  if (url == nullptr) return;
  wire_tap tap(url);
  const connection tapped = connect(tap.url());
  REQUIRE(PQenterPipelineMode(tapped.get()) == 1);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(PQsendQueryParams(tapped.get(), "SELECT 7", 0, nullptr, nullptr, nullptr, nullptr, 0) ==
            1);
  }
  REQUIRE(PQpipelineSync(tapped.get()) == 1);
  for (int i = 0; i < 3; ++i) {
    const result row(PQgetResult(tapped.get()), PQclear);
    CHECK(PQresultStatus(row.get()) == PGRES_TUPLES_OK);
    CHECK(PQgetResult(tapped.get()) == nullptr);
  }
  const result sync(PQgetResult(tapped.get()), PQclear);
  CHECK(PQresultStatus(sync.get()) == PGRES_PIPELINE_SYNC);
  CHECK(tap.round_trips() == 1);
}

TEST_CASE("wire_tap: a value of a mebibyte passes", "[wire_tap][postgres]") {
  const char* const url = postgresql_url();
  if (url == nullptr) return;
  wire_tap tap(url);
  const connection tapped = connect(tap.url());
  const std::string big(std::size_t{1024} * 1024, 'x');
  const result echoed = exec_params(tapped, "SELECT $1::text", big);
  REQUIRE(PQresultStatus(echoed.get()) == PGRES_TUPLES_OK);
  CHECK((PQgetvalue(echoed.get(), 0, 0) == big));
  CHECK(tap.round_trips() == 1);
}

namespace {

// Runs an insert in each way that libpq has while `arm` has set a trap, and expects the rows and
// the round trips that `done` statements leave.
void check_cut_insert(void (wire_tap::*arm)(), std::size_t done) {
  const char* const url = postgresql_url();
  if (url == nullptr) return;
  const connection direct = connect(url);
  const shared_table table(direct);
  wire_tap tap(url);
  const connection tapped = connect(tap.url());
  const std::string insert = "INSERT INTO " + table.name() + " VALUES ";
  (tap.*arm)();
  SECTION("simple") { exec(tapped, insert + "('x')"); }
  SECTION("extended") { exec_params(tapped, insert + "($1)", "x"); }
  SECTION("extended, in several chunks") {
    exec_params(tapped, insert + "($1)", std::string(std::size_t{1024} * 1024, 'x'));
  }
  CHECK(PQstatus(tapped.get()) == CONNECTION_BAD);
  CHECK(table.rows() == std::to_string(done));
  CHECK(tap.round_trips() == done);
  CHECK(value(connect(tap.url()), "SELECT 2") == "2");
}

}  // namespace

TEST_CASE("wire_tap: a lost reply leaves the statement executed", "[wire_tap][postgres]") {
  check_cut_insert(&wire_tap::cut_before_next_reply, 1);
}

TEST_CASE("wire_tap: a lost request leaves the statement unexecuted", "[wire_tap][postgres]") {
  check_cut_insert(&wire_tap::cut_before_next_request, 0);
}

TEST_CASE("wire_tap: a reply that is cut in its middle", "[wire_tap][postgres]") {
  check_cut_insert(&wire_tap::cut_inside_next_reply, 1);
}

TEST_CASE("wire_tap: a request that is cut in its middle", "[wire_tap][postgres]") {
  check_cut_insert(&wire_tap::cut_inside_next_request, 0);
}
