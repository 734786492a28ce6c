package cmd

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// example is a command that README or a help text shows, and what is right of
// its answer. They run in their order in one folder, by a shell, as they are
// typed.
type example struct {
	shown string
	// run is what is run where shown has a placeholder, or needs what may not be
	// there.
	run string
	// quick is run instead of what takes a while, unless VELOCITAS_TEST_FULL=1.
	quick string
	// long is run with VELOCITAS_TEST_FULL=1 only.
	long bool
	says string // a regular expression that stdout matches
	// From and to are what its first group, a number, is at least and at most,
	// worked out in the comment beside it.
	from, to float64
	exit     int
}

var examples = []example{
	// One instance under 0.25 CPUs with 62 ms a request and the store's work: about 4/s.
	{shown: "velocitas sim --instances 4", quick: "velocitas sim --instances 4-4", says: `(?m)^ +4 +([0-9.]+)`, from: 11, to: 17},
	{shown: "velocitas sim [SCENARIO]", run: "velocitas sim quick.yaml", says: `(?m)^ +1 +([0-9.]+)`, from: 19, to: 21},
	// All that is offered leaves, since four can do 400/s.
	{shown: "velocitas sim textbook --rate 300", quick: "velocitas sim textbook --rate 300 --instances 4-4", says: `(?m)^ +4 +([0-9.]+)`, from: 295, to: 305},
	{shown: "velocitas scenarios show first > mine.yaml; velocitas sim mine.yaml", quick: "velocitas scenarios show first > mine.yaml; velocitas sim mine.yaml --duration 20s", says: `(?m)^first: `},
	{shown: "velocitas scenarios show first > mine.yaml", run: "velocitas scenarios show first > mine.yaml; velocitas scenarios check mine.yaml", says: `mine.yaml: is a valid scenario`},
	// Its host of two cores is used up by four: more bring nothing.
	{shown: "velocitas sim one-host-knee", quick: "velocitas sim one-host-knee --instances 8-8 --duration 20s", says: `(?m)^ +8 +([0-9.]+) .* host$`, from: 200, to: 270},
	// An M/M/1 of 100/s at 20/s has its p99 at ln 100 / 80 s = 58 ms.
	{shown: "velocitas sim … --slo 'p99<250ms@800rps'", run: "velocitas sim quick.yaml --slo 'p99<250ms@20rps'", says: `(?m)^p99<250ms@20rps +1 +([0-9.]+) ms .* kept$`, from: 48, to: 68},
	{shown: "velocitas sim … --what-if instance.cpus=0.25,0.5", run: "velocitas sim --instances 2-2 --duration 40s --what-if instance.cpus=0.25,0.5", says: `(?m)^ +2 +instance\.cpus=0\.5 +([0-9.]+)`, from: 12.5, to: 16},
	// Its CPU alone allows 4 at 10/s; one is lost.
	{shown: "velocitas plan --rate 10 --p99 3s --survive 1", says: `^first: ([0-9]+) instances keep p99<3000ms and errors<0.1%`, from: 4, to: 7},
	{shown: "velocitas plan --rate 10 --p99 3s --peak 2x --survive 1", says: `^first: ([0-9]+) instances keep p99<3000ms`, from: 6, to: 9},
	// E_16/M/1 with half the load of M/M/1: p95 is just below -ln 0.05 / 100 s / (1 - 0.25).
	{shown: "velocitas plan textbook --rate 800 --p95 40ms", says: `^textbook: ([0-9]+) instances keep p95<40ms`, from: 15, to: 17},
	{shown: "velocitas knee", quick: "velocitas knee --instances 2-2", says: `(?m)^ +2 +([0-9.]+)`, from: 5, to: 8.5},
	{shown: "velocitas knee --p99 1s", quick: "velocitas knee --p99 1s --instances 2-2", says: `(?m)^ +2 +([0-9.]+)`, from: 1, to: 5},
	// M/M/1: p99 is ln 100 / (100 - rate), 200 ms at 77/s.
	{shown: "velocitas knee textbook --p99 200ms --instances 1,2,4,8", quick: "velocitas knee textbook --p99 200ms --instances 1-1", says: `(?m)^ +1 +([0-9.]+)`, from: 72, to: 82},
	{shown: "velocitas fit TABLE.csv", run: "velocitas fit measured.csv", says: `measurements`},
	{shown: "velocitas fit measured.csv --predict 16,32", says: `(?m)^ *16 +`},
	{shown: "velocitas fit measured.csv --columns 'how many=n,answered=x,took=r_ms'", says: `answered|how many`,
		run: `printf 'how many,answered,took\n1,100,10\n2,190,10.5\n4,340,11.8\n8,520,15.4\n' | velocitas fit - --columns 'how many=n,answered=x,took=r_ms'`},
	{shown: "velocitas fit reports/first.json", says: `(?m)4 measurements|4 sizes`},
	{shown: `printf '1,100\n2,190\n4,340\n8,520\n' | velocitas fit - --reach 600`, says: `600`},
	{shown: "velocitas compare A.json B.json", run: "velocitas compare before.json after.json", says: `No difference seen(?s:.*)throughput is +within`},
	{shown: "velocitas compare before.json after.json --max-error throughput=5%,p99=15%", says: `(?m)^ +p99 ms .* (no difference seen|slower|faster)$`},
	{shown: "velocitas compare reports/first-measured.json reports/first-predicted.json", says: `(?m)^ +1 +throughput 1/s `},
	{shown: "velocitas export reports/first.json --as openmetrics", says: `(?m)^velocitas_answered_requests_per_second\{.*name="first"\} ([0-9.]+)`, from: 1, to: 20},
	{shown: "velocitas export textbook --as access-log --instances 4-4 --file access.log --accounts cpu.csv", run: "velocitas export quick.yaml --as access-log --file predicted.log --accounts predicted.csv; velocitas import predicted.log --quiet --out ''", says: `predicted.log: [0-9]+ requests in [0-9.]+ s; ([0-9.]+) per second`, from: 17, to: 23},
	{shown: "velocitas export textbook --as vegeta --instances 4-4 | vegeta report", run: "velocitas export quick.yaml --as vegeta | velocitas import - --quiet --out ''", says: `stdin: [0-9]+ requests`},
	{shown: "velocitas export", run: "velocitas export before.json --as csv", says: `(?m)^1,20\.[0-9]+,(19|20)\.`},
	{shown: "velocitas scenarios import nginx.conf docker-compose.yml", says: `(?m)^  rate: unknown `},
	{shown: "velocitas scenarios import nginx.conf docker-compose.yml > shop.yaml", run: "velocitas scenarios import nginx.conf docker-compose.yml > found.yaml; cat found.yaml", says: `(?m)^instances: ([0-9]+)-`, from: 5, to: 5},
	{shown: "velocitas scenarios import nginx.conf docker-compose.yml --rate 120 --cpu-ms 18 --cores 8 | velocitas sim -",
		run: "velocitas scenarios import nginx.conf docker-compose.yml --rate 120 --cpu-ms 18 --cores 8 | velocitas sim - --instances 2-2 --duration 10s --out ''", says: `(?m)^ +2 +`},
	// Two names that nginx looks up once; five replicas of one service.
	{shown: "velocitas lint nginx.conf docker-compose.yml", says: `nginx.conf:[0-9]+: warning: velocitas looked up once`},
	{shown: "velocitas lint nginx.conf --clients 2000 --timeout 5s --fail-on warning", exit: exitMissed, says: `error: 2000 clients at a time, and connections for (384)`, from: 384, to: 384},
	{shown: "velocitas import FILE...", run: "velocitas import access.log.gz", says: `268 requests in ([0-9.]+) s`, from: 4, to: 5},
	{shown: "velocitas import access.log.gz --trace arrivals.txt", run: "velocitas import access.log.gz --trace arrivals.txt; printf 'instances: 1-1\nload: {trace: arrivals.txt}\ninstance: {demand: 10ms}\n' > traced.yaml; velocitas scenarios check traced.yaml", says: `written: arrivals.txt(?s:.*)traced.yaml: is a valid scenario`},
	{shown: "velocitas import n1.json n2.json n4.json --instances 1,2,4", run: "velocitas import access.log.gz access.log.gz --instances 1,2", says: `(?m)^ +2 +([0-9.]+)`, from: 50, to: 70},
	{shown: "velocitas import access.log --nginx nginx.conf",
		run: `echo '10.0.0.1 - - [25/Nov/2026:12:02:03 +0000] "GET / HTTP/1.1" 200 312 "-" "x"' > access.log; velocitas import access.log --nginx nginx.conf`, says: `access.log: ([0-9]+) request`, from: 1, to: 1},
	{shown: `velocitas import access.log --log-format '$msec $request_time $upstream_addr $status "$request"'`,
		run: `echo '1795608123.500 0.061 10.0.0.1:80 200 "GET / HTTP/1.1"' > access.log; velocitas import access.log --log-format '$msec $request_time $upstream_addr $status "$request"'`, says: `1 request in (0.061) s`, from: 0.061, to: 0.061},
	// 120/s of 18 ms keep 2.16 instances of one CPU busy.
	{shown: "velocitas init", run: "velocitas init - --cpu-ms 18 --cpus 1 --rate 120", says: `(?m)^instances: (3)-6 `, from: 3, to: 3},
	{shown: "velocitas init --cpu-ms 18 --cpus 1 --rate 120; velocitas plan service.yaml", says: `(?m)^service: ([0-9]+) instances keep p99<180ms`, from: 3, to: 6},
	{shown: "velocitas init --cpu-ms 18 --cpus 1 --rate 120", exit: exitInput, says: `^$`}, // it is there by now
	{shown: "velocitas init shop.yaml --cpu-ms 40 --cpus 0.5 --rate 300 --cores 8 --p99 400ms", says: `written: shop.yaml`},
	{shown: "velocitas scenarios", says: `(?m)^one-host-knee +`},
	{shown: "velocitas schema curve", says: `"title": "velocitas curve"`},
	{shown: "velocitas completion bash", says: `__start_velocitas`},
	{shown: "velocitas man DIR", run: "velocitas man pages; cat pages/velocitas-plan.1", says: `VELOCITAS-PLAN`},
	{shown: "velocitas man ~/.local/share/man/man1; man velocitas-sim", run: "HOME=$PWD; velocitas man ~/.local/share/man/man1; cat .local/share/man/man1/velocitas-sim.1", says: `VELOCITAS-SIM`},
	{shown: "velocitas instance --listen 127.0.0.1:3000", run: "velocitas instance --listen 127.0.0.1:0 > said.txt 2>&1 & " + untilItListens, says: `127\.0\.0\.1:[0-9]+`},
	{shown: "GOMAXPROCS=1 velocitas instance --name one --access-log", run: "GOMAXPROCS=1 velocitas instance --name one --access-log --listen 127.0.0.1:0 > said.txt 2>&1 & " + untilItListens, says: `one`},

	// A list of 4 ms and a buy of 10 in about one of six.
	{shown: "velocitas calibrate access.log --cpu cpu.csv", run: "cd shop && velocitas calibrate access.log --cpu cpu.csv --log-format '" + sampleFormat + "' --cpus 0.5",
		says: `a request takes ([0-9.]+) ± [0-9.]+ ms of an instance's CPU time`, from: 4.5, to: 6},
	{shown: "velocitas calibrate access.log --cpu cpu.csv --nginx nginx.conf --compose docker-compose.yml --out reports/shop",
		run: "cd shop && velocitas calibrate access.log --cpu cpu.csv --nginx nginx.conf --compose docker-compose.yml --out ../reports/shop", says: `(?m)^post-buy-n .* (30|29\.[0-9]+) ± `},
	// 800/s of 5.2 ms keep 8.3 instances of half a CPU busy, and one more is lost.
	{shown: "velocitas plan reports/shop/scenario.yaml --rate 800 --p99 250ms --survive 1", says: `^web: ([0-9]+) instances keep p99<250ms`, from: 10, to: 16},
	{shown: "velocitas calibrate", long: true, says: `10,000 keys: ([0-9.]+) ms of CPU time`, from: 1, to: 10_000},
	{shown: "velocitas calibrate --threads 2 --json > mine.json; velocitas sim --profile mine.json", long: true, says: `(?m)^ +4 +([0-9.]+)`, from: 1, to: 1000},
	{shown: "velocitas live", run: "velocitas live " + briefly + " --instances 1,2", long: true, says: `(?m)^ +2 +throughput 1/s `},
	{shown: "velocitas live SCENARIO", run: "velocitas live one.yaml " + briefly, long: true, says: `(?m)^ +2 +throughput 1/s `},
	{shown: "velocitas live one-host-knee --instances 1-8", run: "velocitas live one-host-knee " + briefly + " --instances 1-3", long: true, says: `(?m)^ +3 +throughput 1/s `},
	{shown: "velocitas live --stack local --keys 1000 --cpus 0.15", run: "velocitas live " + briefly + " --keys 100 --instances 1,2", long: true, says: `(?m)^ +1 +throughput 1/s `},
	{shown: "velocitas live --validate", run: "velocitas live --validate " + briefly + " --instances 1-3", long: true, says: `(?m)^Baselines fitted on the same sizes$`},
	{shown: "velocitas live --url http://127.0.0.1:8080/ --clients 8", long: true, says: `(?m)^ +1 +([0-9.]+)`, from: 1, to: 1e6,
		run: "velocitas instance --listen 127.0.0.1:18473 > /dev/null & sleep 1; velocitas live --url 'http://127.0.0.1:18473/?keys=10' --clients 8 --rounds 2 --duration 1s; kill -TERM $!; wait $!"},
	// Without an engine there is nobody else's project to measure; what is asked is understood.
	{shown: "velocitas live --compose docker-compose.yml --service web --proxy nginx", run: "velocitas live --compose no-such.yml --service web --proxy nginx", exit: exitInput, says: `^$`},
}

