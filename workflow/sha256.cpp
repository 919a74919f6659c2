// SPDX-License-Identifier: Apache-2.0
#include "workflow/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <nava/workflow/error.hpp>

namespace nava {
namespace {

// Looked up once: EVP_sha256() is looked up under a lock at each use.
const EVP_MD* algorithm() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> found{
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
  return found.get();
}

}  // namespace

std::string sha256(std::string_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (algorithm() == nullptr ||
      EVP_Digest(octets.data(), octets.size(), digest.data(), &size, algorithm(), nullptr) != 1)
    throw error{error_kind::other, "the library of OpenSSL computes no SHA-256; see its settings"};
  std::string text;
  text.reserve(2 * size);
  for (unsigned int i = 0; i < size; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

}  // namespace nava
