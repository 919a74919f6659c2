# Fails unless README holds EXAMPLE without its licence line as a C++ block; with TITLE, as the block
# of that title.
file(READ "${README}" readme)
file(READ "${EXAMPLE}" program)
string(REGEX REPLACE "^// SPDX[^\n]*\n" "" program "${program}")
if(TITLE)
  string(FIND "${readme}" " title=\"${TITLE}\"\n${program}```\n" position)
else()
  string(FIND "${readme}" "```cpp\n${program}```\n" position)
endif()
if(position EQUAL -1)
  message(FATAL_ERROR "${README} does not show ${EXAMPLE} as it is; copy the program into its block")
endif()
