// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

// 0 to 999 as three digits.
template <std::size_t Number>
inline constexpr char three[] = {char('0' + Number / 100), char('0' + Number / 10 % 10),
                                 char('0' + Number % 10), '\0'};
template <std::size_t Number>
inline constexpr fixed_string<4> digits{three<Number>};

template <std::size_t... I>
using numbered = receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                              index_on<fixed_string{"ix_"} + digits<I>, &receipt::name>...>;
template <class Numbers>
struct indexed;
template <std::size_t... I>
struct indexed<std::index_sequence<I...>> : numbered<I...> {};
struct receipt_table : indexed<std::make_index_sequence<95>> {};

constexpr auto tables = database<receipt_table>::description.tables;
