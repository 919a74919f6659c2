// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <future>
#include <nava/persistence/key_ring.hpp>
#include <nava/schema/text.hpp>

#include "support/files.hpp"
#include "support/key_rings.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

// A ring lies in a database of its own, which is gone afterwards.
class ring_in_file : private temporary_directory {
 public:
  static bool available() { return true; }
  [[nodiscard]] database_url url() const {
    return database_url{"sqlite:" + (path() / "keys.db").string()};
  }
  [[nodiscard]] std::unique_ptr<raw_session> raw() const { return raw_sqlite(url().location()); }
  static std::string table() { return "workflow_key"; }
};

class ring_on_server {
 public:
  static bool available() { return postgresql_url() != nullptr && needs_superuser(); }
  ring_on_server() { administrate("CREATE DATABASE " + name()); }
  ~ring_on_server() { administrate("DROP DATABASE " + name() + " WITH (FORCE)"); }
  [[nodiscard]] database_url url() const {
    return database_url{with_parameter(postgresql_url(), "dbname=" + name())};
  }
  [[nodiscard]] std::unique_ptr<raw_session> raw() const {
    return raw_postgresql(url().location(), "nava");
  }
  static std::string table() { return "nava.workflow_key"; }

 private:
  static std::string name() { return "nava_keys_" + std::to_string(::getpid()); }
  static void administrate(const std::string& sql) {
    raw_postgresql(postgresql_url(), "public")->run(sql);
  }
};

std::vector<uuid> ids(std::uint64_t from, std::uint64_t count) {
  std::vector<uuid> made;
  for (std::uint64_t i = 0; i < count; ++i) made.push_back(id_of(id_kind::workflow, from + i));
  return made;
}

bool are_same(const workflow_key& one, const workflow_key& other) {
  return std::ranges::equal(one.octets(), other.octets());
}

}  // namespace

#define RING_TEST_CASE(NAME) \
  TEMPLATE_TEST_CASE("key ring: " NAME, "[key_ring]", ring_in_file, ring_on_server)

RING_TEST_CASE("a key is made once, found by every ring on the database, and destroyed") {
  if (!TestType::available()) return;
  const TestType place;
  const auto ring = open_key_ring(place.url());
  const auto made = ring->make(ids(1, 3), {});
  CHECK_FALSE(are_same(made[0], made[1]));
  const auto again = open_key_ring(place.url())->make(ids(2, 3), {});
  CHECK(are_same(again[0], made[1]));
  CHECK(are_same(again[1], made[2]));
  const auto found = ring->find(ids(3, 3), {});
  CHECK(are_same(found[0].value(), made[2]));
  CHECK(are_same(found[1].value(), again[2]));
  CHECK_FALSE(found[2]);
  CHECK(ring->list(0s, std::nullopt, {}) == ids(1, 4));
  CHECK(ring->list(0s, id_of(id_kind::workflow, 2), {}) == ids(3, 2));
  CHECK(ring->list(1h, std::nullopt, {}).empty());
  CHECK(ring->destroy(ids(2, 9), 0s, {}) == 3);
  CHECK(ring->destroy(ids(2, 9), 0s, {}) == 0);
  CHECK(ring->list(0s, std::nullopt, {}) == ids(1, 1));
  CHECK_FALSE(ring->find(ids(2, 1), {})[0]);
  CHECK_FALSE(are_same(ring->make(ids(2, 1), {})[0], made[1]));
  CHECK(ring->destroy(ids(1, 2), 1h, {}) == 0);
}

RING_TEST_CASE("callers that come at once get the same keys") {
  if (!TestType::available()) return;
  const TestType place;
  std::vector<std::future<std::vector<workflow_key>>> callers;
  for (int i = 0; i < 8; ++i)
    callers.push_back(std::async(std::launch::async, [&, i] {
      auto wanted = ids(1, 200);
      if (i % 2 == 1) std::ranges::reverse(wanted);
      auto made = open_key_ring(place.url())->make(wanted, {});
      if (i % 2 == 1) std::ranges::reverse(made);
      return made;
    }));
  const auto first = callers.front().get();
  for (std::size_t i = 1; i < callers.size(); ++i) {
    const auto other = callers[i].get();
    CHECK(std::ranges::equal(first, other, are_same));
  }
}

