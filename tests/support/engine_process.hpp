// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <nava/nava.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/databases.hpp"
#include "support/process_ledger.hpp"

/// Processes that work on a database until they are killed, and their work.
namespace nava::test {

inline constexpr std::chrono::milliseconds process_lease{1'000};

/// Where a process kills itself: before or after a call of its store.
enum class crash_point {
  none,
  before_commit,
  after_commit,
  after_claim,
  before_settlement,
  after_settlement,
  after_claim_of_events,
  before_settlement_of_events,
  after_settlement_of_events
};
/// All of them.
inline constexpr crash_point crash_points[] = {crash_point::after_settlement_of_events,
                                               crash_point::before_settlement_of_events,
                                               crash_point::after_claim_of_events,
                                               crash_point::after_settlement,
                                               crash_point::before_settlement,
                                               crash_point::after_claim,
                                               crash_point::before_commit,
                                               crash_point::after_commit};

/// What a process does besides its work.
struct process_habits {
  crash_point dies = crash_point::none;
  /// It notes `stops` and stops, once, with a task in its hands and no call of its store under way.
  bool stops = false;
};

/// A worker and a drainer, which purge and claim steps beside that, and note what they do. Each
/// life has a name of its own: `one/1`, `one/2` …
class engine_process {
 public:
  engine_process(std::string name, const test_database& database, const process_ledger& ledger,
                 const process_habits& habits = {});
  engine_process(const engine_process&) = delete;
  engine_process& operator=(const engine_process&) = delete;
  ~engine_process() { kill(); }

  void kill();
  void kill_and_begin_again();
  /// Waits until it has killed itself.
  void await_death();
  void send(int signal) const;

 private:
  void begin();
  [[noreturn]] void work();
  void has_ended(int status);

  const std::string name_;
  const test_database& database_;
  const process_ledger& ledger_;
  const process_habits habits_;
  int lives_ = 0;
  pid_t pid_ = -1;
};

/// Starts workflows about `first` and what follows: of `job`, which have a task with an effect
/// outside, a time that comes and two answers from outside; or of `part`, which want a machine.
std::vector<uuid> start_all(const test_database& database, std::string_view wfdef_key, int count,
                            int first = 0);

struct job_answer {
  int job = 0, n = 0;
};

/// Publishes answers to jobs, and starts a workflow that ends as it begins.
void publish_all(const test_database& database, const std::vector<job_answer>& answers,
                 const std::string& chaff_id);

/// Waits until so many workflows are done. Fails where for long none more is.
void await_all(const test_database& database, int count);

/// Waits until no event is left, and none of the workflows that are purged.
void await_rest(const test_database& database);

/// Checks what the ledger and the tables say of jobs that are done.
void check_jobs(const test_database& database, const std::vector<uuid>& ids,
                const process_ledger& ledger);

/// The process of a line, whichever of its lives it was.
[[nodiscard]] std::string process_of(const ledger_line& line);

}  // namespace nava::test
