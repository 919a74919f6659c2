// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/text.hpp>

#include "persistence/rows/state_rows.hpp"
#include "persistence/sqlite/file_store.hpp"

/// The inbox in a SQLite file.
namespace nava::persistence::sqlite {
namespace {

std::string listed(const std::vector<connection::row>& seqs) {
  std::string list;
  for (const connection::row& each : seqs) append(list, ",", each[0].value());
  return "[" + list + "]";
}

}  // namespace

// Looked at first without the one writer, which idle drainers would keep others waiting for; and
// before that with a query that makes no table of its own. Each of those costs SQLite some twenty
// pages of memory, which an idle drainer would touch at each poll.
claimed_events file_store::claim_events(const inbox_claim& request, deadline limit) {
  check_claim(request);
  limit = of_call(limit);
  const timestamp now = file_store::now();
  const std::size_t window = inbox_window(request.events_max);
  const std::string after = std::to_string(request.after_seq), window_text = std::to_string(window),
                    events_max = std::to_string(request.events_max), time = schema::to_text(now),
                    until = schema::to_text(now + request.lease);
  const auto names = names_text(request);
  const std::vector<connection::argument> looked_for{after, window_text, events_max, names, time};
  const auto pick = [&](connection& on, std::vector<connection::row>& seqs) {
    return looked_at(on.execute(inbox_.pick, looked_for), request, window, seqs);
  };
  std::vector<connection::row> seqs;
  claimed_events claimed;
  claimed.seen_from = claimed.seen_to = request.after_seq;
  {
    const auto looking = reader(limit);
    if (looking->execute(inbox_.is_any_free, {after, time}).empty()) return claimed;
    claimed = pick(*looking, seqs);
  }
  if (seqs.empty()) return claimed;
  const auto connection = writer_.acquire(limit);
  connection->execute(statements_.begin);
  seqs.clear();
  claimed = pick(*connection, seqs);
  claimed.events =
      events_from(connection->execute(inbox_.lease, {listed(seqs), until, request.owner}));
  connection->execute_write(statements_.commit, {});
  return claimed;
}

earlier_events file_store::claim_earlier(const schema::workflow_inbox& than,
                                         const inbox_claim& request, deadline limit) {
  check_claim(request);
  const timestamp now = file_store::now();
  const std::string time = schema::to_text(now), until = schema::to_text(now + request.lease);
  const earlier_arguments given{than, request};
  auto arguments = given.all();
  arguments.emplace_back(time);
  const auto connection = writer_.acquire(of_call(limit));
  connection->execute(statements_.begin);
  const auto rows = connection->execute(inbox_.pick_earlier, arguments);
  std::vector<connection::row> seqs;
  for (const auto& each : rows)
    if (each[1]) seqs.emplace_back(each.begin() + 1, each.end());
  earlier_events found{.events = {},
                       .are_held = rows.at(0)[0].value() != std::to_string(seqs.size())};
  if (!found.are_held && !seqs.empty())
    found.events =
        events_from(connection->execute(inbox_.lease, {listed(seqs), until, request.owner}));
  connection->execute_write(statements_.commit, {});
  return found;
}

std::size_t file_store::settle_events(std::span<const inbox_settlement> ended, deadline limit) {
  const auto all = arguments_of(ended);
  if (all.empty()) return 0;
  const timestamp now = file_store::now();
  std::size_t stored = 0;
  const auto connection = writer_.acquire(of_call(limit));
  connection->execute(statements_.begin);
  for (const settlement_arguments& each : all)
    stored +=
        (each.status.empty()
             ? connection->execute(inbox_.remove, {each.seq, each.fence})
             : connection->execute(inbox_.keep, {each.seq, each.fence, each.status, each.attempt,
                                                 each.error, schema::to_text(now + each.delay)}))
            .size();
  connection->execute_write(statements_.commit, {});
  return stored;
}

}  // namespace nava::persistence::sqlite
