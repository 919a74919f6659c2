# Sums the report of ctest (--output-junit): one line, and exit code 1 unless a case passed and none failed.
#
# A test of UNIT/, CONFORMANCE/ … is a process of many cases, which prints how many. Each other test is one case. A process
# that passed without that line, or failed without a failed case in it, has failed one. A test that could not be started is
# "notrun" like one that skipped itself; only the latter gives a SKIP_ property as the reason.

function end_test() {
  if (name == "") return
  ++tests
  if (name !~ /^(unit|conformance|integration|crash)\//) {
    if (status == "run") ++passed
    else if (is_skipped) ++skipped
    else ++failed
  } else if (status == "run" && counts != 1) {
    printf "%s: ended without a count of its cases\n", name
    ++failed
  } else {
    passed += case_passed
    skipped += case_skipped
    failed += (status != "run" && !is_skipped && case_failed == 0) ? 1 : case_failed
  }
  name = ""
}

/^[[:space:]]*<testcase / {
  end_test()
  name = $0; sub(/.* name="/, "", name); sub(/".*/, "", name)
  status = $0; sub(/.* status="/, "", status); sub(/".*/, "", status)
  is_skipped = status == "disabled"
  counts = case_passed = case_failed = case_skipped = 0
}

/^[[:space:]]*<skipped message="SKIP_/ { is_skipped = 1 }

/^cases: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
  ++counts
  case_passed = $2; case_failed = $4; case_skipped = $6
}

END {
  end_test()
  printf "cases of %d tests: %d passed, %d failed, %d skipped\n", tests, passed, failed, skipped
  exit failed > 0 || passed == 0
}
