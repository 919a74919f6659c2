// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/database.hpp>

// A row with a value of an enumeration, which the cases here name wrongly.
namespace enumerations {

using namespace nava::schema;

enum class color { red = -1, green = 2, blue = 64 };

template <class Value>
struct lamp {
  nava::uuid id;
  Value shade;
};

template <class Value>
struct lamp_table : table<lamp<Value>, "lamp", column<"_id", &lamp<Value>::id>,
                          column<"shade", &lamp<Value>::shade>, primary_key<&lamp<Value>::id>> {};

enum class right { red = -1, green = 2, blue = 64 };

}  // namespace enumerations

template <>
struct nava::schema::enum_names<enumerations::right> {
  static constexpr std::array names{enum_name{enumerations::right::green, "GREEN"},
                                    enum_name{enumerations::right::red, "RED"},
                                    enum_name{enumerations::right::blue, "BLUE"}};
};
