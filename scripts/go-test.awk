# Reads go test -v. Of a package that passed it prints the closing line and what
# was skipped, of one that failed all but the tests that passed. What was
# skipped goes into the file named by skips, too.

/^=== (RUN|PAUSE|CONT|NAME)/ { test = $3; next }

/^ *--- PASS/ { next }

# What a test logs comes before its result, and a subtest's result after all of
# its parent's.
/^ *--- SKIP/ { skipped[n_skipped++] = $3 ": " said[$3] }

/_test\.go:[0-9]+: / {
    said[test] = $0
    sub(/^ *[^ ]*_test\.go:[0-9]+: (NOT TESTED: )?/, "", said[test])
}

{ line[n++] = $0 }

/^(ok|FAIL|\?)[ \t]/ {
    if ($1 == "FAIL")
        for (i = 0; i < n - 1; i++) print line[i]
    for (i = 0; i < n_skipped; i++) {
        print "skipped " skipped[i]
        print skipped[i] >> skips
    }
    print
    fflush()
    n = n_skipped = 0
}

END { for (i = 0; i < n; i++) print line[i] }
