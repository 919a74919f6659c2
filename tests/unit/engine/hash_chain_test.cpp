// SPDX-License-Identifier: Apache-2.0
#include "engine/hash_chain.hpp"

#include <algorithm>
#include <nava/engine/verification.hpp>

#include "support/catch.hpp"
#include "support/decisions.hpp"
#include "workflow/sha256.hpp"

using namespace nava;
using namespace nava::engine;
using namespace nava::test::decisions;

namespace {

definition chained_claim(bool is_kept = true) {
  auto builder = approval();
  if (is_kept) builder.keep_hash_chain();
  builder.on("note", [](workflow_context& workflow, const event& happened) {
    workflow.memorize(happened.data);
    workflow.message("noted");
  });
  return builder.build();
}

// What is stored after a start and two events.
workflow_history told(const definition& how) {
  workflow_history history;
  const auto add = [&](const decision& made) {
    const auto append = [](auto& to, const auto& rows) {
      to.insert(to.end(), rows.begin(), rows.end());
    };
    append(history.mutations, made.work.mutations);
    append(history.messages, made.work.messages);
    append(history.events, made.work.events);
    history.state = made.state;
    history.state.workflow = made.work.workflow;
  };
  decision last = started(how, {{"amount", 120}});
  add(last);
  for (const auto& happened :
       {named("note", {{"b", 2.5}, {"a", {{"z", 1}, {"y", nullptr}}}}), named("ask")}) {
    last = delivered(how, last, happened);
    last.work.transaction_id = transaction_id;
    add(last);
  }
  return history;
}

bool is_broken(const workflow_history& history) {
  const auto findings = verify_workflow(history);
  return std::find(findings.begin(), findings.end(),
                   "workflow: column chain differs from the hash chain over mutations, messages "
                   "and events") != findings.end();
}

}  // namespace

