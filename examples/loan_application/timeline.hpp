// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <iosfwd>
#include <nava/nava.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace loan {

struct page {
  std::size_t width = 100;
  bool colours = false;
  bool brief = false;  ///< a line for each decision, without what it changed
};

/// Prints what a store has kept of one workflow, a decision at a time, grouped by day. Everything
/// about a decision comes from the rows of its event, its mutations and its messages.
class timeline {
 public:
  timeline(std::ostream& out, page page) : out_(out), page_(page) {}

  /// Takes for printed what was stored until then.
  void skip(const nava::workflow_history& history);
  /// The decisions that were stored since the last call.
  void print_new(const nava::workflow_history& history);
  /// What was asked for and left no row behind.
  void print_unstored(nava::timestamp at, std::string_view who, std::string_view what,
                      std::string_view verdict, std::string_view why);
  void print_summary(nava::persistence::store& store, const nava::uuid& workflow_id);

 private:
  enum class ink { plain, bold, dim, good, bad };
  struct decision;

  void print(const decision& made);
  void print_steps(const decision& made);
  void print_stages(const decision& made);
  void print_memory(const decision& made);
  void print_people_and_tasks(const decision& made);
  void print_messages(const decision& made);
  void print_status(const decision& made);
  void print_day(nava::timestamp at);
  void print_head(nava::timestamp at, std::string_view who, std::string_view what,
                  std::string_view right);
  /// A line beneath a head: what it is about, of what, and a text; the text moves to lines of
  /// its own where it does not fit beside its subject.
  void print_row(std::string_view label, std::string_view subject, std::string_view text,
                 ink text_ink = ink::plain);
  void print_wrapped(std::string_view text, std::size_t column, ink text_ink);
  void print_fact(std::string_view name, std::string_view value, ink value_ink = ink::plain);
  [[nodiscard]] std::string paint(ink with, std::string text) const;

  std::ostream& out_;
  page page_;
  std::int64_t last_seq_ = 0;
  std::string day_;
};

}  // namespace loan
