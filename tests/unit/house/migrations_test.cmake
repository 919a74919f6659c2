# Configures projects in WORK that embed migrations with MODULE, and compares what that says.
function(configure)
  cmake_parse_arguments(given "" "SAYS;MORE;WIDE" "FILES" ${ARGN})
  file(REMOVE_RECURSE "${WORK}")
  foreach(file IN LISTS given_FILES)
    file(WRITE "${WORK}/sql/${file}" "SELECT 1;\n")
  endforeach()
  if(given_WIDE)
    string(ASCII 255 254 wide_mark)
    file(WRITE "${WORK}/sql/${given_WIDE}" "${wide_mark}S E L E C T")
  endif()
  file(WRITE "${WORK}/CMakeLists.txt"
       "cmake_minimum_required(VERSION 3.25)\nproject(refused LANGUAGES NONE)\n"
       "include(\"${MODULE}\")\n"
       "nava_embed_migrations(out.cpp NAMESPACE claims SET claims SQLITE sql ${given_MORE})\n")
  execute_process(COMMAND "${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${WORK}" -B "${WORK}/build" RESULT_VARIABLE failed
                  OUTPUT_VARIABLE out ERROR_VARIABLE out)
  string(REGEX REPLACE "[ \n]+" " " out "${out}")
  if(given_SAYS AND (NOT failed OR NOT out MATCHES "${given_SAYS}"))
    message(SEND_ERROR "${given_FILES}: expected \"${given_SAYS}\", got:\n${out}")
  elseif(NOT given_SAYS AND (failed OR NOT EXISTS "${WORK}/build/out.cpp"))
    message(SEND_ERROR "${given_FILES}: was refused:\n${out}")
  endif()
endfunction()

set(ten "")
foreach(number IN ITEMS 0001 0002 0003 0004 0005 0006 0007 0008 0009 0010)
  list(APPEND ten ${number}_a.sql ${number}_a.down.sql)
endforeach()
configure(FILES ${ten})
configure(FILES 0001_a.sql 0001_a.down.sql 0002_b.sql SAYS "no 0002_b.down.sql beside it")
configure(FILES 0001_a.sql 0001_a.down.sql 0003_c.sql 0003_c.down.sql
          SAYS "0003_c.sql: expected a migration with number 2")
configure(FILES 0001_a.sql 0001_a.down.sql 0001_b.sql 0001_b.down.sql
          SAYS "0001_b.sql: expected a migration with number 2")
configure(FILES 0001_a.sql 0001_a.down.sql 0001_b.down.sql SAYS "no 0001_b.sql beside it")
configure(FILES 1_a.sql 1_a.down.sql SAYS "a migration is named NNNN_name.sql")
configure(FILES ${ten} MORE "PARTITIONED sql" SAYS "PARTITIONED is for Nava's own set")
configure(FILES 0001_a.sql 0001_a.down.sql WIDE 0001_a.sql SAYS "0001_a.sql: is in UTF-16")
configure(FILES notes.txt SAYS "holds no migration")
file(REMOVE_RECURSE "${WORK}")