// untilItListens ends an instance in the background as soon as it is up, and
// prints what it said.
const untilItListens = "until grep -q 127.0.0.1 said.txt; do sleep 0.1; done; kill -TERM $!; wait $! && cat said.txt"

// briefly makes a real measurement take seconds. It proves that the command
// works, not that the machine is fast.
const briefly = "--stack local --no-nginx --rounds 2 --duration 1s --cpus 0 --keys 100"

// What README and the help texts show is run, and answers what is right.
func TestExamples(t *testing.T) {
	dir := t.TempDir()
	prepareExamples(t, dir)
	full := os.Getenv("VELOCITAS_TEST_FULL") == "1"
	for _, e := range examples {
		t.Run(e.shown, func(t *testing.T) {
			if e.long && !full {
				t.Skip("is run with VELOCITAS_TEST_FULL=1")
			}
			if e.quick != "" && !full {
				e.run = e.quick
			}
			e.try(t, dir)
		})
	}
}

func (e example) try(t *testing.T, dir string) {
	command := e.run
	if command == "" {
		command = e.shown
	}
	c := exec.CommandContext(t.Context(), "sh", "-c", command)
	c.Dir = dir
	var said, complaint strings.Builder
	c.Stdout, c.Stderr = &said, &complaint
	err := c.Run()
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != e.exit) || err == nil && e.exit != 0 {
		t.Fatalf("%s: %v, want exit code %d\n%s%s", command, err, e.exit, &said, &complaint)
	}
	found := regexp.MustCompile(e.says).FindStringSubmatch(said.String())
	if found == nil {
		t.Fatalf("%s: nothing matches %s in\n%s", command, e.says, &said)
	}
	if e.to == 0 {
		return
	}
	v, err := strconv.ParseFloat(found[1], 64)
	if err != nil || v < e.from || v > e.to {
		t.Errorf("%s: says %s, want %g to %g\n%s", command, found[1], e.from, e.to, &said)
	}
}

