// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nava/workflow/error.hpp>
#include <nava/workflow/limits.hpp>

#include "persistence/postgresql/server_store.hpp"
#include "persistence/rows/row_text.hpp"
#include "persistence/rows/state_rows.hpp"

/// The inbox on a PostgreSQL server.
namespace nava::persistence::postgresql {
namespace {

std::string rows_text(std::span<const settlement_arguments> ended) {
  std::string rows = "[";
  for (const settlement_arguments& each : ended) {
    fmt::format_to(
        std::back_inserter(rows), R"({}{{"seq":{},"lease_fence":{},"attempt":{},"delay":{})",
        rows.size() > 1 ? "," : "", each.seq, each.fence, each.attempt, each.delay.count());
    if (!each.status.empty())
      fmt::format_to(std::back_inserter(rows), R"(,"status":"{}")", each.status);
    if (each.error) {
      rows += R"(,"error":)";
      append_quoted(rows, *each.error);
    }
    rows += '}';
  }
  rows += ']';
  if (rows.size() > unit_bytes_max)
    throw error{error_kind::invalid_input,
                fmt::format("the errors of the events are {} bytes long as JSON, {} are allowed",
                            rows.size(), unit_bytes_max)};
  return rows;
}

}  // namespace

claimed_events server_store::claim_events(const inbox_claim& request, deadline limit) {
  check_claim(request);
  limit = of_call(limit);
  const std::size_t window = inbox_window(request.events_max);
  const std::string after = std::to_string(request.after_seq), window_text = std::to_string(window),
                    events_max = std::to_string(request.events_max),
                    lease = std::to_string(request.lease.count());
  const auto names = names_text(request);
  const auto rows = locks().run(limit, [&](bool) {
    return pool_.acquire(limit)->execute_write(
        inbox_.claim, {after, window_text, events_max, names, lease, request.owner});
  });
  std::vector<connection::row> leased;
  claimed_events claimed = looked_at(rows, request, window, leased);
  claimed.events = events_from(leased);
  return claimed;
}

earlier_events server_store::claim_earlier(const schema::workflow_inbox& than,
                                           const inbox_claim& request, deadline limit) {
  check_claim(request);
  limit = of_call(limit);
  const earlier_arguments given{than, request};
  const std::string lease = std::to_string(request.lease.count());
  auto arguments = given.all();
  arguments.emplace_back(lease);
  const auto rows = locks().run(limit, [&](bool) {
    return pool_.acquire(limit)->execute_write(inbox_.claim_earlier, arguments);
  });
  std::vector<connection::row> leased;
  for (const auto& each : rows)
    if (each[1]) leased.emplace_back(each.begin() + 1, each.end());
  return {.events = events_from(leased),
          .are_held = leased.empty() && rows.at(0)[0].value() != "0"};
}

std::size_t server_store::settle_events(std::span<const inbox_settlement> ended, deadline limit) {
  if (ended.empty()) return 0;
  limit = of_call(limit);
  const std::string rows = rows_text(arguments_of(ended));
  return locks()
      .run(limit, [&](bool) { return pool_.acquire(limit)->execute_write(inbox_.settle, {rows}); })
      .size();
}

}  // namespace nava::persistence::postgresql
