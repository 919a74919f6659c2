// SPDX-License-Identifier: Apache-2.0

#include "support/wire_tap.hpp"

#include <libpq-fe.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace nava::test {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} * 1024;
constexpr std::uint32_t max_startup_bytes = 10'000;
constexpr std::size_t max_addresses = 8;
constexpr int listen_backlog = 64;
constexpr int retry_ms = 10;
constexpr std::chrono::seconds connect_timeout{5};
constexpr std::string_view tap_port = "5432";
constexpr std::string_view default_host = "/var/run/postgresql";
constexpr std::string_view default_port = "5432";

[[noreturn]] void fail_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class unique_fd {
 public:
  explicit unique_fd(int fd = -1) noexcept : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~unique_fd() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

class temporary_directory {
 public:
  temporary_directory() {
    std::string path = (std::filesystem::temp_directory_path() / "nava-tap-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) fail_errno("wire_tap: mkdtemp");
    path_ = path;
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

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

using options = std::map<std::string, std::string>;

options take_options(PQconninfoOption* list) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> owner(list,
                                                                             ::PQconninfoFree);
  options result;
  for (const PQconninfoOption* at = list; at != nullptr && at->keyword != nullptr; ++at) {
    if (at->val != nullptr) result.emplace(at->keyword, at->val);
  }
  return result;
}

options parse_url(const std::string& url) {
  char* error = nullptr;
  PQconninfoOption* list = ::PQconninfoParse(url.c_str(), &error);
  const std::unique_ptr<char, void (*)(void*)> owner(error, ::PQfreemem);
  if (list == nullptr) {
    throw std::invalid_argument(std::string("wire_tap: ") + (error ? error : "out of memory"));
  }
  return take_options(list);
}

std::string option_or(const options& set, const options& defaults, const std::string& key,
                      std::string_view otherwise) {
  if (const auto at = set.find(key); at != set.end() && !at->second.empty()) return at->second;
  if (set.contains(key)) return std::string(otherwise);
  if (const auto at = defaults.find(key); at != defaults.end() && !at->second.empty()) {
    return at->second;
  }
  return std::string(otherwise);
}

std::vector<address> server_addresses(const options& set, const options& defaults) {
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

std::string tapped_url(options set, const std::string& directory) {
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

enum class packet {
  other,
  startup,
  negotiation,
  cancel,
  request,
  copy_end,
  copy_sync,
  answer_end,
  malformed
};

constexpr bool is_startup(packet kind) {
  return kind == packet::startup || kind == packet::negotiation || kind == packet::cancel;
}

constexpr bool is_round_trip(packet kind) {
  return kind == packet::request || kind == packet::copy_sync;
}

struct segment {
  std::size_t bytes = 0;
  packet ends_in = packet::other;
};

std::uint32_t big_endian(const unsigned char* from) {
  return std::uint32_t{from[0]} << 24 | std::uint32_t{from[1]} << 16 | std::uint32_t{from[2]} << 8 |
         std::uint32_t{from[3]};
}

// Follows packet boundaries in one direction of a connection, however the bytes are cut up.
class packet_scanner {
 public:
  enum class side { client, server };

  explicit packet_scanner(side from)
      : from_(from), header_bytes_(from == side::client ? startup_header : typed_header) {}

  // Takes bytes up to the end of the first packet that matters (any kind but `other`), or all.
  segment take(std::span<const char> bytes) {
    std::size_t used = 0;
    while (used < bytes.size()) {
      if (bare_answer_due_) {
        bare_answer_due_ = false;
        ++used;
        continue;
      }
      used += advance(bytes.subspan(used));
      if (broken_) return {used, packet::malformed};
      if (have_ < header_bytes_ || body_left_ > 0) continue;
      const packet kind = finish_packet();
      if (kind != packet::other) return {used, kind};
    }
    return {used, packet::other};
  }

  // Whether the bytes taken end within a request.
  bool in_request() const { return header_bytes_ == typed_header && have_ > 0 && is_request(); }

  // The server answers a request for encryption by one byte that is no packet.
  void expect_bare_answer() { bare_answer_due_ = true; }

 private:
  static constexpr std::size_t startup_header = 8;
  static constexpr std::size_t typed_header = 5;
  static constexpr std::uint32_t cancel_code = 80877102;
  static constexpr std::uint32_t ssl_code = 80877103;
  static constexpr std::uint32_t gssenc_code = 80877104;

  bool is_request() const {
    return from_ == side::client && (header_[0] == 'Q' || header_[0] == 'S' || header_[0] == 'F');
  }

  static bool is_copy_end(unsigned char type) { return type == 'c' || type == 'f'; }

  // ReadyForQuery; or CopyInResponse and CopyBothResponse, after which the server awaits data.
  bool is_answer_end() const { return header_[0] == 'Z' || header_[0] == 'G' || header_[0] == 'W'; }

  std::size_t advance(std::span<const char> bytes) {
    if (have_ == header_bytes_) {
      const std::size_t count = std::min(body_left_, bytes.size());
      body_left_ -= count;
      return count;
    }
    const std::size_t count = std::min(header_bytes_ - have_, bytes.size());
    std::memcpy(header_.data() + have_, bytes.data(), count);
    have_ += count;
    if (have_ == header_bytes_) read_length();
    return count;
  }

  void read_length() {
    const bool typed = header_bytes_ == typed_header;
    const std::uint32_t length = big_endian(header_.data() + (typed ? 1 : 0));
    const std::uint32_t least = typed ? 4 : startup_header;
    broken_ = length < least || (!typed && length > max_startup_bytes);
    body_left_ = broken_ ? 0 : length - least;
  }

  packet finish_packet() {
    have_ = 0;
    if (header_bytes_ == startup_header) return finish_startup();
    const auto before = std::exchange(previous_type_, header_[0]);
    if (from_ == side::server) return is_answer_end() ? packet::answer_end : packet::other;
    if (is_copy_end(header_[0])) return packet::copy_end;
    if (header_[0] == 'S' && is_copy_end(before)) return packet::copy_sync;
    return is_request() ? packet::request : packet::other;
  }

  packet finish_startup() {
    const std::uint32_t code = big_endian(header_.data() + 4);
    if (code == cancel_code) return packet::cancel;
    if (code == ssl_code || code == gssenc_code) return packet::negotiation;
    header_bytes_ = typed_header;
    return packet::startup;
  }

  side from_;
  std::size_t header_bytes_;
  std::array<unsigned char, startup_header> header_{};
  std::size_t have_ = 0;
  std::size_t body_left_ = 0;
  unsigned char previous_type_ = 0;
  bool bare_answer_due_ = false;
  bool broken_ = false;
};

enum class fault { none, before_request, before_reply };

struct shared_state {
  std::atomic<std::size_t> round_trips = 0;
  std::atomic<std::size_t> startups = 0;
  std::atomic<std::size_t> connections = 0;
  std::atomic<fault> armed = fault::none;

  bool spring(fault expected) { return armed.compare_exchange_strong(expected, fault::none); }
};

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// One direction of a connection: a chunk that was read and how far it has been passed on. The next
// chunk is read when this one is gone, which is what bounds the memory.
class lane {
 public:
  lane(int from, int to, packet_scanner::side side) : from_(from), to_(to), scanner_(side) {}

  bool empty() const { return begin_ == end_; }
  bool at_segment_start() const { return current_.bytes == 0; }
  packet_scanner& scanner() { return scanner_; }
  void drop() { begin_ = end_; }

  // Returns false when the sender has gone.
  bool read() {
    const ssize_t count = ::recv(from_, data_.data(), data_.size(), MSG_DONTWAIT);
    if (count < 0) return would_block();
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
    return count > 0;
  }

  packet next_segment() {
    current_ = scanner_.take(std::span(data_).subspan(begin_, end_ - begin_));
    return current_.ends_in;
  }

  enum class sent { all, part, failed };

  sent send_segment() {
    const ssize_t count =
        ::send(to_, data_.data() + begin_, current_.bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) return would_block() ? sent::part : sent::failed;
    skip(static_cast<std::size_t>(count));
    return current_.bytes == 0 ? sent::all : sent::part;
  }

  void skip_segment() { skip(current_.bytes); }
  packet segment_kind() const { return current_.ends_in; }

 private:
  void skip(std::size_t count) {
    begin_ += count;
    current_.bytes -= count;
  }

  int from_;
  int to_;
  packet_scanner scanner_;
  std::array<char, chunk_bytes> data_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  segment current_;
};

// A client joined to the server, until either leaves, a fault springs or `stop` is readable.
class relay {
 public:
  relay(int client, int server, int stop, shared_state& state)
      : client_(client),
        server_(server),
        stop_(stop),
        state_(state),
        requests_(client, server, packet_scanner::side::client),
        replies_(server, client, packet_scanner::side::server) {}

  void run() {
    while (turn()) {
    }
  }

 private:
  bool turn() {
    pollfd polled[] = {{stop_, POLLIN, 0},
                       wanted(client_, can_read_requests(), !replies_.empty()),
                       wanted(server_, replies_.empty(), !requests_.empty())};
    if (::poll(polled, std::size(polled), -1) < 0) return errno == EINTR;
    if (polled[0].revents != 0) return false;
    if (can_read_requests() && polled[1].revents != 0 && !requests_.read()) return false;
    if (!forward_requests()) return false;
    if (replies_.empty() && polled[2].revents != 0 && !replies_.read()) return false;
    return forward_replies();
  }

  // A socket with nothing to wait for is left out altogether, or its hang-up would make poll spin.
  static pollfd wanted(int fd, bool read, bool write) {
    const int events = (read ? POLLIN : 0) | (write ? POLLOUT : 0);
    return {events == 0 ? -1 : fd, static_cast<short>(events), 0};
  }

  bool can_read_requests() const { return requests_.empty() && !cutting_; }

  bool forward_requests() {
    while (!requests_.empty()) {
      if (requests_.at_segment_start() && !admit_request()) return false;
      const lane::sent sent = requests_.send_segment();
      if (sent != lane::sent::all) return sent == lane::sent::part;
      request_sent(requests_.segment_kind());
      if (cutting_) requests_.drop();
    }
    return true;
  }

  bool admit_request() {
    const packet kind = requests_.next_segment();
    if (kind == packet::malformed) return false;
    const bool requesting = is_round_trip(kind) || requests_.scanner().in_request();
    return !requesting || !state_.spring(fault::before_request);
  }

  void request_sent(packet kind) {
    if (is_startup(kind)) ++state_.startups;
    if (kind == packet::negotiation) replies_.scanner().expect_bare_answer();
    if (kind == packet::startup || kind == packet::copy_end) ++answers_due_;
    if (!is_round_trip(kind)) return;
    // The end of a copy and the Sync behind it share one answer: the Sync ahead of it was
    // swallowed.
    if (kind == packet::copy_sync && answers_due_ > 0) --answers_due_;
    // Counted last: whoever sees the count may arm a fault and means the request after this one.
    cutting_ = state_.spring(fault::before_reply);
    if (!cutting_) ++answers_due_;
    ++state_.round_trips;
  }

  bool forward_replies() {
    while (!replies_.empty()) {
      if (replies_.at_segment_start() && replies_.next_segment() == packet::malformed) return false;
      const packet kind = replies_.segment_kind();
      if (cutting_ && answers_due_ == 0) {
        if (kind == packet::answer_end) return false;
        replies_.skip_segment();
        continue;
      }
      const lane::sent sent = replies_.send_segment();
      if (sent != lane::sent::all) return sent == lane::sent::part;
      if (kind == packet::answer_end && answers_due_ > 0) --answers_due_;
    }
    return true;
  }

  int client_;
  int server_;
  int stop_;
  shared_state& state_;
  lane requests_;
  lane replies_;
  std::size_t answers_due_ = 0;
  bool cutting_ = false;
};

bool stopped_within(int stop, int milliseconds) {
  pollfd polled{stop, POLLIN, 0};
  return ::poll(&polled, 1, milliseconds) > 0;
}

// Returns whether a connection under way on `fd` was made.
bool finish_connect(int fd, int stop) {
  pollfd polled[] = {{stop, POLLIN, 0}, {fd, POLLOUT, 0}};
  const auto wait = std::chrono::milliseconds(connect_timeout);
  if (::poll(polled, std::size(polled), static_cast<int>(wait.count())) <= 0) return false;
  if (polled[0].revents != 0) return false;
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0;
}

unique_fd connect_to(const address& server, int stop) {
  unique_fd fd(::socket(server.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fd;
  if (server.storage.ss_family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  const auto deadline = std::chrono::steady_clock::now() + connect_timeout;
  while (::connect(fd.get(), server.get(), server.length) != 0) {
    if (errno == EINPROGRESS || errno == EINTR) {
      return finish_connect(fd.get(), stop) ? std::move(fd) : unique_fd();
    }
    // A unix-domain listener whose backlog is full says EAGAIN and offers nothing to wait on.
    const bool again = errno == EAGAIN && std::chrono::steady_clock::now() < deadline;
    if (!again || stopped_within(stop, retry_ms)) return unique_fd();
  }
  return fd;
}

unique_fd connect_to_any(const std::vector<address>& servers, int stop) {
  for (const address& server : servers) {
    if (unique_fd fd = connect_to(server, stop)) return fd;
  }
  return unique_fd();
}

unique_fd listen_at(const address& at) {
  unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) fail_errno("wire_tap: socket");
  if (::bind(fd.get(), at.get(), at.length) != 0) fail_errno("wire_tap: bind");
  if (::listen(fd.get(), listen_backlog) != 0) fail_errno("wire_tap: listen");
  return fd;
}

unique_fd make_stop_event() {
  unique_fd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) fail_errno("wire_tap: eventfd");
  return fd;
}

}  // namespace

class wire_tap::acceptor {
 public:
  explicit acceptor(const options& set)
      : servers_(server_addresses(set, take_options(::PQconndefaults()))),
        url_(tapped_url(set, directory_.path())),
        stop_(make_stop_event()),
        listener_(listen_at(unix_address(directory_.path(), tap_port))),
        thread_([this] { run(); }) {}

  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;

  ~acceptor() {
    // Never read back, so that it stays readable to every thread.
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
  }

  const std::string& url() const { return url_; }
  shared_state& state() { return state_; }

 private:
  struct session {
    std::atomic<bool> done = false;
    std::jthread thread;
  };

  void run() {
    pollfd polled[] = {{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (;;) {
      if (::poll(polled, std::size(polled), -1) < 0 && errno != EINTR) return;
      if (polled[0].revents != 0) break;
      accept_one();
    }
    sessions_.clear();
  }

  void accept_one() {
    unique_fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) {
      // Out of descriptors, most likely: the listener stays readable, so wait a little.
      if (!would_block()) stopped_within(stop_.get(), retry_ms);
      return;
    }
    sessions_.remove_if([](const session& each) { return each.done.load(); });
    if (sessions_.size() >= max_connections) return;
    session& added = sessions_.emplace_back();
    try {
      added.thread = std::jthread([this, &added, fd = std::move(client)]() mutable {
        serve(std::move(fd));
        added.done = true;
      });
    } catch (const std::system_error&) {
      sessions_.pop_back();
    }
  }

  void serve(unique_fd client) {
    const unique_fd server = connect_to_any(servers_, stop_.get());
    if (!server) return;
    ++state_.connections;
    relay(client.get(), server.get(), stop_.get(), state_).run();
  }

  temporary_directory directory_;
  std::vector<address> servers_;
  std::string url_;
  unique_fd stop_;
  unique_fd listener_;
  shared_state state_;
  std::list<session> sessions_;
  std::thread thread_;
};

wire_tap::wire_tap(const std::string& postgres_url)
    : acceptor_(std::make_unique<acceptor>(parse_url(postgres_url))) {}

wire_tap::~wire_tap() = default;

std::string wire_tap::url() const { return acceptor_->url(); }

std::size_t wire_tap::round_trips() const { return acceptor_->state().round_trips; }

std::size_t wire_tap::startups() const { return acceptor_->state().startups; }

std::size_t wire_tap::connections() const { return acceptor_->state().connections; }

void wire_tap::reset() {
  shared_state& state = acceptor_->state();
  state.armed = fault::none;
  state.round_trips = 0;
  state.startups = 0;
  state.connections = 0;
}

void wire_tap::cut_before_next_reply() { acceptor_->state().armed = fault::before_reply; }

void wire_tap::cut_before_next_request() { acceptor_->state().armed = fault::before_request; }

}  // namespace nava::test
