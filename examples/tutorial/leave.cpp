// SPDX-License-Identifier: Apache-2.0
#include "leave.hpp"

#include <iostream>

// Who is in which group, the application knows.
nv::claimant person(const std::string& user) {
  if (user == "mia") return {.user = user, .groups = {"managers"}};
  if (user == "hanna") return {.user = user, .groups = {"hr"}};
  return {.user = user};
}

void run(const std::vector<std::string>& words) {
  nv::runtime runtime{nv::database_url{"sqlite:leave.db"}, {leave_request()}};
  if (words.size() == 4 && words[0] == "ask") {
    const leave_asked asked{.employee = words[2], .days = std::stoll(words[3])};
    runtime.start("leave-request", {"leave", words[1]}, nv::json_of(asked),
                  {.actor = asked.employee});
  } else if (words.size() == 2 && words[0] == "todo") {
    const nv::claimant user = person(words[1]);
    for (const auto& item : runtime.worklist({.user = user.user, .groups = user.groups}).items)
      std::cout << item.resource_id << ": " << item.title << '\n';
  } else if (words.size() == 4 && words[0] == "answer") {
    const nv::claimant user = person(words[2]);
    for (const auto& item : runtime.worklist({.user = user.user, .groups = user.groups}).items)
      if (item.resource_id == words[1]) answer(runtime, item, user, {.yes = words[3] == "yes"});
  } else if (words.size() == 1 && words[0] == "work") {
    const nv::worker worker{runtime, {{"mail-reminder", [](nv::task_context& task) {
                                         std::cout << "mail to " << task.input().at("to") << '\n';
                                         return nv::json::object{};
                                       }}}};
    std::cout << "working until you press Enter" << std::endl;
    std::cin.get();
  } else {
    std::cout << "usage: leave ask LEAVE EMPLOYEE DAYS | todo USER | answer LEAVE USER yes|no | "
                 "work\n";
  }
}

int main(int count, char** words) {
  try {
    run({words + 1, words + count});
  } catch (const std::exception& failed) {
    std::cerr << failed.what() << '\n';
    return 1;
  }
}
