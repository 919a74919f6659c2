// SPDX-License-Identifier: Apache-2.0
#include "engine/tags.hpp"

#include <nava/nava.hpp>

#include "support/catch.hpp"
#include "support/decisions.hpp"

using namespace nava;
using namespace nava::engine;
using namespace nava::test::decisions;

TEST_CASE("tags: each is there once, and has a text that an index could have") {
  CHECK(with_tag({"a", 1}, "b") == json::array{"a", 1, "b"});
  CHECK(with_tag({"a", 1}, "a") == json::array{"a", 1});
  CHECK(refusal([] { (void)with_tag({}, ""); }) == "a tag has 1 to 256 bytes, this one has 0");
  CHECK(refusal([] { (void)with_tag({}, std::string(257, 'x')); }) ==
        "a tag has 1 to 256 bytes, this one has 257");
  json::array many;
  for (std::size_t i = 0; i < tags_max; ++i) many = with_tag(std::move(many), std::to_string(i));
  CHECK(refusal([&] { (void)with_tag(many, "one more"); }) ==
        "a workflow has at most 50 tags; take one away first");
  CHECK(with_tag(many, "7") == many);
}
