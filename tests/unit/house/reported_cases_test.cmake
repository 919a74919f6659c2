# Runs cases of PROGRAM as one ctest test. Checks what ctest says of it, and what SUMMARY, which
# scripts/test.sh runs, makes of the report.
function(expect result expected name program filter)
  file(WRITE "${WORK}/CTestTestfile.cmake"
       "add_test([=[${name}]=] [=[${program}]=] [=[${filter}]=])\n"
       "set_tests_properties([=[${name}]=] PROPERTIES SKIP_RETURN_CODE 77)\n")
  execute_process(COMMAND "${CMAKE_CTEST_COMMAND}" --output-junit "${WORK}/tests.xml"
                  WORKING_DIRECTORY "${WORK}" OUTPUT_VARIABLE printed ERROR_VARIABLE printed)
  execute_process(COMMAND awk -f "${SUMMARY}" "${WORK}/tests.xml" RESULT_VARIABLE code
                  OUTPUT_VARIABLE summary)
  set(expected_code 1)
  if(expected MATCHES "^[1-9].* 0 failed")
    set(expected_code 0)
  endif()
  if(NOT printed MATCHES "1/1 Test [^\n]*[. *]${result}[ *]" OR NOT code EQUAL expected_code
     OR NOT summary MATCHES "cases of 1 tests: ${expected}\n$")
    message(FATAL_ERROR "${filter}: expected ${result}, then ${expected}, and got:\n${printed}"
                        "${summary}with the exit code ${code}")
  endif()
endfunction()

set(cases unit/reported_cases "${PROGRAM}")
expect(Passed "1 passed, 0 failed, 0 skipped" ${cases} "[pass]")
expect(Failed "0 passed, 1 failed, 0 skipped" ${cases} "[fail]")
expect(Skipped "0 passed, 0 failed, 1 skipped" ${cases} "[skip]")
expect(Failed "0 passed, 1 failed, 0 skipped" ${cases} "[skip_and_fail]")
expect(Failed "1 passed, 1 failed, 1 skipped" ${cases} "[pass],[fail],[skip]")
expect(Passed "1 passed, 0 failed, 1 skipped" ${cases} "[pass],[skip]")
expect(aborted "1 passed, 1 failed, 1 skipped" ${cases} "[pass],[skip],[abort]")
# Nothing is known of the cases before.
expect(killed "0 passed, 1 failed, 0 skipped" ${cases} "[pass],[kill]")
expect(Failed "0 passed, 1 failed, 0 skipped" ${cases} "[pass],[exit]")
expect(Failed "0 passed, 1 failed, 0 skipped" ${cases} "[no_such_case]")
expect("Not Run" "0 passed, 1 failed, 0 skipped" unit/reported_cases "${PROGRAM}.is_not_there" "")
expect(Passed "0 passed, 1 failed, 0 skipped" unit/reported_cases "${CMAKE_COMMAND}" --version)
expect(Passed "1 passed, 0 failed, 0 skipped" "any other test" "${CMAKE_COMMAND}" --version)
