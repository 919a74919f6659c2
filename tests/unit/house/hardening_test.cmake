# LIBRARY and PROGRAM have what nava_harden() asks for, as READELF reads it.
function(expect file arguments pattern)
  execute_process(COMMAND "${READELF}" --wide ${arguments} "${file}" RESULT_VARIABLE failed
                  OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(failed OR NOT out MATCHES "${pattern}")
    message(SEND_ERROR "${file} has no ${pattern} in what readelf ${arguments} says")
  endif()
endfunction()

foreach(file IN ITEMS "${LIBRARY}" "${PROGRAM}")
  expect("${file}" --dynamic "Flags:[^\n]*NOW")
  expect("${file}" --program-headers "GNU_RELRO")
  expect("${file}" --dyn-syms "__stack_chk_fail")
  expect("${file}" --dyn-syms "__[a-z]+_chk@")
endforeach()
expect("${PROGRAM}" --file-header "DYN \\(Position-Independent")
