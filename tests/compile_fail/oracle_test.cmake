# A refusal that is not as its case says is found, in what g++ and clang print of two cases that
# share a run.
include("${CMAKE_CURRENT_LIST_DIR}/refusals.cmake")

set(first "// refused: key_is_wide<.*\"ix_claim\".*claim>\n// says: make it narrow\n")
set(second "// refused:\n// name_is_taken<.*\"receipt\"\n// says: rename one\n")
set(plain "// refused: cannot be sorted\n")

set(g++_first "In file included from rules.hpp:5,
                 from 1.cpp:1:
keys.hpp: In instantiation of 'struct key_is_wide<{\"ix_claim\"}, case_first::claim>':
database.hpp:69:8:   required from 'class database<case_first::claim>'
/cases/first.fail.cpp:9:51:   required from here
keys.hpp:7:40: error: static assertion failed: the key is wide: make it narrow
    7 |   static_assert(sizeof...(Key) == 0,
keys.hpp:7:40: note: the comparison reduces to '(2 == 0)'\n")
set(g++_second "names.hpp: In instantiation of 'struct name_is_taken<{\"claim\"}, {\"receipt\"}>':
database.hpp:70:8:   required from 'class database<case_second::claim>'
/cases/second.fail.cpp:8:51:   required from here
names.hpp:8:42: error: static assertion failed: rename one
    8 |   static_assert(sizeof...(Name) == 0, \"rename one\");\n")
set(g++_plain "rows.hpp: In instantiation of 'void load() [with Row = case_plain::claim]':
/cases/plain.fail.cpp:8:51:   required from here
rows.hpp:8:42: error: static assertion failed: JSON cannot be sorted\n")
set(Clang_first "In file included from 1.cpp:1:
keys.hpp:7:17: error: static assertion failed due to requirement 'sizeof...(Key) == 0': make it narrow
    7 |   static_assert(sizeof...(Key) == 0,
      |                 ^~~~~~~~~~~~~~~~~~~
culprits.hpp:70:7: note: in instantiation of template class 'key_is_wide<{\"ix_claim\"}, case_first::claim>' requested here
/cases/first.fail.cpp:9:25: note: in instantiation of template class 'database<case_first::claim>' requested here\n")
set(Clang_second "names.hpp:8:17: error: static assertion failed due to requirement 'sizeof...(Name) == 0': rename one
    8 |   static_assert(sizeof...(Name) == 0,
culprits.hpp:70:7: note: in instantiation of template class 'name_is_taken<{\"claim\"}, {\"receipt\"}>' requested here
/cases/second.fail.cpp:8:25: note: in instantiation of template class 'database<case_second::claim>' requested here\n")
set(Clang_plain "rows.hpp:8:17: error: static assertion failed due to requirement 'sortable': JSON cannot be sorted
/cases/plain.fail.cpp:8:25: note: in instantiation of function template 'load<case_plain::claim>' requested here\n")

# The complaint about the case `name` with the text `text` begins with `expected`; empty for none.
function(expect compiler name text output expected)
  nava_find_complaint("${name}" "${text}" "${output}" "${compiler}" 19 complaint)
  string(REGEX REPLACE "[:;\n].*" "" complaint "${complaint}")
  if(NOT complaint STREQUAL expected)
    message(SEND_ERROR "${compiler}, ${name}: expected \"${expected}\", got \"${complaint}\" of\n${text}${output}")
  endif()
endfunction()

foreach(compiler IN ITEMS g++ Clang)
  set(all "${${compiler}_first}${${compiler}_second}${${compiler}_plain}")
  foreach(name IN ITEMS first second plain)
    expect(${compiler} ${name} "${${name}}" "${all}" "")
    string(REPLACE "${${compiler}_${name}}" "" others "${all}")
    expect(${compiler} ${name} "${${name}}" "${others}" "${name} has no error")
  endforeach()
  foreach(wrong IN ITEMS key_is_wide|key_is_white ix_claim|ix_clam claim>|claims> narrow|wide)
    string(REGEX MATCH "(.+)\\|(.+)" whole "${wrong}")
    string(REPLACE "${CMAKE_MATCH_1}" "${CMAKE_MATCH_2}" text "${first}")
    expect(${compiler} first "${text}" "${all}" "first has no such error")
  endforeach()
  # What another case of the run is refused for does not count, and neither does a note that names
  # the case.
  expect(${compiler} first "${second}" "${all}" "first has no such error")
  set(noted "${${compiler}_second}/cases/first.fail.cpp:9:51: note: declared here\n")
  expect(${compiler} first "${second}" "${noted}" "first has no error")
  expect(${compiler} plain "// refused: sorted or so\n" "${all}" "plain has no such error")
  expect(${compiler} first "// says: make it narrow\n" "${all}"
         "first has no line \"// refused")
  expect(${compiler} first "// refused: key_is_wide<\n" "${all}" "first has no line \"// says")
  # A later error of the case counts too.
  string(REPLACE second first renamed "${${compiler}_second}")
  expect(${compiler} first "${second}" "${${compiler}_first}${renamed}" "")
endforeach()
