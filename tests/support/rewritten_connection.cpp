// SPDX-License-Identifier: Apache-2.0
#include "support/rewritten_connection.hpp"

#include <algorithm>
#include <utility>

namespace nava::test {
namespace {

using persistence::connection;
using persistence::statement;

class rewritten_connection : public connection {
 public:
  rewritten_connection(std::unique_ptr<connection> real, std::shared_ptr<sql_rewriter> rewriter)
      : real_(std::move(real)), rewriter_(std::move(rewriter)) {}

  using connection::execute;
  using connection::execute_write;

  std::vector<row> execute(const statement& what, std::span<const argument> arguments) override {
    real_->bound(limit());
    return real_->execute(rewriter_->rewritten(what), arguments);
  }
  std::vector<row> execute_write(const statement& what,
                                 std::span<const argument> arguments) override {
    real_->bound(limit());
    return real_->execute_write(rewriter_->rewritten(what), arguments);
  }
  void run_script(const std::string& sql) override {
    real_->bound(limit());
    real_->run_script(rewriter_->rewritten(sql));
  }
  bool make_idle() noexcept override { return real_->make_idle(); }
  bool is_given_up() const noexcept override { return real_->is_given_up(); }

 private:
  const std::unique_ptr<connection> real_;
  const std::shared_ptr<sql_rewriter> rewriter_;
};

}  // namespace

void sql_rewriter::rewrite(std::string from, std::string to) {
  const std::lock_guard lock{mutex_};
  changes_.push_back({std::move(from), std::move(to)});
  made_.clear();
}

void sql_rewriter::restore() {
  const std::lock_guard lock{mutex_};
  changes_.clear();
  made_.clear();
}

bool sql_rewriter::has_fired() const {
  const std::lock_guard lock{mutex_};
  return std::ranges::all_of(changes_, &change::has_fired);
}

statement sql_rewriter::rewritten(const statement& what) {
  const std::lock_guard lock{mutex_};
  const auto known = made_.find(what.id());
  if (known != made_.end()) return known->second;
  std::string sql = replaced(what.sql());
  if (sql == what.sql()) return what;
  return made_
      .emplace(what.id(),
               statement{std::move(sql), what.parameters(), what.columns(), what.is_binary()})
      .first->second;
}

std::string sql_rewriter::rewritten(const std::string& script) {
  const std::lock_guard lock{mutex_};
  return replaced(script);
}

std::string sql_rewriter::replaced(std::string sql) {
  for (change& each : changes_)
    for (std::size_t at = 0; (at = sql.find(each.from, at)) != std::string::npos;
         at += each.to.size()) {
      sql.replace(at, each.from.size(), each.to);
      each.has_fired = true;
    }
  return sql;
}

std::unique_ptr<connection> rewritten(std::unique_ptr<connection> real,
                                      std::shared_ptr<sql_rewriter> rewriter) {
  return std::make_unique<rewritten_connection>(std::move(real), std::move(rewriter));
}

}  // namespace nava::test
