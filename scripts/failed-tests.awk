# Reads what go test -v printed and prints a line "package ^(Test|Test)$" for
# each package with tests that failed. It exits with 1 if running them again
# would prove nothing: a package that did not build or crashed, or more than
# three tests.

/^panic: / { hopeless = 1 }

/^--- FAIL: / { tests = tests "|" $3; n++ }

/^FAIL[ \t]+[^ \t]/ {
    if (tests == "") hopeless = 1
    print $2, "^(" substr(tests, 2) ")$"
    tests = ""
}

END { exit hopeless || n == 0 || n > 3 }
