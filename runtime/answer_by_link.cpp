// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <nava/workflow/error.hpp>

#include "engine/answer_link.hpp"
#include "runtime/call.hpp"
#include "workflow/sha256.hpp"

/// Links that are sent to people: the workflow's id and a secret, as text for a URL.
namespace nava {

using namespace engine;

namespace {

constexpr std::size_t id_bytes = 16, secret_bytes = 32, link_bytes = id_bytes + secret_bytes;
// Of each 3 bytes 4 letters, without a remainder.
constexpr std::size_t link_letters = link_bytes / 3 * 4;
constexpr std::chrono::milliseconds longest_link = std::chrono::hours{24} * 366;

using link_octets = std::array<unsigned char, link_bytes>;

std::string text_of(const link_octets& octets) {
  std::string text(link_letters, '\0');
  // EVP_EncodeBlock ends the text with a NUL.
  std::array<unsigned char, link_letters + 1> letters{};
  EVP_EncodeBlock(letters.data(), octets.data(), static_cast<int>(octets.size()));
  std::transform(letters.begin(), letters.end() - 1, text.begin(), [](unsigned char each) {
    return each == '+' ? '-' : each == '/' ? '_' : static_cast<char>(each);
  });
  return text;
}

std::optional<link_octets> octets_of(std::string_view text) {
  if (text.size() != link_letters) return std::nullopt;
  std::array<unsigned char, link_letters> letters{};
  std::transform(text.begin(), text.end(), letters.begin(), [](char each) {
    return static_cast<unsigned char>(each == '-' ? '+' : each == '_' ? '/' : each);
  });
  link_octets octets{};
  if (EVP_DecodeBlock(octets.data(), letters.data(), static_cast<int>(letters.size())) !=
      static_cast<int>(octets.size()))
    return std::nullopt;
  // One text for each link: the decoder takes others too, such as one with spaces.
  if (text_of(octets) != text) return std::nullopt;
  return octets;
}

uuid workflow_in(const link_octets& octets) {
  uuid id{};
  std::copy_n(octets.begin(), id_bytes, id.begin());
  return id;
}

std::string hash_of(const link_octets& octets) {
  return sha256({reinterpret_cast<const char*>(octets.data() + id_bytes), secret_bytes});
}

}  // namespace

std::string runtime::issue_link(const uuid& workflow_id, const uuid& step_id,
                                std::string_view event_name, const link_options& options) {
  if (options.valid_for.count() < 1 || options.valid_for > longest_link)
    throw error{error_kind::invalid_input,
                fmt::format("a link is valid for {} ms; 1 ms to a year are allowed",
                            options.valid_for.count())};
  link_octets octets{};
  std::copy(workflow_id.begin(), workflow_id.end(), octets.begin());
  if (RAND_bytes(octets.data() + id_bytes, static_cast<int>(secret_bytes)) != 1)
    throw error{error_kind::other, "the system gives no random numbers for a link"};
  const answer_link link{.hash = hash_of(octets),
                         .event_name = std::string{event_name},
                         .actor = options.answers_as,
                         .expires = now() + options.valid_for};
  const outcome issued = act(workflow_id, engine::issue(link, step_id), options.command);
  if (issued.result == delivery::already_applied)
    throw link_refused{"a link was issued under this key before, and cannot be shown again"};
  return text_of(octets);
}

outcome runtime::answer(std::string_view link, const json::object& data, deadline limit) {
  const auto octets = octets_of(link);
  if (!octets) throw link_refused{};
  const std::string hash = hash_of(*octets);
  const auto decide = [&](const definition& chosen, const workflow_state& state, timestamp at,
                          const uuid& transaction_id) {
    return decide_answer(chosen, state, hash, data, at, transaction_id);
  };
  try {
    const outcome answered = decide_on(workflow_in(*octets), key_of_link(hash), decide, limit);
    if (answered.result == delivery::already_applied) throw link_refused{true};
    return answered;
  } catch (const workflow_gone&) {
    throw link_refused{};
  }
}

}  // namespace nava
