// SPDX-License-Identifier: Apache-2.0
#include "persistence/sealing/cipher.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <nava/workflow/error.hpp>

namespace nava::persistence {
namespace {

// The form of what follows; another cipher would have another number.
constexpr std::string_view form = "1:";
constexpr int nonce_size = 12;
constexpr int tag_size = 16;

[[noreturn]] void refused() {
  throw error{error_kind::other,
              "the library of OpenSSL does not encrypt by AES-256-GCM; see its settings"};
}

// Looked up once: a look takes a lock.
const EVP_CIPHER* algorithm() {
  static const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> found{
      EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), &EVP_CIPHER_free};
  if (found == nullptr) refused();
  return found.get();
}

class cipher_context {
 public:
  cipher_context() : made_(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free) {
    if (made_ == nullptr) refused();
  }
  [[nodiscard]] EVP_CIPHER_CTX* get() const { return made_.get(); }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> made_;
};

const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* octets_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::string base64_of(std::string_view octets) {
  // The library ends the text with a zero.
  std::string text(4 * ((octets.size() + 2) / 3) + 1, '\0');
  EVP_EncodeBlock(octets_of(text), octets_of(octets), static_cast<int>(octets.size()));
  text.pop_back();
  return text;
}

std::optional<std::string> octets_in(std::string_view base64) {
  if (base64.size() % 4 != 0) return std::nullopt;
  std::string octets(base64.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(octets_of(octets), octets_of(base64), static_cast<int>(base64.size()));
  // What pads the text counts as octets there; anywhere else it is read as a zero.
  const std::size_t padding =
      std::min<std::size_t>(base64.size() - (base64.find_last_not_of('=') + 1), 2);
  if (size < static_cast<int>(padding) ||
      base64.substr(0, base64.size() - padding).find('=') != base64.npos)
    return std::nullopt;
  octets.resize(static_cast<std::size_t>(size) - padding);
  return octets;
}

}  // namespace

workflow_key workflow_key::random() {
  std::array<std::uint8_t, size> octets{};
  if (RAND_priv_bytes(octets.data(), static_cast<int>(size)) != 1)
    throw error{error_kind::other, "the library of OpenSSL gives no random bits for a key"};
  workflow_key made{octets};
  OPENSSL_cleanse(octets.data(), size);
  return made;
}

workflow_key::workflow_key(std::span<const std::uint8_t, size> octets) {
  std::copy(octets.begin(), octets.end(), octets_.begin());
}

workflow_key::~workflow_key() { OPENSSL_cleanse(octets_.data(), size); }

bool is_sealed_text(std::string_view text) { return text.starts_with(form); }

std::string sealed_text(const workflow_key& key, std::string_view plain, std::string_view place) {
  const cipher_context context;
  const EVP_CIPHER* how = algorithm();
  std::string octets(nonce_size + plain.size() + tag_size, '\0');
  unsigned char* const nonce = octets_of(octets);
  unsigned char* const out = nonce + nonce_size;
  int size = 0;
  const bool is_done =
      RAND_bytes(nonce, nonce_size) == 1 &&
      EVP_EncryptInit_ex2(context.get(), how, key.octets().data(), nonce, nullptr) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, octets_of(place),
                        static_cast<int>(place.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), out, &size, octets_of(plain),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), out + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, out + plain.size()) == 1;
  if (!is_done) refused();
  return std::string{form} + base64_of(octets);
}

std::optional<std::string> unsealed(const workflow_key& key, std::string_view sealed,
                                    std::string_view place) {
  if (!is_sealed_text(sealed)) return std::nullopt;
  auto octets = octets_in(sealed.substr(form.size()));
  if (!octets || octets->size() < nonce_size + tag_size) return std::nullopt;
  const cipher_context context;
  const EVP_CIPHER* how = algorithm();
  unsigned char* const nonce = octets_of(*octets);
  unsigned char* const in = nonce + nonce_size;
  const std::size_t length = octets->size() - nonce_size - tag_size;
  std::string plain(length, '\0');
  int size = 0;
  const bool is_ready =
      EVP_DecryptInit_ex2(context.get(), how, key.octets().data(), nonce, nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, octets_of(place),
                        static_cast<int>(place.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), octets_of(plain), &size, in, static_cast<int>(length)) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, in + length) == 1;
  if (!is_ready) refused();
  if (EVP_DecryptFinal_ex(context.get(), octets_of(plain) + size, &size) != 1) return std::nullopt;
  return plain;
}

}  // namespace nava::persistence
