// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/targets.hpp"
#include "support/catch.hpp"

using namespace nava::test;

namespace {

constexpr std::chrono::seconds time_of_each{10};
constexpr int inputs_at_once = 100;
constexpr std::size_t bytes_max = 4'096;

std::vector<std::string> corpus_of(std::string_view target) {
  std::vector<std::string> all;
  const auto folder = std::filesystem::path{NAVA_FUZZ_CORPUS} / target;
  std::vector<std::filesystem::path> files;
  for (const auto& each : std::filesystem::directory_iterator{folder}) files.push_back(each.path());
  std::ranges::sort(files);
  for (const auto& each : files) {
    std::ifstream in{each, std::ios::binary};
    all.emplace_back(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
  }
  return all;
}

// What libFuzzer does without looking at the code: some changes of something known.
class mutator {
 public:
  explicit mutator(std::vector<std::string> corpus) : corpus_(std::move(corpus)) {}

  std::string next() {
    std::string input = any_of(corpus_);
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(input);
    input.resize(std::min(input.size(), bytes_max));
    return input;
  }

 private:
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_);
  }
  const std::string& any_of(const std::vector<std::string>& of) { return of[below(of.size())]; }

  void change(std::string& input) {
    static const std::vector<std::string> awkward{std::string(1, '\0'),
                                                  "\xff",
                                                  "\"",
                                                  "'",
                                                  "\\",
                                                  "\n",
                                                  "\r\n",
                                                  "-1",
                                                  "9223372036854775808",
                                                  "0x",
                                                  "\xf0\x9f\x98\x80",
                                                  "\xed\xa0\x80",
                                                  "{",
                                                  "[",
                                                  "--",
                                                  "/*",
                                                  "*/",
                                                  "$$",
                                                  ";",
                                                  ",",
                                                  "*",
                                                  "=",
                                                  "://",
                                                  "@",
                                                  "%",
                                                  "\x7f",
                                                  "   "};
    const std::size_t at = below(input.size() + 1);
    const std::size_t rest = input.size() - at;
    switch (below(6)) {
      case 0:
        if (rest > 0) input[at] = static_cast<char>(below(256));
        break;
      case 1:
        if (rest > 0) input.erase(at, 1 + below(rest));
        break;
      case 2:
        input.insert(at, any_of(awkward));
        break;
      case 3:
        if (rest > 0) input.insert(at, input.substr(at, 1 + below(rest)));
        break;
      case 4: {
        const std::string& other = any_of(corpus_);
        input = input.substr(0, at) + other.substr(below(other.size() + 1));
        break;
      }
      default:
        if (rest > 0) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
    }
  }

  const std::vector<std::string> corpus_;
  std::mt19937_64 random_{20'260'101};
};

std::string printable(const std::string& input) {
  std::string text;
  for (const char c : input) {
    const bool is_plain = c >= ' ' && c <= '~';
    constexpr std::string_view digits = "0123456789abcdef";
    const auto octet = static_cast<unsigned char>(c);
    text +=
        is_plain ? std::string{c} : std::string{"\\x"} + digits[octet >> 4] + digits[octet & 15];
  }
  return text;
}

// What it throws is none of the exceptions that its reader documents.
void run(const fuzz_target& target, const std::string& input) {
  try {
    target.run(input);
  } catch (const std::exception& failure) {
    FAIL_CHECK(target.name << ": " << failure.what() << " for " << printable(input));
  }
}

}  // namespace

TEST_CASE("fuzz: each reader takes or refuses what is known and what comes of it", "[fuzz]") {
  for (const fuzz_target& target : fuzz_targets()) {
    const auto corpus = corpus_of(target.name);
    REQUIRE_FALSE(corpus.empty());
    for (const std::string& input : corpus) run(target, input);
    mutator inputs_of{corpus};
    const auto end = std::chrono::steady_clock::now() + time_of_each;
    while (std::chrono::steady_clock::now() < end)
      for (int i = 0; i < inputs_at_once; ++i) run(target, inputs_of.next());
  }
}