// prepareExamples makes the files that examples name, and velocitas itself.
func prepareExamples(t *testing.T, dir string) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	// A copy, not a link: velocitas starts itself by where it is, and TestMain goes
	// by the name.
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "velocitas"), program, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	write := func(name string, data []byte) {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("quick.yaml", []byte("instances: 1-1\nduration: 60s\nload: {rate: 20}\nbalancer: {cost: 0s, connect: 0s}\n"+
		"instance: {demand: {distribution: exponential, mean: 10ms}, discipline: fifo}\n"))
	write("one.yaml", []byte("instances: 1-2\nload: {clients_per_instance: 2}\n"))
	log, err := os.ReadFile("../testdata/evidence/nginx/velocitas.log.gz")
	if err != nil {
		t.Fatal(err)
	}
	write("access.log.gz", log)
	if err := os.Mkdir(filepath.Join(dir, "shop"), 0o777); err != nil {
		t.Fatal(err)
	}
	sampleLog(t, filepath.Join(dir, "shop"), 120)
	for _, name := range []string{"nginx.conf", "docker-compose.yml"} {
		own, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		write(name, own)
	}
	write("measured.csv", []byte("instances,rps\n1,100\n2,190\n3,270\n4,340\n6,440\n8,520\n"))
	var inside struct{ Measured, Predicted json.RawMessage }
	data, err := os.ReadFile("../testdata/live-own/closed-1000/closed-1000-validation.json")
	if err == nil {
		err = json.Unmarshal(data, &inside)
	}
	if err != nil {
		t.Fatal(err)
	}
	write("reports/first-measured.json", inside.Measured)
	write("reports/first-predicted.json", inside.Predicted)
	for name, seed := range map[string]string{"before.json": "1", "after.json": "2"} {
		c := exec.CommandContext(t.Context(), "velocitas", "sim", "quick.yaml", "--json", "--seed", seed)
		c.Dir = dir
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		write(name, out)
	}
}

