// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <nava/schema/text.hpp>

#include "benchmarks/report.hpp"

namespace nava::benchmarks {
namespace {

constexpr std::array<metric, 4> metrics{metric::p50_ms, metric::p99_ms, metric::per_second,
                                        metric::rows_per_second};

json::array list_of(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

json::object options_of(const options& given) {
  return {{"database", given.url.printable()},
          {"schema", given.schema},
          {"workflows", given.workflows},
          {"rows", given.child_rows},
          {"operations", given.operations},
          {"warm_up", given.warm_up},
          {"events", given.events},
          {"batch", given.batch},
          {"connections", given.connections},
          {"seconds", given.seconds},
          {"rounds", given.rounds},
          {"seed", given.seed},
          {"contenders", list_of(given.contenders)},
          {"keep", given.keep}};
}

json::object round_of(const std::vector<figures>& contenders) {
  json::object round;
  for (const auto& one : contenders) {
    json::object values{{"operations", one.operations}};
    for (const metric which : metrics)
      if (const double value = value_of(one, which); value > 0)
        values.emplace(to_text(which), value);
    round.emplace(one.contender, std::move(values));
  }
  return round;
}

json::object medians_of(const report& of) {
  json::object medians;
  for (const auto& name : of.contenders()) {
    json::object values;
    for (const metric which : metrics)
      if (const double value = median(of.values(name, which)); value > 0)
        values.emplace(to_text(which), value);
    medians.emplace(name, std::move(values));
  }
  return medians;
}

json::object result_of(const result& of) {
  json::object object{
      {"name", of.name},      {"unit", of.unit},
      {"median", of.value()}, {"min", of.least()},
      {"max", of.most()},     {"rounds", json::array(of.rounds.begin(), of.rounds.end())}};
  if (of.target) {
    object.emplace("target",
                   json::object{{of.target->which == target::side::at_most ? "at_most" : "at_least",
                                 of.target->value}});
    object.emplace("met", of.target->met_by(of.value()));
  }
  return object;
}

}  // namespace

json::object json_of(const report& of) {
  json::array rounds, results;
  for (const auto& round : of.rounds()) rounds.push_back(round_of(round));
  for (const auto& one : of.results()) results.push_back(result_of(one));
  json::object object{{"workload", of.workload()},    {"options", options_of(of.given())},
                      {"facts", of.facts()},          {"notes", list_of(of.notes())},
                      {"rounds", std::move(rounds)},  {"medians", medians_of(of)},
                      {"results", std::move(results)}};
  for (const auto& [key, value] : of.environment()) object.emplace(key, value);
  return object;
}

}  // namespace nava::benchmarks
