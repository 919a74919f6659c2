// SPDX-License-Identifier: Apache-2.0
#include "support/sqlite_statements.hpp"

#include <sqlite3.h>

#include <atomic>

namespace nava::test {
namespace {

std::atomic<std::size_t> statements_run = 0;

int count_statement(unsigned, void*, void*, void*) {
  ++statements_run;
  return 0;
}

int watch(sqlite3* opened, char**, const sqlite3_api_routines*) {
  return sqlite3_trace_v2(opened, SQLITE_TRACE_STMT, count_statement, nullptr);
}

// SQLite takes every extension's entry point as a function without arguments.
auto* entry_point() { return reinterpret_cast<void (*)()>(reinterpret_cast<void*>(&watch)); }

}  // namespace

sqlite_statements::sqlite_statements() {
  statements_run = 0;
  sqlite3_auto_extension(entry_point());
}

sqlite_statements::~sqlite_statements() { sqlite3_cancel_auto_extension(entry_point()); }

std::size_t sqlite_statements::run() const { return statements_run; }

}  // namespace nava::test
