// SPDX-License-Identifier: Apache-2.0
#include "support/wide_schema.hpp"

#include <nava/schema/database.hpp>

namespace nava::test {
namespace {

using namespace nava::schema;

struct sheet {
  std::int64_t c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4 = 0, c5 = 0, c6 = 0, c7 = 0, c8 = 0, c9 = 0,
               c10 = 0, c11 = 0, c12 = 0, c13 = 0, c14 = 0, c15 = 0, c16 = 0, c17 = 0, c18 = 0,
               c19 = 0, c20 = 0, c21 = 0, c22 = 0, c23 = 0, c24 = 0, c25 = 0, c26 = 0, c27 = 0,
               c28 = 0, c29 = 0, c30 = 0, c31 = 0, c32 = 0, c33 = 0, c34 = 0, c35 = 0, c36 = 0,
               c37 = 0, c38 = 0, c39 = 0, c40 = 0, c41 = 0, c42 = 0, c43 = 0, c44 = 0, c45 = 0,
               c46 = 0, c47 = 0, c48 = 0, c49 = 0, c50 = 0, c51 = 0, c52 = 0, c53 = 0, c54 = 0,
               c55 = 0, c56 = 0, c57 = 0, c58 = 0, c59 = 0, c60 = 0, c61 = 0, c62 = 0, c63 = 0,
               c64 = 0, c65 = 0, c66 = 0, c67 = 0, c68 = 0, c69 = 0, c70 = 0, c71 = 0, c72 = 0,
               c73 = 0, c74 = 0, c75 = 0, c76 = 0, c77 = 0, c78 = 0, c79 = 0, c80 = 0, c81 = 0,
               c82 = 0, c83 = 0, c84 = 0, c85 = 0, c86 = 0, c87 = 0, c88 = 0, c89 = 0, c90 = 0,
               c91 = 0, c92 = 0, c93 = 0, c94 = 0, c95 = 0, c96 = 0, c97 = 0, c98 = 0, c99 = 0,
               c100 = 0, c101 = 0, c102 = 0, c103 = 0, c104 = 0, c105 = 0, c106 = 0, c107 = 0,
               c108 = 0, c109 = 0, c110 = 0, c111 = 0, c112 = 0, c113 = 0, c114 = 0, c115 = 0,
               c116 = 0, c117 = 0, c118 = 0, c119 = 0, c120 = 0, c121 = 0, c122 = 0, c123 = 0,
               c124 = 0, c125 = 0, c126 = 0, c127 = 0, c128 = 0, c129 = 0;
};

struct sheet_table
    : table<
          sheet, "sheet", column<"c0", &sheet::c0>, column<"c1", &sheet::c1>,
          column<"c2", &sheet::c2>, column<"c3", &sheet::c3>, column<"c4", &sheet::c4>,
          column<"c5", &sheet::c5>, column<"c6", &sheet::c6>, column<"c7", &sheet::c7>,
          column<"c8", &sheet::c8>, column<"c9", &sheet::c9>, column<"c10", &sheet::c10>,
          column<"c11", &sheet::c11>, column<"c12", &sheet::c12>, column<"c13", &sheet::c13>,
          column<"c14", &sheet::c14>, column<"c15", &sheet::c15>, column<"c16", &sheet::c16>,
          column<"c17", &sheet::c17>, column<"c18", &sheet::c18>, column<"c19", &sheet::c19>,
          column<"c20", &sheet::c20>, column<"c21", &sheet::c21>, column<"c22", &sheet::c22>,
          column<"c23", &sheet::c23>, column<"c24", &sheet::c24>, column<"c25", &sheet::c25>,
          column<"c26", &sheet::c26>, column<"c27", &sheet::c27>, column<"c28", &sheet::c28>,
          column<"c29", &sheet::c29>, column<"c30", &sheet::c30>, column<"c31", &sheet::c31>,
          column<"c32", &sheet::c32>, column<"c33", &sheet::c33>, column<"c34", &sheet::c34>,
          column<"c35", &sheet::c35>, column<"c36", &sheet::c36>, column<"c37", &sheet::c37>,
          column<"c38", &sheet::c38>, column<"c39", &sheet::c39>, column<"c40", &sheet::c40>,
          column<"c41", &sheet::c41>, column<"c42", &sheet::c42>, column<"c43", &sheet::c43>,
          column<"c44", &sheet::c44>, column<"c45", &sheet::c45>, column<"c46", &sheet::c46>,
          column<"c47", &sheet::c47>, column<"c48", &sheet::c48>, column<"c49", &sheet::c49>,
          column<"c50", &sheet::c50>, column<"c51", &sheet::c51>, column<"c52", &sheet::c52>,
          column<"c53", &sheet::c53>, column<"c54", &sheet::c54>, column<"c55", &sheet::c55>,
          column<"c56", &sheet::c56>, column<"c57", &sheet::c57>, column<"c58", &sheet::c58>,
          column<"c59", &sheet::c59>, column<"c60", &sheet::c60>, column<"c61", &sheet::c61>,
          column<"c62", &sheet::c62>, column<"c63", &sheet::c63>, column<"c64", &sheet::c64>,
          column<"c65", &sheet::c65>, column<"c66", &sheet::c66>, column<"c67", &sheet::c67>,
          column<"c68", &sheet::c68>, column<"c69", &sheet::c69>, column<"c70", &sheet::c70>,
          column<"c71", &sheet::c71>, column<"c72", &sheet::c72>, column<"c73", &sheet::c73>,
          column<"c74", &sheet::c74>, column<"c75", &sheet::c75>, column<"c76", &sheet::c76>,
          column<"c77", &sheet::c77>, column<"c78", &sheet::c78>, column<"c79", &sheet::c79>,
          column<"c80", &sheet::c80>, column<"c81", &sheet::c81>, column<"c82", &sheet::c82>,
          column<"c83", &sheet::c83>, column<"c84", &sheet::c84>, column<"c85", &sheet::c85>,
          column<"c86", &sheet::c86>, column<"c87", &sheet::c87>, column<"c88", &sheet::c88>,
          column<"c89", &sheet::c89>, column<"c90", &sheet::c90>, column<"c91", &sheet::c91>,
          column<"c92", &sheet::c92>, column<"c93", &sheet::c93>, column<"c94", &sheet::c94>,
          column<"c95", &sheet::c95>, column<"c96", &sheet::c96>, column<"c97", &sheet::c97>,
          column<"c98", &sheet::c98>, column<"c99", &sheet::c99>, column<"c100", &sheet::c100>,
          column<"c101", &sheet::c101>, column<"c102", &sheet::c102>, column<"c103", &sheet::c103>,
          column<"c104", &sheet::c104>, column<"c105", &sheet::c105>, column<"c106", &sheet::c106>,
          column<"c107", &sheet::c107>, column<"c108", &sheet::c108>, column<"c109", &sheet::c109>,
          column<"c110", &sheet::c110>, column<"c111", &sheet::c111>, column<"c112", &sheet::c112>,
          column<"c113", &sheet::c113>, column<"c114", &sheet::c114>, column<"c115", &sheet::c115>,
          column<"c116", &sheet::c116>, column<"c117", &sheet::c117>, column<"c118", &sheet::c118>,
          column<"c119", &sheet::c119>, column<"c120", &sheet::c120>, column<"c121", &sheet::c121>,
          column<"c122", &sheet::c122>, column<"c123", &sheet::c123>, column<"c124", &sheet::c124>,
          column<"c125", &sheet::c125>, column<"c126", &sheet::c126>, column<"c127", &sheet::c127>,
          column<"c128", &sheet::c128>, column<"c129", &sheet::c129>, primary_key<&sheet::c0>> {};
struct note {
  uuid id{};
  std::int64_t sheet_id = 0;
};
struct note_table
    : table<note, "note", column<"id", &note::id>, column<"sheet_id", &note::sheet_id>,
            primary_key<&note::id>, index_on<"ix_note_sheet_id", &note::sheet_id>,
            foreign_key<"", members<&note::sheet_id>, members<&sheet::c0>,
                        referential_action::cascade, referential_action::cascade>,
            to_one<"sheet", sheet>> {};

using wide = database<sheet_table, note_table>;

}  // namespace

const schema::database_description& wide_schema() { return wide::description; }

}  // namespace nava::test
