// SPDX-License-Identifier: Apache-2.0
#include "tools/event_log/log_file.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <filesystem>
#include <stdexcept>
#include <streambuf>
#include <string_view>
#include <vector>

#include "tools/byte_order_mark.hpp"

namespace nava::tools {
namespace {

using namespace std::string_view_literals;

struct archive {
  std::string_view first_bytes;
  std::string_view name;
};

// What public logs come in, besides gzip.
constexpr std::array<archive, 5> archives{{{"PK\x03\x04"sv, "a zip archive"},
                                           {"BZh"sv, "packed by bzip2"},
                                           {"\xFD"
                                            "7zXZ"sv,
                                            "packed by xz"},
                                           {"\x28\xB5\x2F\xFD"sv, "packed by zstd"},
                                           {"7z\xBC\xAF"sv, "a 7z archive"}}};

bool begins_like_xml(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '<';
}

std::filesystem::path without_gz(const std::string& file) {
  std::filesystem::path path{file};
  return path.extension() == ".gz" ? path.replace_extension() : path;
}

}  // namespace

/// Reads what gzip packed, and what it did not as it is.
class log_file::buffer : public std::streambuf {
 public:
  explicit buffer(const std::string& name) : file_(gzopen(name.c_str(), "rbe")), block_(bytes) {}
  buffer(const buffer&) = delete;
  buffer& operator=(const buffer&) = delete;
  ~buffer() override {
    if (file_ != nullptr) gzclose(file_);
  }

  [[nodiscard]] bool is_open() const { return file_ != nullptr; }

  /// The first block, which is then read again.
  std::string_view begin() {
    return underflow() == traits_type::eof() ? std::string_view{}
                                             : std::string_view{gptr(), egptr()};
  }

  [[nodiscard]] std::string fault() const {
    int code = Z_OK;
    const char* const text = gzerror(file_, &code);
    if (code == Z_OK || code == Z_STREAM_END) return {};
    if (code == Z_ERRNO) return "the file cannot be read; check the disk that it is on";
    return fmt::format("byte {}: the gzip data is damaged or cut off; get the file again ({})",
                       gzoffset(file_), code == Z_BUF_ERROR ? "it ends too early" : text);
  }

 protected:
  int_type underflow() override {
    if (gptr() != egptr()) return traits_type::to_int_type(*gptr());
    const int read = gzread(file_, block_.data(), static_cast<unsigned>(block_.size()));
    // A stream turns this into its badbit; the reader stops, and fault() says why.
    if (read < 0 || (read == 0 && !fault().empty())) throw std::runtime_error{fault()};
    if (read == 0) return traits_type::eof();
    setg(block_.data(), block_.data(), block_.data() + read);
    return traits_type::to_int_type(*gptr());
  }

 private:
  static constexpr std::size_t bytes = std::size_t{64} * 1024;

  gzFile file_;
  std::vector<char> block_;
};

log_file::log_file(const std::string& name) : content_(nullptr) {
  // It is read twice, to be checked and to be replayed; a pipe is empty by then.
  if (std::filesystem::exists(name) && !std::filesystem::is_regular_file(name))
    throw std::runtime_error{fmt::format("{} is no regular file; save the log in one", name)};
  buffer_ = std::make_unique<buffer>(name);
  if (!buffer_->is_open()) throw std::runtime_error{fmt::format("cannot read {}", name)};
  std::string_view first;
  try {
    first = buffer_->begin();
  } catch (const std::runtime_error& failure) {
    throw std::runtime_error{fmt::format("{}: {}", name, failure.what())};
  }
  for (const archive& each : archives)
    if (first.starts_with(each.first_bytes))
      throw std::runtime_error{
          fmt::format("{} is {}; unpack it first, only gzip is read as it is", name, each.name)};
  if (begins_like_xml(first) || without_gz(name).extension() == ".xes") kind_ = format::xes;
  content_.rdbuf(buffer_.get());
}

log_file::~log_file() = default;

std::istream& log_file::content() { return content_; }

std::string log_file::fault() const { return buffer_->fault(); }

std::string log_name(const std::string& file) { return without_gz(file).stem().string(); }

}  // namespace nava::tools
