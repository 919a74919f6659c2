// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/engine/verification.hpp>
#include <nava/runtime/verify_workflows.hpp>

namespace nava {
namespace {

constexpr std::size_t page_size = 500;

class walk {
 public:
  walk(persistence::store& store, const verify_listener& listener)
      : store_(store), listener_(listener) {}

  void visit(const uuid& id) {
    try {
      const auto past = store_.history(id);
      if (!past) return;
      for (std::string& text : engine::verify_workflow(*past)) tell(id, std::move(text));
    } catch (const unreadable_value& failure) {
      tell(id, failure.what());
    }
    ++report_.workflows;
  }

  [[nodiscard]] bool goes_on() const {
    return !listener_.on_progress || listener_.on_progress(report_);
  }
  [[nodiscard]] const verify_report& report() const { return report_; }

 private:
  void tell(const uuid& id, std::string text) {
    ++report_.contradictions;
    if (listener_.on_contradiction) listener_.on_contradiction({id, std::move(text)});
  }

  persistence::store& store_;
  const verify_listener& listener_;
  verify_report report_;
};

}  // namespace

verify_report verify_workflows(persistence::store& store, const persistence::list_request& which,
                               const verify_listener& listener) {
  walk all{store, listener};
  persistence::list_request request = which;
  // From the newest on: what begins after the call is behind the walk.
  request.order = persistence::list_order::created;
  request.newest_first = true;
  request.before.clear();
  request.after.clear();
  request.limit = page_size;
  do {
    const auto page = store.list(request);
    for (const schema::workflow& row : page.workflows) all.visit(row.id);
    request.after = page.next;
  } while (all.goes_on() && !request.after.empty());
  return all.report();
}

verify_report verify_workflows(persistence::store& store, std::span<const uuid> workflow_ids,
                               const verify_listener& listener) {
  walk all{store, listener};
  for (std::size_t begin = 0; begin < workflow_ids.size(); begin += page_size) {
    const auto count = std::min(page_size, workflow_ids.size() - begin);
    for (const uuid& id : workflow_ids.subspan(begin, count)) all.visit(id);
    if (!all.goes_on()) break;
  }
  return all.report();
}

void verify_inbox(
    persistence::event_inbox& inbox,
    const std::function<bool(std::int64_t seq, const std::string& text)>& on_contradiction) {
  persistence::inbox_list request{.limit = page_size};
  for (;;) {
    const auto page = inbox.list_events(request);
    for (const schema::workflow_inbox& event : page)
      for (const std::string& text : engine::verify_event(event))
        if (!on_contradiction(event.seq, text)) return;
    if (page.size() < request.limit) return;
    request.after_seq = page.back().seq;
  }
}

}  // namespace nava
