// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "support/catch.hpp"
#include "support/decisions.hpp"

using namespace nava;
using namespace nava::engine;
using namespace nava::test::decisions;

namespace {

enum class color { red, green };
BOOST_DESCRIBE_ENUM(color, red, green)

struct line {
  std::string name;
  std::optional<double> price;
};
BOOST_DESCRIBE_STRUCT(line, (), (name, price))

struct base {
  std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(base, (), (number))

struct order : base {
  static constexpr std::string_view event_name = "ordered";
  std::vector<line> lines;
  std::optional<line> gift;
  color paint{};
  timestamp at{};
  uuid id{};
  std::map<std::string, bool> flags;
  std::uint8_t small = 0;
  std::vector<bool> bits;
  std::map<std::string, line> parts;
};
BOOST_DESCRIBE_STRUCT(order, (base), (lines, gift, paint, at, id, flags, small, bits, parts))

order full_order() {
  order made;
  made.number = 7;
  made.lines = {{"nail", 0.5}, {"glue", std::nullopt}};
  made.gift = line{"pen", 1};
  made.paint = color::green;
  made.at = noon;
  made.id = *schema::parse_uuid("01890000-0000-7000-8000-000000000001");
  made.flags = {{"fast", true}};
  made.small = 255;
  made.bits = {true, false};
  made.parts = {{"top", {"lid", std::nullopt}}};
  return made;
}

std::string misfit_of(const json::object& values) {
  try {
    (void)read_as<order>(values);
  } catch (const misfit& wrong) {
    return wrong.what();
  }
  return "it fits";
}

json::object with(std::string_view member, json::value value) {
  json::object values = json_of(full_order());
  values[member] = std::move(value);
  return values;
}

}  // namespace

TEST_CASE("own types: a struct goes to JSON under the names of its members and comes back") {
  const json::object written = json_of(full_order());
  CHECK(json::value(written) ==
        json::value{
            {"number", 7},
            {"lines", {{{"name", "nail"}, {"price", 0.5}}, {{"name", "glue"}, {"price", nullptr}}}},
            {"gift", {{"name", "pen"}, {"price", 1.0}}},
            {"paint", "green"},
            {"at", schema::to_text(noon)},
            {"id", "01890000-0000-7000-8000-000000000001"},
            {"flags", {{"fast", true}}},
            {"small", 255u},
            {"bits", {true, false}},
            {"parts", {{"top", {{"name", "lid"}, {"price", nullptr}}}}}});
  CHECK(json::value(json_of(read_as<order>(written))) == json::value(written));
}

TEST_CASE("own types: what a struct lacks is passed over, and an optional may be missing") {
  json::object values = with("of a later release", 1);
  values.erase("gift");
  values["lines"] = json::array{json::object{{"name", "nail"}, {"color", "grey"}}};
  const auto read = read_as<order>(values);
  CHECK_FALSE(read.gift);
  CHECK(read.lines.size() == 1);
  CHECK_FALSE(read.lines.front().price);
  CHECK_FALSE(read_as<order>(with("gift", nullptr)).gift);
}

TEST_CASE("own types: a misfit names the member") {
  json::object values = json_of(full_order());
  values.erase("number");
  CHECK(misfit_of(values) == "member 'number' is not there");
  CHECK(misfit_of(with("lines", json::parse(R"([{"name":"nail"},{"price":1}])"))) ==
        "member 'lines[1].name' is not there");
  CHECK(misfit_of(with("lines", "none")) == "member 'lines' is no array");
  CHECK(misfit_of(with("gift", 1)) == "member 'gift' is no object");
  CHECK(misfit_of(with("gift", {{"name", 1}})).starts_with("member 'gift.name' does not fit: "));
  CHECK(misfit_of(with("paint", "blue")).starts_with("member 'paint' does not fit: "));
  CHECK(misfit_of(with("at", "noon")) == "member 'at' is no time");
  CHECK(misfit_of(with("id", 7)) == "member 'id' is no uuid");
  CHECK(misfit_of(with("small", 256)).starts_with("member 'small' does not fit: "));
  CHECK(misfit_of(with("number", nullptr)).starts_with("member 'number' does not fit: "));
  CHECK(misfit_of(with("flags", {{"fast", 1}})).starts_with("member 'flags.fast' does not fit: "));
  CHECK(misfit_of(with("parts", {{"top", {{"price", 1}}}})) ==
        "member 'parts.top.name' is not there");
  CHECK(misfit_of(with("bits", json::parse("[1]"))).starts_with("member 'bits[0]' does not fit: "));
}

TEST_CASE("own types: an event that does not fit is refused, before its handler runs") {
  int runs = 0;
  definition_builder builder{"order", revision{1}};
  builder.stage("s", "S");
  builder.step("wait", {.stage = "s"})
      .on<order>([&](step_context& step, const order& what, const event& happened) {
        ++runs;
        step.memorize(what.lines.front());
        CHECK(happened.name == "ordered");
        CHECK(step.memory_as<line>().name == "nail");
      });
  builder.on<order>([&](workflow_context& workflow, const order& what) {
    workflow.output(what.lines.back()).memorize(line{"kept", 1});
    CHECK(workflow.output_as<line>().name == "glue");
    CHECK(workflow.memory_as<line>().price == 1.0);
    CHECK_THROWS_AS(workflow.params_as<line>(), misfit);
  });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("wait"); });
  const definition orders = builder.build();
  const auto made = started(orders);
  const auto deliver = [&](event happened) {
    return decide(orders, made.state, happened, noon, transaction_id);
  };
  const event good = event_of(full_order(), {"claim", "4711"}, "key-1");
  CHECK(good.key.text() == "key-1");
  CHECK(deliver(good).state.memory.output == json::object{{"name", "glue"}, {"price", nullptr}});
  CHECK(runs == 1);
  event bad = good;
  bad.data.erase("paint");
  CHECK(refusal([&] { (void)deliver(bad); }) ==
        "event 'ordered': member 'paint' is not there in its data");
  CHECK_THROWS_AS(deliver(bad), data_refused);
  CHECK(runs == 1);
}

TEST_CASE("own types: a handler that reads a misfit is told where") {
  definition_builder builder{"order", revision{1}};
  builder.stage("s", "S");
  builder.step("wait", {.stage = "s"}).on("go", [](step_context& step, const event&) {
    (void)step.params_as<line>();
  });
  builder.when_a_handler_throws(on_exception::reject_event);
  builder.on_started([](workflow_context& workflow) { workflow.add_step("wait"); });
  const definition orders = builder.build();
  const auto made = started(orders);
  const event go{.name = "go", .resource = {"claim", "4711"}, .key = no_key};
  CHECK_THROWS_WITH(decide(orders, made.state, go, noon, transaction_id),
                    "event 'go', step 'wait': member 'name' is not there in the JSON of a struct");
}
