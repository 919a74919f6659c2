// SPDX-License-Identifier: Apache-2.0
#include "support/sqlite_statements.hpp"

#include <sqlite3.h>

#include <atomic>

namespace nava::test {
namespace {

std::atomic<std::size_t> statements_run = 0;
std::atomic<std::size_t> steps_made = 0;

int count_statement(unsigned event, void*, void* statement, void*) {
  if (event == SQLITE_TRACE_STMT)
    ++statements_run;
  else
    steps_made += static_cast<std::size_t>(
        sqlite3_stmt_status(static_cast<sqlite3_stmt*>(statement), SQLITE_STMTSTATUS_VM_STEP, 1));
  return 0;
}

int watch(sqlite3* opened, char**, const sqlite3_api_routines*) {
  return sqlite3_trace_v2(opened, SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE, count_statement,
                          nullptr);
}

// SQLite takes every extension's entry point as a function without arguments.
auto* entry_point() { return reinterpret_cast<void (*)()>(reinterpret_cast<void*>(&watch)); }

}  // namespace

sqlite_statements::sqlite_statements() {
  statements_run = 0;
  steps_made = 0;
  sqlite3_auto_extension(entry_point());
}

sqlite_statements::~sqlite_statements() { sqlite3_cancel_auto_extension(entry_point()); }

std::size_t sqlite_statements::run() const { return statements_run; }

std::size_t sqlite_statements::vm_steps() const { return steps_made; }

}  // namespace nava::test
