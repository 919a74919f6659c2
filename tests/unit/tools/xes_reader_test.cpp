// SPDX-License-Identifier: Apache-2.0
#include "tools/event_log/xes_reader.hpp"

#include <sstream>
#include <streambuf>
#include <vector>

#include "support/catch.hpp"

using namespace nava;
using Catch::Contains;
using nava::tools::xes_error;
using nava::tools::xes_event;
using nava::tools::xes_reader;

namespace {

std::vector<xes_event> all_of(std::istream& in) {
  xes_reader reader{in};
  std::vector<xes_event> all;
  for (xes_event event; reader.next(event);) all.push_back(std::move(event));
  return all;
}

std::vector<xes_event> all_of(const std::string& text) {
  std::istringstream in{text};
  return all_of(in);
}

std::string error_of(const std::string& text) {
  try {
    all_of(text);
  } catch (const xes_error& failure) {
    return failure.what();
  }
  return "no error";
}

std::string in_log(const std::string& content) { return "<log>\n" + content + "</log>"; }

// A text once, then another one again and again.
class repeating_buffer : public std::streambuf {
 public:
  repeating_buffer(std::string first, std::string again, std::size_t times)
      : first_(std::move(first)), again_(std::move(again)), left_(times) {
    setg(first_.data(), first_.data(), first_.data() + first_.size());
  }

  [[nodiscard]] std::size_t left() const { return left_; }

 protected:
  int_type underflow() override {
    if (left_ == 0) return traits_type::eof();
    --left_;
    setg(again_.data(), again_.data(), again_.data() + again_.size());
    return traits_type::to_int_type(*gptr());
  }

 private:
  std::string first_, again_;
  std::size_t left_;
};

constexpr const char* whole_log = R"(<?xml version="1.0" encoding="UTF-8" ?>
<!-- made by hand -->
<log xes.version="1.0" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <global scope="trace"><string key="concept:name" value="__INVALID__"/></global>
  <global scope="event"><string key="concept:name" value="__INVALID__"/></global>
  <classifier name="Activity" keys="concept:name lifecycle:transition"/>
  <string key="concept:name" value="permits"/>
  <trace>
    <string key="concept:name" value="17"/>
    <event>
      <string key="concept:name" value="ask &amp; wait"/>
      <string key="lifecycle:transition" value="start"/>
      <date key="time:timestamp" value="2024-05-01T09:00:00.000+02:00"/>
      <int key="pages" value="12"/>
      <float key="cost" value="1.5"/>
      <float key="ratio" value="NaN"/>
      <boolean key="urgent" value="true"/>
      <id key="identity:id" value="01890a5d-ac96-774b-bcce-b302099a8057"/>
    </event>
    <event>
      <string key="concept:name" value="decide"/>
      <string key="place" value="desk"><int key="floor" value="3"/></string>
      <list key="notes"><values>
        <string key="note" value="one"/><string key="note" value="two"/>
      </values></list>
      <container key="box"><string key="in" value="it"/></container>
    </event>
  </trace>
  <trace><string key="concept:name" value="18"/></trace>
  <trace><string key="concept:name" value="19"/><event/></trace>
</log>
)";

}  // namespace

TEST_CASE("xes: events come with their attributes and those of their trace") {
  const auto events = all_of(whole_log);
  REQUIRE(events.size() == 3);
  CHECK(events[0].line == 11);
  CHECK(events[0].values == json::object{{"case:concept:name", "17"},
                                         {"concept:name", "ask & wait"},
                                         {"lifecycle:transition", "start"},
                                         {"time:timestamp", "2024-05-01T09:00:00.000+02:00"},
                                         {"pages", 12},
                                         {"cost", 1.5},
                                         {"ratio", "NaN"},
                                         {"urgent", true},
                                         {"identity:id", "01890a5d-ac96-774b-bcce-b302099a8057"}});
  const json::value place{{"value", "desk"}, {"children", {{"floor", 3}}}};
  const json::array notes{json::object{{"note", "one"}}, json::object{{"note", "two"}}};
  CHECK(events[1].line == 21);
  CHECK(events[1].values == json::object{{"case:concept:name", "17"},
                                         {"concept:name", "decide"},
                                         {"place", place},
                                         {"notes", notes},
                                         {"box", {{"in", "it"}}}});
  CHECK(events[2].values == json::object{{"case:concept:name", "19"}});
}