RING_TEST_CASE("it is not kept where workflows are, and not made where one is expected") {
  if (!TestType::available()) return;
  const TestType place;
  const error missing = error_of([&] { (void)open_key_ring(place.url(), {.expect = true}); });
  CHECK(missing.kind() == error_kind::not_found);
  CHECK_THAT(missing.what(), Contains("nava migrate --keys"));
  (void)migrate(place.url());
  const error refused = error_of([&] { (void)open_key_ring(place.url()); });
  CHECK(refused.kind() == error_kind::invalid_input);
  CHECK_THAT(refused.what(), Contains("has workflows"));
}

RING_TEST_CASE("a key that is none is told, and too many at once are refused") {
  if (!TestType::available()) return;
  const TestType place;
  const auto ring = open_key_ring(place.url());
  (void)ring->make(ids(1, 1), {});
  place.raw()->run("UPDATE " + TestType::table() + " SET secret = 'zz'");
  CHECK(error_of([&] { (void)ring->find(ids(1, 1), {}); }).kind() == error_kind::other);
  const auto many = ids(1, keys_at_once_max + 1);
  CHECK(error_of([&] { (void)ring->find(many, {}); }).kind() == error_kind::invalid_input);
  CHECK(error_of([&] { (void)ring->make(many, {}); }).kind() == error_kind::invalid_input);
  CHECK(error_of([&] { (void)ring->destroy(many, 0s, {}); }).kind() == error_kind::invalid_input);
}

TEST_CASE("key ring: a file is its owner's alone, and keeps no destroyed key") {
  const ring_in_file place;
  const auto ring = open_key_ring(place.url());
  const std::filesystem::path file = place.url().location();
  using std::filesystem::perms;
  CHECK((std::filesystem::status(file).permissions() & perms::mask) ==
        (perms::owner_read | perms::owner_write));
  const auto made = ring->make(ids(1, 50), {});
  std::string hex;
  for (const std::uint8_t octet : made.front().octets()) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex += {digits[octet >> 4], digits[octet & 15]};
  }
  const auto is_on_disk = [&] {
    for (const char* suffix : {"", "-wal"}) {
      const std::filesystem::path each = file.string() + suffix;
      if (std::filesystem::exists(each) && content_of(each).find(hex) != std::string::npos)
        return true;
    }
    return false;
  };
  CHECK(is_on_disk());
  {
    const auto reader = place.raw();
    reader->run("BEGIN");
    (void)reader->run("SELECT count(*) FROM workflow_key");
    const error held = error_of([&] { (void)ring->destroy(ids(1, 1), 0s, deadline::in(100ms)); });
    CHECK(held.kind() == error_kind::contention);
    CHECK_THAT(held.what(), Contains("a copy of them stays"));
    reader->run("COMMIT");
  }
  CHECK(ring->destroy(ids(1, 1), 0s, {}) == 0);
  CHECK_FALSE(is_on_disk());
  std::filesystem::permissions(file, perms::group_read, std::filesystem::perm_options::add);
  CHECK(error_of([&] { (void)open_key_ring(place.url()); }).kind() == error_kind::invalid_input);
}

TEST_CASE("key ring: a role that may make no table uses the one that is there") {
  if (!ring_on_server::available()) return;
  const ring_on_server place;
  (void)open_key_ring(place.url());
  const auto raw = place.raw();
  raw->run("DROP ROLE IF EXISTS nava_test_keys");
  raw->run("CREATE ROLE nava_test_keys");
  raw->run("GRANT USAGE ON SCHEMA nava TO nava_test_keys");
  raw->run("GRANT SELECT, INSERT, UPDATE, DELETE ON nava.workflow_key TO nava_test_keys");
  {
    const auto ring = open_key_ring(
        database_url{with_parameter(place.url().location(), "options=-crole%3Dnava_test_keys")});
    CHECK(ring->make(ids(1, 1), {}).size() == 1);
    CHECK(ring->destroy(ids(1, 1), 0s, {}) == 1);
  }
  raw->run("DROP OWNED BY nava_test_keys");
  raw->run("DROP ROLE nava_test_keys");
}