// Every command that README and the help texts show is among the examples, and
// the other way round.
func TestExamplesAreAll(t *testing.T) {
	shown := shownCommands(t)
	var listed []string
	for _, e := range examples {
		if slices.Contains(listed, e.shown) {
			t.Errorf("%s: is listed twice", e.shown)
		}
		listed = append(listed, e.shown)
	}
	for _, s := range shown {
		if !slices.Contains(listed, s) {
			t.Errorf("%s: is shown, and nothing says what is right of its answer", s)
		}
	}
	for _, s := range listed {
		if !slices.Contains(shown, s) {
			t.Errorf("%s: is not shown anywhere", s)
		}
	}
	if len(shown) < 30 {
		t.Errorf("only %d commands are found", len(shown))
	}
}

// shownCommands are the commands of README, in blocks of code and between
// backquotes, and those of the help texts.
func shownCommands(t *testing.T) []string {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	add := func(command string) {
		command, _, _ = strings.Cut(command, "  # ")
		command = strings.Join(strings.Fields(strings.TrimSpace(command)), " ")
		if rest, ok := strings.CutPrefix(command, "go run . "); ok {
			command = "velocitas " + rest
		}
		command = strings.TrimPrefix(command, "$ ")
		if strings.Contains(command, "velocitas ") && !slices.Contains(all, command) {
			all = append(all, command)
		}
	}
	block := regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```")
	for _, m := range block.FindAllStringSubmatch(string(data), -1) {
		if m[1] != "" {
			continue // YAML
		}
		for _, line := range strings.Split(m[2], "\n") {
			if strings.HasPrefix(line, "$ ") || strings.HasPrefix(line, "go run ") || strings.HasPrefix(line, "velocitas ") {
				add(line)
			}
		}
	}
	for _, m := range regexp.MustCompile("`(velocitas [^`]*)`").FindAllStringSubmatch(block.ReplaceAllString(string(data), ""), -1) {
		add(m[1])
	}
	var help func(c *cobra.Command)
	help = func(c *cobra.Command) {
		for _, line := range strings.Split(c.Example, "\n") {
			add(line)
		}
		for _, sub := range c.Commands() {
			help(sub)
		}
	}
	help(newRoot())
	return all
}

// README's scenario is one that works: what it says it keeps, it keeps.
func TestReadmeScenario(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	yaml := regexp.MustCompile("(?s)```yaml\n(name: .*?)```").FindSubmatch(data)
	if yaml == nil {
		t.Fatal("README.md shows no scenario")
	}
	dir := t.TempDir()
	prepareExamples(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "checkout.yaml"), yaml[1], 0o666); err != nil {
		t.Fatal(err)
	}
	example{run: "velocitas sim checkout.yaml --out '' --width 0 --instances 8,12", says: `(?m)^errors<0.1% +12 .* kept$`}.try(t, dir)
	example{run: "velocitas sim checkout.yaml --out '' --width 0 --instances 8,12 --slo none", says: `(?m)^ +8 +([0-9.]+) `, from: 117, to: 123}.try(t, dir)
}
