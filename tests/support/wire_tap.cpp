// SPDX-License-Identifier: Apache-2.0

#include "support/wire_tap.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <list>
#include <memory>
#include <span>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "support/databases.hpp"
#include "support/packet_scanner.hpp"
#include "support/tap_address.hpp"

namespace nava::test {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} * 1024;
constexpr int listen_backlog = 64;
constexpr int retry_ms = 10;
constexpr std::chrono::seconds connect_timeout{5};

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

enum class fault { none, before_request, inside_request, before_reply, inside_reply, silence };

struct shared_state {
  std::atomic<std::size_t> round_trips = 0;
  std::atomic<std::size_t> connections = 0;
  std::atomic<fault> armed = fault::none;
  std::atomic<std::size_t> pass_first = 0;  // requests before an inside_reply
  std::atomic<bool> silent = false;

  void arm(fault what, std::size_t passing = 0) { pass_first = passing, armed = what; }
  bool spring(fault expected) {
    if (armed == expected && pass_first > 0) return pass_first--, false;
    return armed.compare_exchange_strong(expected, fault::none);
  }
};

bool stopped_within(int stop, int milliseconds) {
  pollfd polled{stop, POLLIN, 0};
  return ::poll(&polled, 1, milliseconds) > 0;
}

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

  // Of a connection that ends here.
  void send_half_of_segment() {
    (void)::send(to_, data_.data() + begin_, current_.bytes / 2, MSG_DONTWAIT | MSG_NOSIGNAL);
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
    if (state_.silent) return !stopped_within(stop_, retry_ms);
    pollfd polled[] = {{stop_, POLLIN, 0},
                       wanted(client_, can_read_requests(), !replies_.empty()),
                       wanted(server_, replies_.empty(), !requests_.empty())};
    if (::poll(polled, std::size(polled), -1) < 0) return errno == EINTR;
    if (polled[0].revents != 0) return false;
    if (state_.silent) return true;
    if (can_read_requests() && polled[1].revents != 0 && !requests_.read()) return false;
    if (!forward_requests()) return false;
    if (state_.silent) return true;
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
    const bool requesting = kind == packet::request || requests_.scanner().in_request();
    if (!requesting) return true;
    if (state_.spring(fault::inside_request)) {
      requests_.send_half_of_segment();
      return false;
    }
    return !state_.spring(fault::before_request);
  }

  void request_sent(packet kind) {
    if (kind == packet::startup) ++answers_due_;
    if (kind != packet::request) return;
    // Counted last: whoever sees the count may arm a fault and means the request after this one.
    halving_ = state_.spring(fault::inside_reply);
    cutting_ = halving_ || state_.spring(fault::before_reply);
    if (!cutting_) ++answers_due_;
    if (state_.spring(fault::silence)) state_.silent = true;
    ++state_.round_trips;
  }

  bool forward_replies() {
    while (!replies_.empty()) {
      if (replies_.at_segment_start() && replies_.next_segment() == packet::malformed) return false;
      const packet kind = replies_.segment_kind();
      if (cutting_ && answers_due_ == 0) {
        if (kind == packet::answer_end) {
          if (halving_) replies_.send_half_of_segment();
          return false;
        }
        if (!halving_) {
          replies_.skip_segment();
          continue;
        }
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
  bool cutting_ = false;  // with the answer to come
  bool halving_ = false;  // of which the first half passes
};

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
  explicit acceptor(const connection_options& set)
      : servers_(server_addresses(set, take_options(::PQconndefaults()))),
        url_(tapped_url(set, directory_.path().string())),
        stop_(make_stop_event()),
        listener_(listen_at(unix_address(directory_.path().string(), tap_port))),
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
std::size_t wire_tap::connections() const { return acceptor_->state().connections; }

void wire_tap::reset() {
  shared_state& state = acceptor_->state();
  state.arm(fault::none);
  state.round_trips = 0;
  state.connections = 0;
}

void wire_tap::cut_before_next_reply() { acceptor_->state().arm(fault::before_reply); }
void wire_tap::cut_before_next_request() { acceptor_->state().arm(fault::before_request); }
void wire_tap::cut_inside_next_request() { acceptor_->state().arm(fault::inside_request); }
void wire_tap::cut_inside_next_reply() { acceptor_->state().arm(fault::inside_reply); }
void wire_tap::cut_inside_reply_after(std::size_t requests) {
  acceptor_->state().arm(fault::inside_reply, requests);
}

void wire_tap::fall_silent() { acceptor_->state().silent = true; }
void wire_tap::fall_silent_before_next_reply() { acceptor_->state().arm(fault::silence); }
void wire_tap::speak() { acceptor_->state().silent = false; }

}  // namespace nava::test
