// SPDX-License-Identifier: Apache-2.0
#include "support/own_server.hpp"

#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "support/skip.hpp"

namespace nava::test {
namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::string_view user_of_root = "postgres";  // a server refuses to run as root

// Where Debian puts them: those of Debian 12, which scripts/private_server.sh prefers too, else the
// newest. Empty where there are none.
std::filesystem::path programs() {
  std::filesystem::path found{"/usr/lib/postgresql/15/bin"};
  if (std::filesystem::exists(found / "postgres")) return found;
  found.clear();
  int newest = 0;
  std::error_code ignored;
  for (const auto& version : std::filesystem::directory_iterator{"/usr/lib/postgresql", ignored}) {
    const int number = std::atoi(version.path().filename().c_str());
    if (number <= newest || !std::filesystem::exists(version.path() / "bin/postgres")) continue;
    newest = number;
    found = version.path() / "bin";
  }
  return found;
}

// One that nobody listens at now.
int free_port() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const int asked = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool is_found = asked != -1 &&
                        ::bind(asked, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                        ::getsockname(asked, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(asked);
  if (!is_found) throw std::runtime_error{"no port of 127.0.0.1 is free"};
  return ntohs(address.sin_port);
}

const passwd* server_user() { return ::getpwnam(std::string{user_of_root}.c_str()); }

}  // namespace

bool own_server::available() {
  if (programs().empty()) {
    skip("no programs of a PostgreSQL server are in /usr/lib/postgresql");
    return false;
  }
  if (::geteuid() == 0 && server_user() == nullptr) {
    skip("root needs the user postgres to run a PostgreSQL server as");
    return false;
  }
  return true;
}

own_server::own_server(settings given) : settings_(std::move(given)) {
  if (::geteuid() != 0) return;
  const passwd* const user = server_user();
  if (user == nullptr || ::chown(host().c_str(), user->pw_uid, user->pw_gid) != 0)
    throw std::runtime_error{"cannot give " + host() + " to postgres"};
}

// A server that is killed leaves its shared memory behind.
own_server::~own_server() {
  try {
    if (server_ != nullptr) end_at_once();
  } catch (const std::exception&) {
    // The program's own end kills it.
  }
}

std::unique_ptr<program> own_server::run(const std::string& name,
                                         std::vector<std::string> arguments) const {
  // A server must not outlive the case, however that ends; and its user can look into no directory
  // but its own.
  std::vector<std::string> all{"--pdeathsig=QUIT"};
  if (::geteuid() == 0)
    for (const char* const option : {"--reuid=", "--regid="})
      all.push_back(option + std::string{user_of_root});
  if (::geteuid() == 0) all.push_back("--init-groups");
  all.insert(all.end(), {"env", "--chdir=" + host(), programs() / name});
  all.insert(all.end(), std::make_move_iterator(arguments.begin()),
             std::make_move_iterator(arguments.end()));
  program::environment disk;
  if (disk_fills_) disk = {{"LD_PRELOAD", full_disk_library()}, {"NAVA_FULL_DISK", full_mark()}};
  return std::make_unique<program>("/usr/bin/setpriv", std::move(all), disk);
}

void own_server::run_to_end(const std::string& name, std::vector<std::string> arguments) const {
  const auto ended = run(name, std::move(arguments))->wait();
  if (ended.exit_code != 0) throw std::runtime_error{name + ": " + ended.err};
}

void own_server::make() {
  run_to_end("initdb", {"--pgdata=" + data(), "--username=nava", "--auth=trust", "--encoding=UTF8",
                        "--locale=C.UTF-8", "--no-sync"});
  begin();
  // A replica that it is to wait for is made later.
  raw_postgresql("postgresql:///postgres?user=nava&options=-c%20synchronous_commit%3Dlocal&host=" +
                     host() + port_of_url(),
                 "public")
      ->run("CREATE DATABASE nava_test");
}

void own_server::listen() {
  port_ = free_port();
  settings_.emplace_back("listen_addresses=127.0.0.1");
}

std::filesystem::path own_server::encrypt_as(const std::string& name) {
  const std::string certificate = host() + "/" + name + ".crt", key = host() + "/" + name + ".key";
  run_to_end("/usr/bin/openssl",
             {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
              "-days", "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name,
              "-keyout", key, "-out", certificate});
  const auto session = raw();
  session->run("ALTER SYSTEM SET ssl_cert_file = '" + certificate + "'");
  session->run("ALTER SYSTEM SET ssl_key_file = '" + key + "'");
  session->run("ALTER SYSTEM SET ssl = on");
  session->run("SELECT pg_reload_conf()");
  return certificate;
}

void own_server::make_replica_of(const own_server& primary) {
  std::filesystem::remove_all(data());
  run_to_end("pg_basebackup", {"--pgdata=" + data(), "--host=" + primary.host(), "--username=nava",
                               "--checkpoint=fast", "--write-recovery-conf", "--no-sync"});
  begin();
}

void own_server::begin() {
  // The machine of a test does not fail: what a server has written is there, synced or not.
  std::vector<std::string> arguments{"-D", data()};
  settings all{"listen_addresses=", "unix_socket_directories=" + host(), "fsync=off"};
  // A call that gives up while its commit waits for a replica leaves its session waiting.
  all.emplace_back("max_connections=500");
  all.emplace_back("port=" + std::to_string(port_));
  all.emplace_back("cluster_name=" + std::string{name});
  all.insert(all.end(), settings_.begin(), settings_.end());
  for (const auto& setting : all) arguments.insert(arguments.end(), {"-c", setting});
  server_ = run("postgres", std::move(arguments));
  await();
}

void own_server::await() {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!is_up()) {
    if (!server_->is_running() || std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error{"the server takes no sessions: " + server_->wait(patience).err};
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

void own_server::revive() {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (server_->is_running() && !is_up() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  server_->is_running() ? await() : begin();
}

// Its user may not look into the directory in which it was built.
void own_server::use_disk_that_fills() {
  std::filesystem::copy_file(NAVA_FULL_DISK_LIBRARY, full_disk_library());
  disk_fills_ = true;
}

void own_server::fill_disk() const { std::ofstream{full_mark()}; }

void own_server::free_disk() const { std::filesystem::remove(full_mark()); }

bool own_server::is_up() const {
  return PQping(("host=" + host() + " port=" + std::to_string(port_) + " dbname=postgres user=nava")
                    .c_str()) == PQPING_OK;
}

void own_server::stop(int signal) {
  server_->send(signal);
  (void)server_->wait(patience);
}

void own_server::end_at_once() { stop(SIGQUIT); }

void own_server::end() { stop(SIGINT); }

void own_server::promote() {
  if (raw()->value("SELECT pg_promote()") != "t") throw std::runtime_error{"no replica took over"};
}

std::string own_server::url_of(const std::string& hosts) {
  return "postgresql:///nava_test?user=nava&host=" + hosts;
}

std::string own_server::url_as(const std::string& name) const {
  return url_of(name) + "&hostaddr=127.0.0.1" + port_of_url();
}

std::string own_server::url_with(const own_server& other) const {
  return with_parameter(url_of(host() + "," + other.host()), "target_session_attrs=read-write");
}

std::unique_ptr<raw_session> own_server::raw(const std::string& schema) const {
  return raw_postgresql(url(), schema);
}

}  // namespace nava::test
