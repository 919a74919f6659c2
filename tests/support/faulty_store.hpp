// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nava/persistence/store.hpp>

namespace nava::test {

/// Hands every call on; a test overrides the ones it bends.
class store_decorator : public persistence::store {
 public:
  explicit store_decorator(std::shared_ptr<persistence::store> real) : real_(std::move(real)) {}

  persistence::commit_result create(const persistence::unit_of_work& unit) override;
  persistence::commit_result commit(const persistence::unit_of_work& unit) override;
  std::optional<persistence::loaded_workflow> load(const uuid& id,
                                                   std::string_view event_key) override;
  std::vector<persistence::loaded_workflow> load(std::string_view resource_name,
                                                 std::string_view resource_id,
                                                 std::string_view event_key) override;
  std::optional<persistence::workflow_history> history(const uuid& id) override;
  bool erase(const uuid& id) override;
  persistence::finished_batch erase_finished(const persistence::finished_request& request) override;
  persistence::finished_batch count_finished(const persistence::finished_request& request) override;
  std::vector<persistence::table_rows> count_rows(const uuid& id) override;
  std::vector<schema::workflow> list(const persistence::list_request& request) override;
  std::vector<schema::workflow_definition> register_definitions(
      std::span<const schema::workflow_definition> definitions) override;
  std::size_t write_rows(const schema::table_description& table, persistence::verb what,
                         json::array rows) override;
  std::vector<json::object> related_rows(const persistence::related_request& what,
                                         json::array keys) override;

 protected:
  [[nodiscard]] persistence::store& real() { return *real_; }

 private:
  std::shared_ptr<persistence::store> real_;
};

enum class fault {
  before,  ///< connection_lost, and nothing was done
  after    ///< done; then outcome_unknown for create, commit and
           ///< erase_finished, connection_lost for the rest
};

/// Fails chosen calls, or lets something happen just before them. Calls are counted from 1
/// over all functions, from the construction or the last reset(). Thread-safe.
class faulty_store : public store_decorator {
 public:
  using store_decorator::store_decorator;

  void fail_call(std::size_t number, fault kind);
  /// Runs `happens` once, just before the call, outside of any lock. What it does to the store
  /// below is not counted.
  void before_call(std::size_t number, std::function<void()> happens);
  void reset();
  [[nodiscard]] std::size_t calls() const;

  persistence::commit_result create(const persistence::unit_of_work& unit) override;
  persistence::commit_result commit(const persistence::unit_of_work& unit) override;
  std::optional<persistence::loaded_workflow> load(const uuid& id,
                                                   std::string_view event_key) override;
  std::vector<persistence::loaded_workflow> load(std::string_view resource_name,
                                                 std::string_view resource_id,
                                                 std::string_view event_key) override;
  std::optional<persistence::workflow_history> history(const uuid& id) override;
  bool erase(const uuid& id) override;
  persistence::finished_batch erase_finished(const persistence::finished_request& request) override;
  persistence::finished_batch count_finished(const persistence::finished_request& request) override;
  std::vector<persistence::table_rows> count_rows(const uuid& id) override;
  std::vector<schema::workflow> list(const persistence::list_request& request) override;
  std::vector<schema::workflow_definition> register_definitions(
      std::span<const schema::workflow_definition> definitions) override;

 private:
  template <class Call>
  auto faulty(persistence::error_kind kind_after, Call call);

  mutable std::mutex mutex_;
  std::size_t calls_ = 0;
  std::map<std::size_t, fault> faults_;
  std::map<std::size_t, std::function<void()>> happenings_;
};

}  // namespace nava::test
