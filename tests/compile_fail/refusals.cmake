# Whether a compiler refuses a case as the case says. Cases share a compiler run, so each is judged
# by its own lines of the output alone.

# The words of the line "// KEY: WORDS" of a case, as a regular expression; empty where there is
# none.
function(nava_read_expectation text key result)
  # clang-format puts a long message on the line below.
  string(REGEX MATCH "// ${key}:[ \n/]*([^\n]+)" found "${text}")
  string(REPLACE ".*" "[^\n]*" words "${CMAKE_MATCH_1}")
  set(${result} "${words}" PARENT_SCOPE)
endfunction()

# What `compiler` prints for a rule that is broken: g++ the class of the rule above the advice,
# clang below it, and clang 14 the names that are its arguments as numbers. A refusal without
# advice is the text of an assertion.
function(nava_expect_refusal compiler version message advice result)
  set(assertion "error: static assertion failed: [^\n]*")
  if(compiler STREQUAL "Clang")
    set(assertion "error: static.assert[^\n]* failed[^\n]*")
  endif()
  if(NOT advice)
    set(expected "${assertion}${message}")
  elseif(compiler STREQUAL "Clang")
    if(version VERSION_LESS 15)
      string(REGEX REPLACE "<.*" "<" message "${message}")
      string(REPLACE "…" "[^\n]*" advice "${advice}")
    endif()
    # Of a long text clang prints the beginning.
    string(REPEAT "[^\"]" 24 beginning)
    string(REGEX REPLACE "\"(${beginning})[^\"]*\"" "\"\\1" message "${message}")
    set(snippet "(\n[ 0-9|]* [^\n]*)*")
    set(expected "${assertion}${advice}[^\n]*${snippet}\n[^\n]*in instantiation of [^\n]*${message}")
  else()
    set(expected
        "In instantiation of [^\n]*${message}[^\n]*(\n[^\n]*[0-9]:   [^\n]*)*\n[^\n]*${assertion}${advice}")
  endif()
  set(${result} "${expected}" PARENT_SCOPE)
endfunction()

# Whether an error of the case `name` matches `expected`, and all its errors. An error reaches from
# the lines above it, which lead to it, to those above the next. It belongs to the case that its
# lines name first.
function(nava_find_error name output expected found result)
  string(ASCII 30 mark)
  set(above "In file included from [^\n]*| +from [^\n]*|[^\n]*: (In|At) [^\n]*|[^\n]*[0-9]:   [^\n]*")
  string(REGEX REPLACE "\n(((${above}|[^\n]*skipping [^\n]*)\n)*[^\n]*: (fatal )?error: )"
                       "\n${mark}\\1" output "\n${output}")
  set(errors "")
  set(is_found FALSE)
  while(output MATCHES "${mark}([^${mark}]*)(.*)")
    set(error "${CMAKE_MATCH_1}")
    set(output "${CMAKE_MATCH_2}")
    string(REGEX MATCH "/[a-z0-9_]+\\.fail\\.cpp:[0-9]" owner "${error}")
    if(owner MATCHES "^/${name}\\.")
      # A pattern is the same whether its case has a namespace or is compiled alone.
      string(REPLACE "case_${name}::" "" error "${error}")
      string(APPEND errors "${error}")
      if(error MATCHES "${expected}")
        set(is_found TRUE)
      endif()
    endif()
  endwhile()
  set(${found} ${is_found} PARENT_SCOPE)
  set(${result} "${errors}" PARENT_SCOPE)
endfunction()

# What is wrong with the refusal of the case `name` with the text `text`; empty where nothing is.
function(nava_find_complaint name text output compiler version result)
  set(complaint "")
  nava_read_expectation("${text}" refused message)
  nava_read_expectation("${text}" says advice)
  nava_expect_refusal("${compiler}" "${version}" "${message}" "${advice}" expected)
  nava_find_error("${name}" "${output}" "${expected}" found errors)
  string(REPLACE "[^\n]*" ".*" words "${message}\n${advice}")
  if(NOT message)
    set(complaint "${name} has no line \"// refused: MESSAGE\"")
  elseif(NOT advice AND NOT message MATCHES " ")
    set(complaint "${name} has no line \"// says: WORDS OF THE ADVICE\"")
  elseif(NOT errors)
    set(complaint "${name} has no error; expected:\n${words}")
  elseif(NOT found)
    set(complaint "${name} has no such error:\n${words}\nbut:\n${errors}")
  endif()
  set(${result} "${complaint}" PARENT_SCOPE)
endfunction()
