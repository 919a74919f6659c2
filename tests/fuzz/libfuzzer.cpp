// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "fuzz/targets.hpp"

// NAVA_FUZZ_TARGET names the reader.

namespace {

const nava::test::fuzz_target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* const name = std::getenv("NAVA_FUZZ_TARGET");
  std::string names;
  for (const auto& each : nava::test::fuzz_targets()) {
    names.append(names.empty() ? "" : ", ").append(each.name);
    if (name != nullptr && each.name == name) chosen = &each;
  }
  if (chosen != nullptr) return 0;
  std::fprintf(stderr, "NAVA_FUZZ_TARGET is one of %s\n", names.c_str());
  std::exit(EXIT_FAILURE);
}

// An exception that reaches it is a finding.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  chosen->run({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
