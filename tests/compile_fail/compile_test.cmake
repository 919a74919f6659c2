# Runs the command after "--", a compiler that must find errors, and keeps in OUTPUT what it prints.
set(command "")
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(place RANGE ${last})
  if(DEFINED command_begins)
    list(APPEND command "${CMAKE_ARGV${place}}")
  elseif(CMAKE_ARGV${place} STREQUAL "--")
    set(command_begins TRUE)
  endif()
endforeach()
execute_process(COMMAND ${command} OUTPUT_FILE "${OUTPUT}" ERROR_FILE "${OUTPUT}"
                RESULT_VARIABLE code)
# A compiler that breaks down ends in another way.
if(NOT code EQUAL 1)
  file(READ "${OUTPUT}" output)
  message("${output}")
  message(FATAL_ERROR "the compiler ends with ${code} in place of 1")
endif()
