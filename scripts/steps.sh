# The steps of scripts/test: each a function step_NAME that runs with set -e in
# a shell of its own. $scratch is a folder that goes away.

misspell=github.com/golangci/misspell/cmd/misspell@v0.7.0
staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2

# skip says what is not tested, at once and again at the end. It fails in CI,
# which has to test everything.
skip() {
    echo "not tested: $*"
    echo "$*" >>"$not_tested"
    [ -z "${CI:-}" ]
}

step_install() {
    if ! command -v apt-get >/dev/null; then
        skip "whatever lacks here of nginx, Docker, Chromium, qemu-user and npm: they are installed on Debian and Ubuntu only" || true # the steps that need one fail
        return
    fi
    $as_root env PATH="$PATH" CI="${CI:-}" scripts/install
}

step_gofmt() {
    local wrong
    wrong=$(gofmt -l .)
    if [ -n "$wrong" ]; then
        echo "not formatted by gofmt:"
        echo "$wrong"
        return 1
    fi
}

step_vet() { go vet ./...; }

# In the module of its own version: velocitas itself does not depend on it.
step_staticcheck() { go run "$staticcheck" ./...; }

# Of what people read, documents, names, help and messages; tests misspell on
# purpose. Links are checked by a test, in internal/docs.
step_spelling() {
    git ls-files '*.go' '*.md' '*.yaml' '*.html' '*.sh' scripts .ci |
        grep -v -E '_test\.go$|(^|/)testdata/' | xargs go run "$misspell" -error
}

# go_test runs go test and shows what failed, what was skipped, and the closing
# line of every package. Not from the cache: the result hangs on what is installed.
# Without vet, which has a step of its own and would look at all dependencies anew.
go_test() {
    local limit=40m # for a machine that is busy; on an idle one none takes five
    if [ -n "${VELOCITAS_TEST_FULL:-}" ]; then limit=3h; fi
    go test -v -vet=off -count=1 -timeout "$limit" "$@" 2>&1 | awk -v skips="$not_tested" -f scripts/go-test.awk
}

# What starts servers and measures; live/measure, half a minute of waiting, is
# left to the race detector.
measuring='/experiment$|/live(/|$)'
step_live() {
    local log=$scratch/live.log
    go_test -p 1 $(go list ./... | grep -E "$measuring" | grep -v '/live/measure$') | tee "$log" || second_try "$log"
}

# second_try runs what failed among real servers and clocks once more, alone: on
# a shared machine one of hundreds fails now and then by what others do to it.
# The end names what needed it; what fails twice has failed.
second_try() {
    local package tests
    awk -f scripts/failed-tests.awk "$1" >"$1.failed" || return 1
    while read -r package tests; do
        echo "== again, alone: $package $tests"
        go_test -p 1 -run "$tests" "$package" || return 1
        echo "$package $tests" >>"$second"
    done <"$1.failed"
}
# All others, but for what needs qemu: the same bytes from another processor.
step_unit() { go_test -skip 'Arm64$' $(go list ./... | grep -v -E "$measuring"); }
step_arm() { go_test -run 'Arm64$' ./sim ./plots; }

# The race detector looks at packages that have goroutines. It costs a factor of
# ten, so it does not get the tests that fill stores for minutes or open a
# browser, and of the simulator's, which are statistics on one goroutine, only
# those that run points in parallel.
step_race() {
    unset CGO_ENABLED
    if [ "$(go env CGO_ENABLED)" != 1 ]; then
        go_test ./live/measure
        skip "data races: the race detector needs cgo and a C compiler"
        return
    fi
    go_test -race -p 1 -skip 'TestDigestAfterFlushes|TestBounded|TestNothingGrows|TestBrowser' \
        ./badger/store ./live/load/... ./live/measure ./badger/instance
    go_test -race -run 'Deterministic|PredictsAnything' ./sim
}

# A number of inputs, not of seconds: with seconds, Go before 1.27 reports now
# and then a deadline of its own as a failure (go.dev/issue/75804). Minimising an
# interesting input takes up to a minute each unless it is bounded.
step_fuzz() {
    local inputs=3000x file target log=$scratch/fuzz.log
    if [ -n "${VELOCITAS_TEST_FULL:-}" ]; then inputs=200000x; fi
    grep -rl --include='*_test.go' '^func Fuzz' . | sort | while read -r file; do
        for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
            if ! go test -vet=off -run '^$' -fuzz "^$target\$" -fuzztime $inputs -fuzzminimizetime 5x "$(dirname "$file")" >"$log" 2>&1; then
                cat "$log"
                return 1
            fi
            echo "$target: $(tail -1 "$log")"
        done
    done
}

# The style of an instance's page is committed; is it what its source makes?
step_style() {
    if ! command -v npm >/dev/null || ! provide_node; then
        skip "whether badger/instance/web/page.css is fresh: that needs npm, and Node.js 20 or later"
        return
    fi
    badger/instance/web/check
}

# provide_node fetches a Node.js with npm where the one here is too old for
# Tailwind, as Debian 12's is.
provide_node() {
    local version machine
    version=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
    if [ "${version:-0}" -ge 20 ]; then return; fi
    case $(uname -sm) in
    "Linux x86_64") machine=linux-x64 ;;
    "Linux aarch64") machine=linux-arm64 ;;
    *) return 1 ;;
    esac
    npm install --prefix "$scratch/node" --no-audit --no-fund --loglevel=error "node-$machine@22"
    PATH=$scratch/node/node_modules/node-$machine/bin:$PATH
}

# Windows is not among them: velocitas runs there in WSL. The two that differ
# most from where the tests run, by their size of a word and their system, stand
# for the others but in the full run.
step_builds() {
    local target targets="linux/386 darwin/arm64"
    if [ -n "${VELOCITAS_TEST_FULL:-}" ]; then targets+=" linux/amd64 linux/arm64 darwin/amd64"; fi
    for target in $targets; do
        export GOOS=${target%/*} GOARCH=${target#*/}
        go vet ./...
        go build -o "$scratch/velocitas" .
        echo "$target: $(($(wc -c <"$scratch/velocitas") >> 20)) MB"
    done
}

# What a stranger does first: the README's first command, in a fresh clone.
step_readme() {
    local command file
    command=$(sed -n '/^[ $]*go run \. /{s/^[ $]*\([^#]*\).*/\1/p;q}' README.md)
    if [ -z "$command" ]; then
        echo "README.md has no line that begins with \"go run . \""
        return 1
    fi
    git clone --quiet . "$scratch/stranger"
    cd "$scratch/stranger"
    echo "$command"
    $command
    for file in reports/*.json reports/*-scaling.png; do test -s "$file"; done
}

# The other steps on a machine that has nothing yet.
step_fresh_root() { $as_root env PATH="$PATH" VELOCITAS_TEST_FULL= scripts/fresh-root; }
