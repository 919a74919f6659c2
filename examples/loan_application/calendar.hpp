// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nava/nava.hpp>
#include <string>
#include <string_view>

/// Dates as the lender in this example counts them. The house is in Arizona, which keeps UTC-7
/// all year.
namespace loan {

namespace nv = nava;

/// Regulation Z has two: an estimate counts the days on which the lender is open, a closing
/// disclosure every day but Sundays and federal holidays. The story runs through no holiday.
enum class business_day { lender_open, all_but_sunday };

[[nodiscard]] std::chrono::sys_days day_of(nv::timestamp at);
[[nodiscard]] std::chrono::sys_days add_business_days(std::chrono::sys_days from, int count,
                                                      business_day kind);
/// The end of that day.
[[nodiscard]] nv::timestamp by_end_of(std::chrono::sys_days day);

/// Of `2026-03-02 09:05` in Arizona.
[[nodiscard]] nv::timestamp local_time(std::string_view text);
/// Of `2026-03-02`. Throws std::runtime_error for anything else.
[[nodiscard]] std::chrono::sys_days read_day(std::string_view text);

[[nodiscard]] std::string to_iso(std::chrono::sys_days day);          ///< `2026-03-02`
[[nodiscard]] std::string to_words(std::chrono::sys_days day);        ///< `Monday 2 March 2026`
[[nodiscard]] std::string to_short_words(std::chrono::sys_days day);  ///< `Mon 2 Mar`
[[nodiscard]] std::string clock_time(nv::timestamp at);               ///< `09:05`

}  // namespace loan
