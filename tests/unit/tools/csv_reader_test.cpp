// SPDX-License-Identifier: Apache-2.0

#include "tools/event_log/csv_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <istream>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using nava::tools::csv_error;
using nava::tools::csv_reader;

using record = std::vector<std::string>;
using records = std::vector<record>;

// Hands out its text a few bytes at a time; when told to, fails after the last of them.
class chunked_buffer : public std::streambuf {
 public:
  enum class ending { ordinary, failing };

  chunked_buffer(std::string text, std::size_t chunk, ending how = ending::ordinary)
      : text_(std::move(text)), chunk_(chunk), ending_(how) {}

 protected:
  int_type underflow() override {
    if (given_ == text_.size()) {
      if (ending_ == ending::failing) throw std::runtime_error("device gone");
      return traits_type::eof();
    }
    const std::size_t count = std::min(chunk_, text_.size() - given_);
    char* from = text_.data() + given_;
    setg(from, from, from + count);
    given_ += count;
    return traits_type::to_int_type(*from);
  }

 private:
  std::string text_;
  std::size_t chunk_;
  ending ending_;
  std::size_t given_ = 0;
};

records read_all(std::istream& in) {
  csv_reader reader(in);
  records all;
  record fields;
  while (reader.next(fields)) all.push_back(fields);
  return all;
}

records read_all(const std::string& text) {
  std::istringstream in(text);
  return read_all(in);
}

std::string error_of(std::istream& in) {
  try {
    read_all(in);
  } catch (const csv_error& error) {
    return error.what();
  }
  return "no error";
}

std::string error_of(const std::string& text) {
  std::istringstream in(text);
  return error_of(in);
}

void check_error(const std::string& text, const std::string& beginning) {
  using Catch::Matchers::StartsWith;
  CHECK_THAT(error_of(text), StartsWith(beginning));
  for (const std::size_t chunk : {1, 2, 7}) {
    chunked_buffer buffer(text, chunk);
    std::istream in(&buffer);
    CHECK_THAT(error_of(in), StartsWith(beginning));
  }
}

// A record of two fields whose second begins `shift` bytes past the end of the first block.
std::string padding_to_block_end(int shift) {
  const auto length = static_cast<int>(csv_reader::block_bytes) - 1 + shift;
  return std::string(static_cast<std::size_t>(length), 'x');
}

std::string with_nul(std::string_view before, std::string_view after) {
  std::string text(before);
  text.push_back('\0');
  return text.append(after);
}

}  // namespace

TEST_CASE("csv: plain records end in LF, CRLF or the end of the input", "[csv]") {
  const records expected{{"a", "b"}, {"c", "d"}};
  CHECK(read_all("a,b\nc,d\n") == expected);
  CHECK(read_all("a,b\r\nc,d\r\n") == expected);
  CHECK(read_all("a,b\r\nc,d") == expected);
  CHECK(read_all("a,b\nc,\"d\"") == expected);
}

TEST_CASE("csv: empty fields are kept", "[csv]") {
  CHECK(read_all(",\n,b\na,") == records{{"", ""}, {"", "b"}, {"a", ""}});
  CHECK(read_all("\"\",\"\"\r\n,") == records{{"", ""}, {"", ""}});
  CHECK(read_all("\"\"\n") == records{{""}});
}

TEST_CASE("csv: spaces belong to the field", "[csv]") {
  CHECK(read_all(" a , b\n \t,\n") == records{{" a ", " b"}, {" \t", ""}});
}

TEST_CASE("csv: quotes guard commas, quotes and line ends", "[csv]") {
  CHECK(read_all("\"a,b\",\"c\"\"d\"\n") == records{{"a,b", "c\"d"}});
  CHECK(read_all("\"a\nb\",\"c\r\nd\"\r\n") == records{{"a\nb", "c\r\nd"}});
  CHECK(read_all("\"\"\"\",\"\"\"\"\"\"\n") == records{{"\"", "\"\""}});
  CHECK(read_all("\"a\rb\"") == records{{"a\rb"}});
}

TEST_CASE("csv: input without a record", "[csv]") {
  for (const std::string text : {"", "\n", "\r\n\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\n"}) {
    std::istringstream in(text);
    csv_reader reader(in);
    record fields{"kept"};
    CHECK_FALSE(reader.next(fields));
    CHECK_FALSE(reader.next(fields));
    CHECK(fields == record{"kept"});
    CHECK(reader.line() == 0);
  }
}

TEST_CASE("csv: blank lines are skipped", "[csv]") {
  CHECK(read_all("\n\r\na,b\n\n\r\nc,d\n\n") == records{{"a", "b"}, {"c", "d"}});
}

TEST_CASE("csv: a byte order mark is skipped at the start only", "[csv]") {
  CHECK(read_all("\xEF\xBB\xBF\"a\",b\n") == records{{"a", "b"}});
  CHECK(read_all("a\n\xEF\xBB\xBF\n") == records{{"a"}, {"\xEF\xBB\xBF"}});
  chunked_buffer buffer("\xEF\xBB\xBF\"a\",b\n", 1);
  std::istream in(&buffer);
  CHECK(read_all(in) == records{{"a", "b"}});
}

