// SPDX-License-Identifier: Apache-2.0

#include "support/wire_tap.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/databases.hpp"
#include "support/eventually.hpp"

namespace {

using nava::test::eventually;
using nava::test::postgresql_url;
using nava::test::wire_tap;

constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds quiet{50};

sockaddr_un socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("path too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

class socket_end {
 public:
  explicit socket_end(int fd) : fd_(fd) {
    if (fd < 0) throw std::runtime_error("no socket");
  }
  socket_end(socket_end&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  socket_end& operator=(socket_end&&) = delete;
  ~socket_end() { close(); }

  int fd() const { return fd_; }

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

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
    const sockaddr_un address = socket_address((directory_.path() / ".s.PGSQL.1").string());
    const auto* at = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(listener_.fd(), at, sizeof address) != 0 || ::listen(listener_.fd(), 128) != 0) {
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

  void close() { listener_.close(); }

 private:
  nava::test::temporary_directory directory_;
  socket_end listener_;
};

std::map<std::string, std::string> parsed(const std::string& url) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> list(
      PQconninfoParse(url.c_str(), nullptr), PQconninfoFree);
  if (!list) throw std::runtime_error("not a URL: " + url);
  std::map<std::string, std::string> result;
  for (const PQconninfoOption* at = list.get(); at->keyword != nullptr; ++at) {
    if (at->val != nullptr) result[at->keyword] = at->val;
  }
  return result;
}

socket_end raw_client(const wire_tap& tap) {
  auto options = parsed(tap.url());
  const sockaddr_un address =
      socket_address(options.at("host") + "/.s.PGSQL." + options.at("port"));
  socket_end client(::socket(AF_UNIX, SOCK_STREAM, 0));
  const auto* at = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(client.fd(), at, sizeof address) != 0) throw std::runtime_error("connect");
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

TEST_CASE("wire_tap: its url leads through the tap and keeps the other options", "[wire_tap]") {
  const wire_tap tap(
      "postgresql://an%20n:p%26w@/d%2Fb?host=/nowhere&port=7&options=-c%20a%3Db&"
      "application_name=x");
  const auto options = parsed(tap.url());
  CHECK(tap.url().starts_with("postgresql:///d%2Fb?"));
  CHECK(options.at("dbname") == "d/b");
  CHECK(options.at("user") == "an n");
  CHECK(options.at("password") == "p&w");
  CHECK(options.at("options") == "-c a=b");
  CHECK(options.at("application_name") == "x");
  CHECK(options.at("host") != "/nowhere");
  CHECK(options.at("hostaddr").empty());
  CHECK(std::filesystem::is_socket(options.at("host") + "/.s.PGSQL." + options.at("port")));
}

TEST_CASE("wire_tap: a URL that cannot be used is refused", "[wire_tap]") {
  CHECK_THROWS_AS(wire_tap("postgresql://[::1"), std::invalid_argument);
  CHECK_THROWS_AS(wire_tap("host=a,b"), std::invalid_argument);
  CHECK_THROWS_AS(wire_tap("host=/" + std::string(200, 'x')), std::runtime_error);
}

TEST_CASE("wire_tap: a client whose server is away is closed", "[wire_tap]") {
  fake_server server;
  const wire_tap tap(server.url());
  server.close();
  socket_end client = raw_client(tap);
  CHECK(client.closed_by_peer());
  CHECK(tap.connections() == 0);
}

TEST_CASE("wire_tap: messages are counted when their last byte has gone", "[wire_tap]") {
  rig wire;
  CHECK(wire.tap.connections() == 1);
  CHECK(wire.tap.startups() == 1);
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
  CHECK(wire.tap.startups() == 0);
  CHECK(wire.tap.connections() == 0);
}

TEST_CASE("wire_tap: messages longer than a chunk pass with replies to match", "[wire_tap]") {
  rig wire;
  const std::string big(3'000'000, 'Q');
  std::thread sender([&] { wire.client.send(typed('Q', big) + typed('S')); });
  CHECK((wire.server.receive(big.size() + 10) == typed('Q', big) + typed('S')));
  sender.join();
  CHECK(wire.counted(2));
  std::thread replier([&] { wire.server.send(typed('D', big) + ready); });
  CHECK((wire.client.receive(big.size() + 11) == typed('D', big) + ready));
  replier.join();
}

TEST_CASE("wire_tap: both directions may be full at once", "[wire_tap]") {
  rig wire;
  const std::string big = typed('D', std::string(3'000'000, 'x'));
  std::thread sender([&] { wire.client.send(big); });
  std::thread replier([&] { wire.server.send(big); });
  CHECK((wire.client.receive(big.size()) == big));
  CHECK((wire.server.receive(big.size()) == big));
  sender.join();
  replier.join();
}

TEST_CASE("wire_tap: requests without a type byte count as startups", "[wire_tap]") {
  fake_server server_side;
  const wire_tap tap(server_side.url());
  socket_end client = raw_client(tap);
  socket_end server = server_side.accept();
  for (const std::uint32_t code : {80877103U, 80877104U}) {
    client.send(untyped(code));
    CHECK(server.receive(8) == untyped(code));
    server.send("N");
    CHECK(client.receive(1) == "N");
  }
  client.send(startup + typed('p', "secret") + typed('Q', "x"));
  CHECK(server.receive(startup.size() + 17).size() == startup.size() + 17);
  CHECK(eventually([&] { return tap.round_trips() == 1; }));
  CHECK(tap.startups() == 3);
  socket_end canceller = raw_client(tap);
  socket_end cancelled = server_side.accept();
  canceller.send(untyped(80877102, "pid+key."));
  CHECK(cancelled.receive(16).size() == 16);
  CHECK(eventually([&] { return tap.startups() == 4; }));
  cancelled.close();
  CHECK(canceller.closed_by_peer());
  CHECK(tap.connections() == 2);
  CHECK(tap.round_trips() == 1);
}

TEST_CASE("wire_tap: what is not the protocol is closed", "[wire_tap]") {
  SECTION("a startup packet out of bounds") {
    fake_server server;
    const wire_tap tap(server.url());
    socket_end client = raw_client(tap);
    client.send("\x16\x03\x01\x02\x01 hello");
    CHECK(client.closed_by_peer());
  }
  SECTION("a message shorter than its length") {
    rig wire;
    wire.client.send(std::string("Q\0\0\0\3", 5));
    CHECK(wire.client.closed_by_peer());
    CHECK(wire.server.closed_by_peer());
  }
}

TEST_CASE("wire_tap: either side may leave", "[wire_tap]") {
  rig wire;
  SECTION("the client, after its last words") {
    wire.client.send(typed('X'));
    wire.client.close();
    CHECK(wire.server.receive(6) == typed('X'));
  }
  SECTION("the server, after its last words") {
    wire.server.send(typed('E', "shutdown"));
    wire.server.close();
    CHECK(wire.client.receive(100) == typed('E', "shutdown"));
  }
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

TEST_CASE("wire_tap: a copy has an answer at each end", "[wire_tap]") {
  rig wire;
  const std::string copy_in = typed('G', "012");
  std::string end = typed('c');
  SECTION("begun by a query") { wire.client_sends(typed('Q', "COPY")); }
  SECTION("begun by an extended query") {
    wire.client_sends(typed('E') + typed('S'));
    end += typed('S');
  }
  wire.server_sends(copy_in);
  wire.client_sends(typed('d', "data") + end);
  wire.server_sends(typed('C', "COPY 1") + ready);
  wire.tap.cut_before_next_reply();
  wire.client_sends(typed('Q', "x"));
  wire.server.send(typed('C', "x") + ready);
  CHECK(wire.client.closed_by_peer());
}

TEST_CASE("wire_tap: the end of an extended copy can lose its answer", "[wire_tap]") {
  rig wire;
  wire.client_sends(typed('E') + typed('S'));
  wire.server_sends(typed('G', "012"));
  wire.tap.cut_before_next_reply();
  wire.client_sends(typed('d', "data") + typed('c') + typed('S'));
  REQUIRE(wire.counted(2));
  wire.server.send(typed('C', "COPY 1") + ready);
  CHECK(wire.client.closed_by_peer());
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

TEST_CASE("wire_tap: clients beyond the bound are closed, and room is made again", "[wire_tap]") {
  fake_server server;
  const wire_tap tap(server.url());
  std::vector<socket_end> clients;
  for (std::size_t i = 0; i < wire_tap::max_connections; ++i) clients.push_back(raw_client(tap));
  REQUIRE(eventually([&] { return tap.connections() == wire_tap::max_connections; }));
  CHECK(raw_client(tap).closed_by_peer());
  clients.clear();
  CHECK(eventually([&] {
    socket_end client = raw_client(tap);
    return client.silent();
  }));
}

TEST_CASE("wire_tap: its end closes all connections and leaves no directory", "[wire_tap][timed]") {
  fake_server server;
  auto tap = std::make_unique<wire_tap>(server.url());
  const std::string directory = parsed(tap->url()).at("host");
  socket_end first = raw_client(*tap);
  socket_end second = raw_client(*tap);
  REQUIRE(eventually([&] { return tap->connections() == 2; }));
  REQUIRE(std::filesystem::exists(directory));
  const auto began = std::chrono::steady_clock::now();
  tap = nullptr;
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(1));
  CHECK(first.closed_by_peer());
  CHECK(second.closed_by_peer());
  CHECK_FALSE(std::filesystem::exists(directory));
}

TEST_CASE("wire_tap: libpq's round trips are counted", "[wire_tap][postgres]") {
  const char* const url = postgresql_url();
  if (url == nullptr) return;
  wire_tap tap(url);
  const connection tapped = connect(tap.url());
  CHECK(tap.connections() == 1);
  CHECK(tap.startups() == 1);
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
  CHECK(tap.startups() == 1);
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

TEST_CASE("wire_tap: copies through libpq pass and stay in step", "[wire_tap][postgres]") {
  const char* const url = postgresql_url();
  if (url == nullptr) return;
  const connection direct = connect(url);
  const shared_table table(direct);
  wire_tap tap(url);
  const connection tapped = connect(tap.url());
  const std::string copy = "COPY " + table.name() + " FROM STDIN";
  std::size_t expected = 1;
  SECTION("simple") { exec(tapped, copy); }
  SECTION("extended") {
    const result begun(
        PQexecParams(tapped.get(), copy.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0),
        PQclear);
    expected = 2;
  }
  REQUIRE(PQputCopyData(tapped.get(), "x\ny\n", 4) == 1);
  REQUIRE(PQputCopyEnd(tapped.get(), nullptr) == 1);
  const result copied(PQgetResult(tapped.get()), PQclear);
  CHECK(PQresultStatus(copied.get()) == PGRES_COMMAND_OK);
  CHECK(PQgetResult(tapped.get()) == nullptr);
  CHECK(table.rows() == "2");
  CHECK(tap.round_trips() == expected);
  tap.cut_before_next_reply();
  exec(tapped, "DELETE FROM " + table.name());
  CHECK(PQstatus(tapped.get()) == CONNECTION_BAD);
  CHECK(table.rows() == "0");
}
