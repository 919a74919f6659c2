// SPDX-License-Identifier: Apache-2.0
#include <sqlite3.h>

#include <cstdio>
#include <iostream>
#include <nava/nava.hpp>

namespace nv = nava;
using namespace std::chrono_literals;

// An invoice waits for its payment. One that comes before the invoice is kept for a week.
nv::definition invoice() {
  nv::definition_builder invoice{"invoice", nv::revision{1}};
  invoice.title("Invoice").stage("money", "Money");
  invoice.step("payment", {.stage = "money"})
      .on("paid", [](nv::step_context& step, const nv::event& paid) {
        step.workflow().output({{"amount", paid.data.at("amount")}});
        step.finish();
      });
  invoice.keep_early("paid", 7 * 24h);
  invoice.on_started([](nv::workflow_context& workflow) { workflow.add_step("payment"); });
  return invoice.build();
}

// The books of the application, in the same file, written with its own library.
class books {
 public:
  explicit books(const char* file) { check(sqlite3_open(file, &database_)); }
  ~books() { sqlite3_close(database_); }
  void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
  void run(const nv::sql_statement& what) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(database_, what.text.c_str(), -1, &statement, nullptr));
    for (int i = 0; const auto& each : what.parameters)
      if (++i; each.value)
        check(sqlite3_bind_text(statement, i, each.value->c_str(), -1, SQLITE_TRANSIENT));
    (void)sqlite3_step(statement);
    check(sqlite3_finalize(statement));  // says what the step said
  }

 private:
  void check(int result) {
    if (result != SQLITE_OK) throw std::runtime_error{sqlite3_errmsg(database_)};
  }
  sqlite3* database_ = nullptr;
};

int main() {
  std::remove("invoices.db");
  nv::runtime runtime{nv::database_url{"sqlite:invoices.db"}, {invoice()}};
  const auto id = runtime.start("invoice", {"invoice", "17"}).workflow_id;

  books own{"invoices.db"};
  own.run("CREATE TABLE payment (number INTEGER, amount INTEGER)");
  const nv::event paid{.name = "paid",
                       .resource = {"invoice", "17"},
                       .key = "payment-4711",
                       .data = {{"amount", 500}}};
  own.run("BEGIN");
  own.run("INSERT INTO payment VALUES (4711, 500)");
  own.run(nv::publish_statement(paid, nv::sql_client::sqlite3));
  own.run("COMMIT");

  nv::inbox_drainer drainer{runtime};
  const auto ended = runtime.wait(id, nv::deadline::in(30s));
  std::cout << "invoice 17 is " << to_text(ended->workflow.status) << ": "
            << ended->memory.output.at("amount") << '\n';
}