TEST_CASE("xes: a log without events has none") {
  CHECK(all_of("<log/>").empty());
  CHECK(all_of(in_log("<trace><string key='a' value='b'/></trace>")).empty());
}

TEST_CASE("xes: a declared encoding is turned into UTF-8") {
  const auto events = all_of(
      "<?xml version='1.0' encoding='ISO-8859-1'?><log><trace><event>"
      "<string key='caf\xE9' value='\xFC'/></event></trace></log>");
  CHECK(events.at(0).values == json::object{{"café", "ü"}});
}

TEST_CASE("xes: what is wrong is told by its line") {
  const std::string begun = "<trace>\n<event>\n";
  const std::string ended = "</event></trace>";
  const auto about = [&](const std::string& attributes) {
    return error_of(in_log(begun + attributes + ended));
  };
  CHECK_THAT(error_of(""), Contains("line 1: the file ends in the middle"));
  CHECK_THAT(error_of("<log>\n<trace>"), Contains("line 2: the file ends in the middle"));
  CHECK_THAT(error_of("<html/>"), Contains("line 1: XES begins with <log>, and this with <html>"));
  CHECK_THAT(error_of("<log>\n<trace>\n</log>"), Contains("line 3: this is not well-formed XML"));
  CHECK_THAT(error_of("a,b\n"), Contains("line 1: this is not well-formed XML"));
  CHECK_THAT(error_of("<?xml version='1.0' encoding='KOI8-R'?><log/>"), Contains("UTF-8"));
  CHECK_THAT(error_of(in_log("<event/>")), Contains("line 2: an event outside of a trace"));
  CHECK_THAT(error_of(in_log("<trace><event/>\n<string key='a' value='b'/></trace>")),
             Contains("line 3: the attribute 'a' of a trace stands behind an event"));
  CHECK_THAT(about("<string value='b'/>"), Contains("line 4: an attribute has no key"));
  CHECK_THAT(about("<string key='a'/>"), Contains("line 4: the attribute 'a' has no value"));
  CHECK_THAT(about("<int key='a' value='1'/>\n<int key='a' value='2'/>"),
             Contains("line 5: there are two attributes 'a'"));
}

TEST_CASE("xes: what has no end is refused before it is held") {
  const auto error = [](std::istream& in) {
    xes_event event;
    try {
      xes_reader{in}.next(event);
    } catch (const xes_error& failure) {
      return std::string{failure.what()};
    }
    return std::string{"no error"};
  };
  std::string deep, many;
  for (std::size_t i = 0; i <= xes_reader::levels_max; ++i) deep += "<string key='a' value='b'>";
  for (std::size_t i = 0; i <= xes_reader::attributes_max; ++i)
    many += "<int key='a" + std::to_string(i) + "' value='1'/>";
  CHECK_THAT(error_of(in_log("<trace><event>" + deep)), Contains("levels deep"));
  CHECK_THAT(error_of(in_log("<trace><event>" + many)), Contains("attributes"));

  constexpr std::size_t kibibytes = 64 * 1024;
  repeating_buffer value{"<log><trace><event>\n<string key='a' value='", std::string(1024, 'x'),
                         kibibytes};
  std::istream in{&value};
  CHECK_THAT(error(in), Contains("line 2: an element of more than"));
  CHECK(value.left() > kibibytes / 2);
}

TEST_CASE("xes: a log is read an event at a time") {
  repeating_buffer events{"<log><trace>", "<event><int key='a' value='1'/></event>\n", 100'000};
  std::istream in{&events};
  xes_reader reader{in};
  xes_event event;
  for (int i = 0; i < 3; ++i) REQUIRE(reader.next(event));
  CHECK(event.line == 3);
  CHECK(events.left() > 95'000);
}
