// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"
#include "support/postgresql_places.hpp"
#include "support/stores.hpp"

/// Companies that share a database, as `nava companies` and `nava grants` separate them.
namespace nava::test::companies {

// A garment is sewn by somebody of the makers, after a task.
inline definition order() {
  definition_builder order{"order", revision{1}};
  order.stage("s", "Stage").role("buyer", "Buyer").starts_on("ordered");
  order.step("making", {.stage = "s", .candidates = {.groups = {"makers"}}})
      .on_task_finished("cut", [](step_context& step, const task_end&) { step.message("cut"); })
      .on("sewn", [](step_context& step, const event&) { step.finish(); });
  order.on_started([](workflow_context& on) {
    on.add_participant("buyer", "eric");
    step_context making = on.add_step("making");
    making.message("measured");
    making.add_task("cut");
  });
  return order.build();
}

inline std::string printed(test_database& database, words arguments) {
  if (dynamic_cast<postgresql_partitioned*>(&database) != nullptr)
    arguments.emplace_back("--partitioned");
  const auto result = run_nava(joined(std::move(arguments), {"--schema", database.url().schema()}));
  REQUIRE(result.exit_code == done);
  return result.out;
}

inline void separate(postgresql_schema& database) {
  (void)database.open();
  (void)database.raw()->run(printed(database, {"companies"}));
}

// A role of a company, or of all of them.
class company_role {
 public:
  company_role(postgresql_schema& database, const std::string& company,
               const std::string& purpose = "operator")
      : schema_(database.schema()),
        name_(schema_ + "_" + (company.empty() ? "all" : company) + "_" + purpose),
        owner_(database.raw()) {
    owner_->run("CREATE ROLE " + name_ + " LOGIN PASSWORD 'secret'");
    const words whose = company.empty() ? words{"--all-companies"} : words{"--company", company};
    (void)owner_->run(printed(database, joined({"grants", name_, "--for", purpose}, whose)));
  }
  company_role(const company_role&) = delete;
  company_role& operator=(const company_role&) = delete;
  ~company_role() {
    owner_->run("DROP OWNED BY " + name_ + " CASCADE");
    owner_->run("DROP ROLE " + name_);
  }

  /// Of a login: it has nava.company from the role.
  [[nodiscard]] std::string location() const {
    return with_parameter(with_parameter(postgresql_url(), "user=" + name_), "password=secret");
  }
  [[nodiscard]] persistence::database_url url() const {
    return persistence::database_url{location(), schema_};
  }
  [[nodiscard]] std::unique_ptr<raw_session> raw() const {
    return raw_postgresql(location(), schema_);
  }
  [[nodiscard]] std::shared_ptr<persistence::store> open(
      const persistence::store_options& options = {}) const {
    return persistence::open_store(url(), options);
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string schema_, name_;
  std::unique_ptr<raw_session> owner_;
};

inline const resource about{"order", "7"};

inline runtime runtime_of(const company_role& role) { return runtime{role.open(), {order()}}; }

inline std::string outcome_of(raw_session& session, const std::string& sql) {
  try {
    const auto rows = session.run(sql);
    return rows.empty() ? "nothing" : rows.front().front();
  } catch (const std::runtime_error& refused) {
    return refused.what();
  }
}

}  // namespace nava::test::companies

#define COMPANIES_TEST_CASE(NAME) \
  TEMPLATE_TEST_CASE("companies: " NAME, "[companies]", postgresql_schema, postgresql_partitioned)
