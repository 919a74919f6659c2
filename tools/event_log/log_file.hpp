// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <istream>
#include <memory>
#include <string>

/// The file that an event log is in, compressed by gzip or not.
namespace nava::tools {

/// Opens a log for reading and unpacks it on the way, a block at a time.
class log_file {
 public:
  enum class format { csv, xes };

  /// Throws std::runtime_error with one line that names the file: it is not there, is no regular
  /// file, or is an archive of a kind that is not read.
  explicit log_file(const std::string& name);
  log_file(const log_file&) = delete;
  log_file& operator=(const log_file&) = delete;
  ~log_file();

  /// Told by the name, `.xes` or `.xes.gz`, or by a first character `<`.
  [[nodiscard]] format kind() const { return kind_; }
  /// The content. After a read that failed, fault() says why.
  [[nodiscard]] std::istream& content();
  /// Empty where all that was read is sound.
  [[nodiscard]] std::string fault() const;

 private:
  class buffer;

  std::unique_ptr<buffer> buffer_;
  std::istream content_;
  format kind_ = format::csv;
};

/// The name of a log without its folder and without `.csv`, `.xes` and `.gz`.
[[nodiscard]] std::string log_name(const std::string& file);

}  // namespace nava::tools