TEST_CASE("hash chain: SHA-256 is that of the standard") {
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("hash chain: a value has one text, however it is written") {
  CHECK(canonical_text({{"b", 1}, {"a", {true, nullptr, "\"\n\xC3\xA9"}}, {"", 0}}) ==
        "{\"\":0,\"a\":[true,null,\"\\\"\\n\xC3\xA9\"],\"b\":1}");
  CHECK(canonical_text({{"n", 2.0}}) == canonical_text({{"n", 2}}));
  CHECK(canonical_text(-0.0) == "0");
  CHECK(canonical_text(0.1) == "0.1");
  CHECK(canonical_text(1e300) == "1e+300");
  CHECK(canonical_text(json::object{}) == "{}");
  CHECK(canonical_text(json::array{}) == "[]");
}

TEST_CASE("hash chain: a definition keeps one if it says so") {
  const auto kept = told(chained_claim());
  REQUIRE(kept.state.workflow.chain);
  CHECK_FALSE(is_broken(kept));
  const auto end = parse_chain_end(*kept.state.workflow.chain).value();
  CHECK(end.seq == kept.state.workflow.last_seq);
  CHECK(end.link.size() == 64);
  CHECK(end == chained({}, {kept.mutations, kept.messages, kept.events}, end.seq));

  const auto none = told(chained_claim(false));
  CHECK_FALSE(none.state.workflow.chain);
  CHECK_FALSE(is_broken(none));
}

TEST_CASE("hash chain: a decision writes its end, and goes on from that of the one before") {
  const definition how = chained_claim();
  const decision first = started(how);
  const decision second = delivered(how, first, named("ask"));
  CHECK(second.state.workflow.chain == second.work.workflow.chain);
  CHECK(second.work.workflow.chain != first.work.workflow.chain);
  const auto& work = second.work;
  CHECK(parse_chain_end(*work.workflow.chain) ==
        chained(parse_chain_end(*first.state.workflow.chain).value(),
                {work.mutations, work.messages, work.events}, work.workflow.last_seq));
  // A workflow that has begun one goes on, whatever a later program says; one without has none.
  const definition without = chained_claim(false);
  CHECK(delivered(without, first, named("ask")).work.workflow.chain == second.work.workflow.chain);
  CHECK_FALSE(delivered(how, started(without), named("ask")).work.workflow.chain);
}

TEST_CASE("hash chain: it ends where a program without chains has decided") {
  const definition how = chained_claim();
  decision before = started(how);
  before.state.workflow.last_seq += 3;
  const decision after = delivered(how, before, named("ask"));
  CHECK(after.work.workflow.chain == before.state.workflow.chain);

  auto history = told(how);
  history.state.workflow.chain = chained({}, {history.mutations, history.messages, history.events},
                                         history.events.back().seq - 1)
                                     .text();
  CHECK_FALSE(is_broken(history));
  const auto findings = verify_workflow(history);
  CHECK(std::ranges::any_of(findings, [](const std::string& line) {
    return line.starts_with("workflow: the hash chain ends at seq ");
  }));
  history.state.workflow.chain = "2:1:x";
  CHECK(std::ranges::count(verify_workflow(history),
                           "workflow: column chain is no end of a hash chain") == 1);
}

// Computed by Python, from what docs/operations.md says.
TEST_CASE("hash chain: the links of given rows are known") {
  const timestamp at = schema::parse_timestamp("2026-01-01T00:00:00.5Z").value();
  workflow_history past;
  past.events.push_back(
      {.workflow_id = workflow_id,
       .seq = 1,
       .transaction_id = transaction_id,
       .event_key = std::nullopt,
       .event_name = "nava.start",
       .event_args = {},
       .event_data = {{"b", 2.5}, {"a", {{"z", 1.0}, {"y", nullptr}}}, {"\n", "\xC3\xA9\\"}},
       .step_id = std::nullopt,
       .at = at,
       .actor = "ada"});
  past.mutations.push_back({workflow_id,
                            2,
                            transaction_id,
                            "set-memory",
                            "memorize",
                            workflow_id,
                            {{"n", 1e300}, {"m", std::uint64_t{18'446'744'073'709'551'615U}}},
                            at});
  past.messages.push_back({workflow_id, 3, at, "workflow", "a \"text\"", "eva"});
  CHECK(chained({}, {past.mutations, past.messages, past.events}, 3).text() ==
        "1:3:80f0ecb5b17ff5787d5b7ed2e1a71cf744f5ee9121931b71a760b734a2d93cfe");
}

TEST_CASE("hash chain: it tells of each row that was changed, added or removed") {
  const auto untouched = told(chained_claim());
  REQUIRE_FALSE(is_broken(untouched));
  const auto breaks = [&](auto change) {
    auto history = untouched;
    change(history);
    return is_broken(history);
  };
  CHECK(breaks([](auto& all) { all.state.workflow.chain->back() ^= 1; }));
  CHECK(breaks([](auto& all) { all.mutations.at(1).mutation["amount"] = 121; }));
  CHECK(breaks([](auto& all) { all.mutations.at(3).at += std::chrono::microseconds{1}; }));
  CHECK(breaks([](auto& all) { all.mutations.back().action = "another"; }));
  CHECK(breaks([](auto& all) { all.messages.at(0).content += "!"; }));
  CHECK(breaks([](auto& all) { all.messages.at(0).author = "ada"; }));
  CHECK(breaks([](auto& all) { all.events.at(1).event_data["b"] = 2.25; }));
  CHECK(breaks([](auto& all) { all.events.at(0).actor = "ada"; }));
  CHECK(breaks([](auto& all) { all.events.pop_back(); }));
  CHECK(breaks([](auto& all) { all.messages.push_back(all.messages.back()); }));
  CHECK(breaks([](auto& all) { std::swap(all.mutations.at(2).seq, all.mutations.at(3).seq); }));
  // What a database gives back in another order of keys is the same.
  CHECK_FALSE(breaks([](auto& all) {
    json::object turned;
    const json::object& data = all.events.at(1).event_data;
    for (auto each = data.end(); each != data.begin();) {
      --each;
      turned[each->key()] = each->value();
    }
    all.events.at(1).event_data = turned;
  }));
  // Without a chain nothing is said of it: whoever can write the table can take it away.
  CHECK_FALSE(breaks([](auto& all) {
    all.state.workflow.chain.reset();
    all.messages.at(0).content += "!";
  }));
}
