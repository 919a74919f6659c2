// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <nava/nava.hpp>
#include <stdexcept>
#include <thread>

namespace nv = nava;
using namespace std::chrono_literals;

nv::definition order() {
  nv::definition_builder order{"order", nv::revision{1}};
  order.title("Order").stage("ship", "Shipping");

  order.step("delivery", {.stage = "ship", .states = {"SHIPPED", "LOST"}})
      .on_task_finished("book-carrier",
                        [](nv::step_context& step, const nv::task_end& booked) {
                          step.memorize({{"tracking", booked.result.at("tracking")}});
                          step.transit("SHIPPED").finish();
                        })
      .on_task_failed("book-carrier", [](nv::step_context& step, const nv::task_end& failed) {
        step.message(*failed.error).transit("LOST");
      });

  order.on_started([](nv::workflow_context& workflow) {
    workflow.add_step("delivery")
        .add_task("book-carrier", {{"kilograms", workflow.params().at("kilograms")}},
                  {.attempts_max = 3, .priority = nv::task_priority::high});
  });
  return order.build();
}

// The carrier is given the id of the task, so that it books once however often it is asked.
nava::json::object book_carrier(nv::task_context& task) {
  if (task.attempt() == 1) throw std::runtime_error{"the carrier does not answer"};
  return {{"tracking", "NV-" + task.about().id}};
}

int main() {
  nv::runtime runtime{nv::database_url{"sqlite::memory:"}, {order()}};
  nv::worker worker{runtime, {{"book-carrier", book_carrier, {.backoff = 10ms}}}};
  const auto started = runtime.start("order", {"order", "17"}, {{"kilograms", 12}});

  const auto load = [&] { return runtime.store().load(started.workflow_id).value().state; };
  while (!is_finished(load().workflow.status)) std::this_thread::sleep_for(5ms);
  const auto state = load();
  std::cout << "order 17 is " << to_text(state.workflow.status) << ": "
            << state.steps.front().memory.at("tracking") << '\n';
}
