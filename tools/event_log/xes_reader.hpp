// SPDX-License-Identifier: Apache-2.0
//
// A streaming reader of XES (IEEE 1849), the XML form of event logs: an event at a time, whatever
// the size of the log.
//
// Thread-safety: none; one reader and its stream belong to one thread at a time.
// Invariants: holds a block of input, the attributes of one trace and the events of one block.

#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <istream>
#include <memory>
#include <nava/schema/types.hpp>
#include <stdexcept>
#include <string>

namespace nava::tools {

/// Input that is not the XES described above, or cannot be read. The message begins "line N: " and
/// says what is wrong and what to do about it.
class xes_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct xes_event {
  std::size_t line = 0;  ///< where it begins, from 1
  /// The attributes of its trace, each with `case:` before its key, and its own. Texts, dates and
  /// ids are strings; integers, floats and booleans what they are, or strings where they are none.
  /// An attribute with attributes of its own is {"value": …, "children": {…}}, a list an array of
  /// objects of one member, a container an object.
  json::object values;
};

/// Passes over extensions, globals, classifiers and the attributes of the log: none of them says
/// what happened.
class xes_reader {
 public:
  static constexpr std::size_t element_bytes_max = std::size_t{4} * 1024 * 1024;
  static constexpr std::size_t attributes_max = 4096;  ///< of a trace or an event
  static constexpr std::size_t levels_max = 32;        ///< of attributes within attributes

  /// Reads nothing yet.
  explicit xes_reader(std::istream& in);
  xes_reader(const xes_reader&) = delete;
  xes_reader& operator=(const xes_reader&) = delete;
  ~xes_reader();

  /// Replaces `event` by the next one; false at the end. Throws xes_error for XML that is not well
  /// formed, an event outside of a trace, an attribute of a trace behind its first event, an
  /// attribute without key or value, two with one key, one of the bounds above, and a stream that
  /// fails. The reader is then fit only for destruction.
  bool next(xes_event& event);

 private:
  class parser;

  std::unique_ptr<parser> parser_;
};

}  // namespace nava::tools
