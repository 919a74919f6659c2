// SPDX-License-Identifier: Apache-2.0
#include "persistence/sealing/cipher.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::persistence;

namespace {

// 0, 1, 2 … 31
workflow_key counted_key() {
  std::array<std::uint8_t, workflow_key::size> octets{};
  std::iota(octets.begin(), octets.end(), std::uint8_t{0});
  return workflow_key{octets};
}

}  // namespace

TEST_CASE("cipher: what is sealed is read with its key and at its place alone") {
  const workflow_key key = workflow_key::random();
  for (const std::size_t size : {0u, 1u, 2u, 3u, 15u, 16u, 17u, 100u, 100'000u}) {
    CAPTURE(size);
    std::string plain(size, '\0');
    for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<char>(i * 7);
    const std::string sealed = sealed_text(key, plain, "workflow_event.event_data/7");
    CHECK(is_sealed_text(sealed));
    CHECK(unsealed(key, sealed, "workflow_event.event_data/7") == plain);
    CHECK_FALSE(unsealed(key, sealed, "workflow_event.event_data/8"));
    CHECK_FALSE(unsealed(key, sealed, ""));
    CHECK_FALSE(unsealed(workflow_key::random(), sealed, "workflow_event.event_data/7"));
  }
}

TEST_CASE("cipher: the same text is sealed differently each time") {
  const workflow_key key = workflow_key::random();
  std::set<std::string> all;
  for (int i = 0; i < 1'000; ++i) all.insert(sealed_text(key, "the same", "there"));
  CHECK(all.size() == 1'000);
}

TEST_CASE("cipher: a changed character makes it unreadable") {
  // Each text has other characters.
  for (int round = 0; round < 30; ++round) {
    const workflow_key key = workflow_key::random();
    const std::string sealed = sealed_text(key, "an amount of 1000", "place");
    for (std::size_t at = 0; at < sealed.size(); ++at)
      for (const char other : {'A', '/', '=', ' ', '\n', '\0'}) {
        if (sealed[at] == other) continue;
        std::string changed = sealed;
        changed[at] = other;
        if (!unsealed(key, changed, "place")) continue;
        CAPTURE(at, int{other});
        FAIL_CHECK("it was read");
      }
    for (std::size_t size = 0; size < sealed.size(); ++size)
      CHECK_FALSE(unsealed(key, sealed.substr(0, size), "place"));
    CHECK_FALSE(unsealed(key, sealed + "AAAA", "place"));
  }
}

// By the cryptography package of Python: AESGCM(bytes(range(32))).encrypt(bytes(range(100, 112)),
// b'{"amount":100}', b'workflow_memory.params/').
TEST_CASE("cipher: another implementation has sealed this") {
  CHECK(unsealed(counted_key(), "1:ZGVmZ2hpamtsbW5vMzm/CxacOOocWG7Y6hg4X2gsq3OwVFI36WninVWW",
                 "workflow_memory.params/") == R"({"amount":100})");
}

TEST_CASE("cipher: two keys differ") {
  const workflow_key one = workflow_key::random(), other = workflow_key::random();
  CHECK_FALSE(std::ranges::equal(one.octets(), other.octets()));
}