TEST_CASE("csv: line() names the line where the record began", "[csv]") {
  std::istringstream in("a,b\n\n\"c\n\nc\",d\r\n\r\ne,f");
  csv_reader reader(in);
  record fields;
  CHECK(reader.line() == 0);
  std::vector<std::size_t> lines;
  while (reader.next(fields)) lines.push_back(reader.line());
  CHECK(lines == std::vector<std::size_t>{1, 3, 7});
  CHECK(reader.line() == 7);
}

TEST_CASE("csv: strings handed in are overwritten and lend their capacity", "[csv]") {
  std::istringstream in("a,b\nc,d\n");
  csv_reader reader(in);
  record fields{std::string(1000, 'x'), "y", "z"};
  const char* const storage = fields[0].data();
  REQUIRE(reader.next(fields));
  CHECK(fields == record{"a", "b"});
  REQUIRE(reader.next(fields));
  CHECK(fields == record{"c", "d"});
  CHECK(fields[0].data() == storage);
}

TEST_CASE("csv: valid UTF-8 passes unchanged", "[csv]") {
  const std::string text = "\xC3\xA9,\xE2\x82\xAC,\xF0\x9F\x98\x80";
  CHECK(read_all(text) == records{{"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}});
}

TEST_CASE("csv: everything may fall on the end of a block", "[csv]") {
  const std::string tail = "\"a\"\"b\r\n\xE2\x82\xAC\"\r\n\r\n\"c\",\"\"\r\nd,e";
  for (int shift = -24; shift <= 3; ++shift) {
    const std::string padding = padding_to_block_end(shift);
    const records expected{{padding, "a\"b\r\n\xE2\x82\xAC"}, {"c", ""}, {"d", "e"}};
    INFO("shift " << shift);
    CHECK((read_all(padding + "," + tail) == expected));
    CHECK((read_all("\"" + padding + "\"," + tail) == expected));
  }
}

TEST_CASE("csv: input that ends exactly with a block", "[csv]") {
  const std::string whole(csv_reader::block_bytes, 'x');
  CHECK((read_all(whole) == records{{whole}}));
  const std::string quoted = whole.substr(2);
  CHECK((read_all("\"" + quoted + "\"") == records{{quoted}}));
  CHECK((read_all(whole.substr(1) + "\n") == records{{whole.substr(1)}}));
}

TEST_CASE("csv: a record may be longer than several blocks", "[csv]") {
  const std::string big(3 * csv_reader::block_bytes + 17, 'y');
  const records expected{{big, "a\n" + big, "z"}};
  CHECK((read_all(big + ",\"a\n" + big + "\",z\n") == expected));
}

TEST_CASE("csv: the chunks a stream comes in do not matter", "[csv]") {
  const std::string text = "a,\"b\"\"\r\n,\",\r\n\n\"\",\xE2\x82\xAC,\"\"\n";
  const records expected{{"a", "b\"\r\n,", ""}, {"", "\xE2\x82\xAC", ""}};
  for (std::size_t chunk = 1; chunk <= text.size(); ++chunk) {
    chunked_buffer buffer(text, chunk);
    std::istream in(&buffer);
    CHECK(read_all(in) == expected);
  }
}

TEST_CASE("csv: a stream set to throw ends like any other", "[csv]") {
  std::istringstream in("a,b\nc,d\n");
  in.exceptions(std::ios::failbit | std::ios::badbit | std::ios::eofbit);
  CHECK(read_all(in) == records{{"a", "b"}, {"c", "d"}});
}

TEST_CASE("csv: a quote never closed is reported where it opened", "[csv]") {
  check_error("a,b\n1,\"2\n3\n4\n", "line 2: quote that is opened here and never closed");
  check_error("\"", "line 1: quote that is opened here and never closed");
  check_error("a\n\"b\"\"", "line 2: quote that is opened here and never closed");
  check_error("\"a\nb\",\"c", "line 2: quote that is opened here and never closed");
}

TEST_CASE("csv: text after a closing quote is refused", "[csv]") {
  check_error("a\n\"b\"c\n", "line 2: text after a closing quote");
  check_error("\"b\" ,c\n", "line 1: text after a closing quote");
  check_error("\"a\nb\"c\n", "line 2: text after a closing quote");
}

TEST_CASE("csv: a quote inside an unquoted field is refused", "[csv]") {
  check_error("a\nb\"c\"\n", "line 2: quote inside an unquoted field");
  check_error("a, \"b\"\n", "line 1: quote inside an unquoted field");
}

TEST_CASE("csv: a carriage return alone is refused outside quotes", "[csv]") {
  check_error("a\rb\n", "line 1: carriage return without a line feed");
  check_error("a\n\rb\n", "line 2: carriage return without a line feed");
  check_error("\"a\"\rb\n", "line 1: carriage return without a line feed");
  check_error("a\r", "line 1: carriage return without a line feed");
}

TEST_CASE("csv: a NUL byte is refused", "[csv]") {
  check_error(with_nul("a\nb", "c\n"), "line 2: NUL byte");
  check_error(with_nul("\"a\nb", "c\"\n"), "line 2: NUL byte");
  check_error(with_nul("\"a\"", "\n"), "line 1: NUL byte");
  check_error(with_nul("", ""), "line 1: NUL byte");
}

TEST_CASE("csv: invalid UTF-8 is refused", "[csv]") {
  check_error("a\n\xFF\n", "line 2: field that is not valid UTF-8");
  check_error("\"\n\xC3\"\n", "line 1: field that is not valid UTF-8");
  check_error("\xE2\x82,b\n", "line 1: field that is not valid UTF-8");
}

TEST_CASE("csv: every record is as wide as the first", "[csv]") {
  check_error("a,b\nc\n", "line 2: record of 1 fields where the first has 2;");
  check_error("a,b\n\n\"c\n\",d,\n", "line 3: record of 3 fields where the first has 2;");
}

TEST_CASE("csv: a field is bounded", "[csv]") {
  const std::string largest(csv_reader::max_field_bytes, 'x');
  CHECK((read_all(largest + ",\"" + largest + "\"") == records{{largest, largest}}));
  const std::string beginning = "line 2: field of more than 1048576 bytes begins here";
  CHECK_THAT(error_of("a\n" + largest + "x\n"), Catch::Matchers::StartsWith(beginning));
  CHECK_THAT(error_of("a\n\"\n" + largest + "\"\n"), Catch::Matchers::StartsWith(beginning));
  CHECK_THAT(error_of("a\n\"" + largest + "\"\"\"\n"), Catch::Matchers::StartsWith(beginning));
}

TEST_CASE("csv: the number of fields is bounded", "[csv]") {
  const std::string widest(csv_reader::max_fields - 1, ',');
  CHECK((read_all(widest) == records{record(csv_reader::max_fields)}));
  check_error("\n" + widest + ",\n", "line 2: record of more than 4096 fields");
}

TEST_CASE("csv: a stream that fails is not taken for the end", "[csv]") {
  using Catch::Matchers::StartsWith;
  const std::string beginning = "the input cannot be read";
  for (const auto mask : {std::ios::goodbit, std::ios::failbit, std::ios::badbit}) {
    chunked_buffer buffer("a\nb\n", 1, chunked_buffer::ending::failing);
    std::istream in(&buffer);
    in.exceptions(mask);
    CHECK_THAT(error_of(in), StartsWith("line 1: " + beginning));
  }
  const std::string block(csv_reader::block_bytes - 1, 'x');
  chunked_buffer late(block + "\ny", 1000, chunked_buffer::ending::failing);
  std::istream in(&late);
  CHECK_THAT(error_of(in), StartsWith("line 2: " + beginning));
  std::istringstream unopened("a\n");
  unopened.setstate(std::ios::failbit);
  CHECK_THAT(error_of(unopened), StartsWith("line 1: " + beginning));
}

TEST_CASE("csv: the separator is the one that stands most often in the first record", "[csv]") {
  const records expected{{"a", "b", "c"}, {"1", "2", "3"}};
  CHECK(read_all("a;b;c\n1;2;3\n") == expected);
  CHECK(read_all("a\tb\tc\r\n1\t2\t3\r\n") == expected);
  CHECK(read_all("\xEF\xBB\xBF\n\na;b;c\n1;2;3\n") == expected);
  CHECK(read_all("a,b;c\n") == records{{"a", "b;c"}});
  CHECK(read_all("a;\"b,c,d,e\";f\n") == records{{"a", "b,c,d,e", "f"}});
  CHECK(read_all("\"a;b;c;\nd\",e\n") == records{{"a;b;c;\nd", "e"}});
  CHECK(read_all("a\n1;2\n") == records{{"a"}, {"1;2"}});
  check_error("a;b\n1;2;3\n",
              "line 2: record of 3 fields where the first has 2; add or remove separators, or "
              "quote fields that contain semicolons");
}

TEST_CASE("csv: a first line may name the separator", "[csv]") {
  const records expected{{"a", "b"}, {"1", "2"}};
  for (const std::string separator : {",", ";", "\t", "|", "^", ":"}) {
    CAPTURE(separator);
    for (const std::string end : {"\n", "\r\n"})
      CHECK(read_all("sep=" + separator + end + "a" + separator + "b" + end + "1" + separator +
                     "2" + end) == expected);
  }
  CHECK(read_all("sep=;").empty());
  CHECK(read_all("sep=;\n\n").empty());
  CHECK(read_all("sep=ab;c\n1;2\n") == records{{"sep=ab", "c"}, {"1", "2"}});
  check_error("sep=;\na;b\n1\n", "line 3: record of 1 fields where the first has 2;");
}
