// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct wide {
  std::int64_t c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18,
      c19, c20, c21, c22, c23, c24, c25, c26, c27, c28, c29, c30, c31, c32;
};
struct wide_table
    : table<wide, "wide", column<"c0", &wide::c0>, column<"c1", &wide::c1>, column<"c2", &wide::c2>,
            column<"c3", &wide::c3>, column<"c4", &wide::c4>, column<"c5", &wide::c5>,
            column<"c6", &wide::c6>, column<"c7", &wide::c7>, column<"c8", &wide::c8>,
            column<"c9", &wide::c9>, column<"c10", &wide::c10>, column<"c11", &wide::c11>,
            column<"c12", &wide::c12>, column<"c13", &wide::c13>, column<"c14", &wide::c14>,
            column<"c15", &wide::c15>, column<"c16", &wide::c16>, column<"c17", &wide::c17>,
            column<"c18", &wide::c18>, column<"c19", &wide::c19>, column<"c20", &wide::c20>,
            column<"c21", &wide::c21>, column<"c22", &wide::c22>, column<"c23", &wide::c23>,
            column<"c24", &wide::c24>, column<"c25", &wide::c25>, column<"c26", &wide::c26>,
            column<"c27", &wide::c27>, column<"c28", &wide::c28>, column<"c29", &wide::c29>,
            column<"c30", &wide::c30>, column<"c31", &wide::c31>, column<"c32", &wide::c32>,
            primary_key<&wide::c0>,
            index_on<"ix_wide", &wide::c0, &wide::c1, &wide::c2, &wide::c3, &wide::c4, &wide::c5,
                     &wide::c6, &wide::c7, &wide::c8, &wide::c9, &wide::c10, &wide::c11, &wide::c12,
                     &wide::c13, &wide::c14, &wide::c15, &wide::c16, &wide::c17, &wide::c18,
                     &wide::c19, &wide::c20, &wide::c21, &wide::c22, &wide::c23, &wide::c24,
                     &wide::c25, &wide::c26, &wide::c27, &wide::c28, &wide::c29, &wide::c30,
                     &wide::c31>> {};

constexpr auto tables = database<wide_table>::description.tables;
