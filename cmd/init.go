package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/scenarios"
)

// initFlags are what is asked of a service, as it was typed.
type initFlags struct {
	cpuMs, cpus, rate, instances, cores, p99 string
}

func newInit() *cobra.Command {
	var f initFlags
	c := &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a commented scenario of your own service, to begin with",
		Long: "Write a commented scenario of your own service into FILE, service.yaml by default, or - for stdout. What no\n" +
			"flag says is asked for on a terminal. A file that is there already is left as it is.",
		Example: "  velocitas init --cpu-ms 18 --cpus 1 --rate 120; velocitas plan service.yaml\n" +
			"  velocitas init shop.yaml --cpu-ms 40 --cpus 0.5 --rate 300 --cores 8 --p99 400ms",
		Args: arguments(0, 1, "at most one file"),
		RunE: func(c *cobra.Command, args []string) error {
			return runInit(c, append(args, "service.yaml")[0], f)
		},
	}
	c.Flags().StringVar(&f.cpuMs, "cpu-ms", "", "CPU time of a request in milliseconds, on average: CPU seconds of all instances over requests served")
	c.Flags().StringVar(&f.cpus, "cpus", "", "CPU limit of an instance in cores, 0 for none")
	c.Flags().StringVar(&f.rate, "rate", "", "requests a second, all instances together")
	c.Flags().StringVar(&f.instances, "instances", "", `numbers of instances to look at, such as "2-8"; by default those around what the CPU time needs`)
	c.Flags().StringVar(&f.cores, "cores", "", "cores of a host, 0 for as many as anyone wants; 0 by default")
	c.Flags().StringVar(&f.p99, "p99", "", `objective for the 99th percentile of latency, such as "250ms"; by default ten times the CPU time`)
	return c
}

// question is one of those that init asks; what a flag says answers it.
type question struct {
	flag, text, without string // without is the answer of who gives none; "" must be answered
	check               func(answer string) error
	answer              *string
}

func runInit(c *cobra.Command, file string, f initFlags) error {
	toStdout := file == "-"
	if !toStdout {
		if _, err := os.Lstat(file); err == nil {
			return usage("%s: is there already and is left as it is; name another file", file)
		}
	}
	questions := []question{
		{"cpu-ms", "CPU time of a request, in milliseconds", "", isNumber("cpu-ms"), &f.cpuMs},
		{"cpus", "CPU limit of an instance in cores, 0 for none", "1", isNumber("cpus"), &f.cpus},
		{"rate", "requests a second, all instances together", "", isNumber("rate"), &f.rate},
		{"cores", "cores of a host, 0 for as many as anyone wants", "0", isNumber("cores"), &f.cores},
		{"p99", "99th percentile of latency to keep, such as 250ms", byItself, isLatency, &f.p99},
	}
	if err := answer(c, questions); err != nil {
		return err
	}
	s, err := f.service(file)
	if err != nil {
		return err
	}
	text := s.yaml()
	if _, err := scenarios.Parse(file, []byte(text)); err != nil {
		return input(err) // such as a rate that no scenario may have
	}
	if toStdout {
		_, err := io.WriteString(c.OutOrStdout(), text)
		return err
	}
	if err := writeNew(file, text); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "written: %[1]s\n\nnext:\n  velocitas plan %[1]s     # how many instances does it need?\n"+
		"  velocitas sim %[1]s      # how does it scale?\n  velocitas knee %[1]s     # what do so many carry?\n", file)
	return err
}

// answer asks on a terminal for what no flag says. Elsewhere, what must be
// answered and is not is an error.
func answer(c *cobra.Command, questions []question) error {
	stdin, ok := c.InOrStdin().(*os.File)
	if ok && term.IsTerminal(int(stdin.Fd())) {
		return ask(c.Context(), stdin, c.ErrOrStderr(), c, questions)
	}
	var missing []string
	for _, q := range questions {
		switch {
		case c.Flags().Changed(q.flag):
		case q.without == "":
			missing = append(missing, "--"+q.flag)
		default:
			*q.answer = q.without
		}
	}
	if len(missing) > 0 {
		return usage(`%s missing, and there is no terminal to ask on; such as "velocitas init --cpu-ms 18 --cpus 1 --rate 120"`, are(missing))
	}
	return nil
}

func are(flags []string) string {
	if len(flags) == 1 {
		return flags[0] + " is"
	}
	return listed(flags) + " are"
}

// ask asks until each question is answered, by a line.
func ask(ctx context.Context, in io.Reader, out io.Writer, c *cobra.Command, questions []question) error {
	lines := bufio.NewReader(in)
	for _, q := range questions {
		if c.Flags().Changed(q.flag) {
			continue
		}
		prompt := q.text
		if q.without != "" {
			prompt += " [" + q.without + "]"
		}
		for {
			fmt.Fprint(out, prompt+": ")
			line, err := readLine(ctx, lines)
			if err != nil {
				return err
			}
			if line == "" {
				line = q.without
			}
			if err = q.check(line); err == nil {
				*q.answer = line
				break
			}
			fmt.Fprintln(out, err)
		}
	}
	return nil
}

// readLine reads a line, unless ctx ends before it does.
func readLine(ctx context.Context, lines *bufio.Reader) (string, error) {
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := lines.ReadString('\n')
		done <- result{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", stopped(ctx, nil)
	case r := <-done:
		if r.err != nil && r.line == "" {
			return "", errors.New("the answers ended before the questions did; nothing was written")
		}
		return strings.TrimSpace(r.line), nil
	}
}

// service is what init knows of a service.
type service struct {
	name                    string
	cpuMs, cpus, rate, core float64
	instances               string
	p99                     time.Duration
}

// bounds are those of init's numbers.
var bounds = map[string]struct{ least, most float64 }{
	"cpu-ms": {0.001, 3.6e6}, "cpus": {0, 1024}, "rate": {0.001, 1e7}, "cores": {0, 4096},
}

// byItself is the answer that leaves the objective to init.
const byItself = "ten times the CPU time"

func isNumber(flag string) func(string) error {
	return func(text string) error {
		_, err := number(flag, text)
		return err
	}
}

func isLatency(text string) error {
	if d, err := time.ParseDuration(text); text != byItself && (err != nil || d <= 0) {
		return usage(`--p99: wants a duration above 0 with its unit, such as "250ms", not %s`, strict.Quote(text))
	}
	return nil
}

// number reads an answer that is a number.
func number(flag, text string) (float64, error) {
	b := bounds[flag]
	v, err := strict.Number(strings.TrimSpace(text))
	if err != nil || v < b.least || v > b.most {
		return 0, usage("--%s: wants a number from %s to %s, not %s", flag, plainNumber(b.least), plainNumber(b.most), strict.Quote(text))
	}
	return v, nil
}

// service reads what the flags say.
func (f initFlags) service(file string) (s service, err error) {
	s.name = "service"
	if file != "-" {
		s.name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	}
	for _, n := range []struct {
		flag, text string
		to         *float64
	}{{"cpu-ms", f.cpuMs, &s.cpuMs}, {"cpus", f.cpus, &s.cpus}, {"rate", f.rate, &s.rate}, {"cores", f.cores, &s.core}} {
		if *n.to, err = number(n.flag, n.text); err != nil {
			return s, err
		}
	}
	if err = isLatency(f.p99); err != nil {
		return s, err
	}
	if s.p99 = s.tenTimes(); f.p99 != byItself {
		s.p99, _ = time.ParseDuration(f.p99) // as was checked
	}
	if s.instances = f.instances; s.instances == "" {
		s.instances = s.around()
	}
	var sizes scenarios.Sizes
	if err := sizes.UnmarshalText([]byte(s.instances)); err != nil {
		return s, usage("--instances: %v", err)
	}
	return s, nil
}

// each is how many cores' worth of CPU time an instance can use at most: of one
// thread where there is no limit.
func (s service) each() float64 {
	if s.cpus == 0 {
		return 1
	}
	return s.cpus
}

// tenTimes is ten times what a request takes of an instance, by two digits.
func (s service) tenTimes() time.Duration {
	ms, err := strconv.ParseFloat(strconv.FormatFloat(10*s.cpuMs/min(1, s.each()), 'g', 2, 64), 64)
	if err != nil {
		panic(err)
	}
	return time.Duration(ms * float64(time.Millisecond))
}

// around are the numbers of instances from where the CPU suffices to where it is
// busy to two fifths.
func (s service) around() string {
	busy := s.rate * s.cpuMs / 1000 / s.each()
	const most = 10_000
	first := min(most, math.Ceil(busy/0.9))
	last := min(most, max(first+3, math.Ceil(busy/0.4)), first+63)
	return fmt.Sprintf("%.0f-%.0f", max(1, first), max(1, last))
}

// yaml is the scenario.
func (s service) yaml() string {
	var b strings.Builder
	threads := max(1, int(math.Ceil(s.each())))
	fmt.Fprintf(&b, `# A scenario of your own, to be changed. Everything that is left out has a default;
# "velocitas schema scenario" lists all keys, "velocitas scenarios check FILE" says
# what is wrong in here.

about: a service whose requests take %[1]s ms of CPU time
instances: %[2]s          # which numbers of instances sim and knee look at

load:
  rate: %[3]s             # requests a second, all instances together (Poisson arrivals)
  # timeout: 2s           # clients give up after that,
  # retries: 2            # and try again so often,
  # backoff: 100ms        # after a pause

instance:
  # CPU time of a request. It varies: exponential is as much as most services do;
  # {distribution: lognormal, mean: 20ms, cv: 1.5} says how much, constant is none.
  demand: {distribution: exponential, mean: %[4]s}
  cpus: %[5]s             # CPU limit in cores, as docker --cpus; 0 is none
  threads: %[6]d          # how many requests can use a core at the same time
  # max_inside: 100       # requests inside at most; any beyond is answered 503

host:
  count: 1                # instances are spread evenly over so many hosts
  cores: %[7]s            # cores of a host, which they share; 0 is as many as they want

balancer:
  policy: round_robin     # nginx's; also least_conn, random_two, ip_hash, hash, ...
  worker_connections: 4096
  # workers: 4            # nginx's processes; without a zone each has a list of its own
  # zone: true

objectives:               # sim checks them; plan and knee look for what keeps them
  p99: %[8]s
  errors: 0.1%%

# Longer runs are surer and take longer.
# duration: 120s

# What happens while it runs (sim only; plan has --survive for that):
# events:
#   - {at: 30s, instance: 1, do: stop, for: 20s}
`, plainNumber(s.cpuMs), s.instances, plainNumber(s.rate), demandOf(s.cpuMs), plainNumber(s.cpus), threads, plainNumber(s.core), s.p99)
	return aligned(b.String())
}

func demandOf(ms float64) string {
	return time.Duration(math.Round(ms * float64(time.Millisecond))).String()
}

// aligned moves the comments behind keys to one column.
func aligned(text string) string {
	const at = 28
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		cut := strings.LastIndex(line, "  # ")
		if cut < 0 || strings.TrimSpace(line[:cut]) == "" {
			continue
		}
		key := strings.TrimRight(line[:cut], " ")
		lines[i] = fmt.Sprintf("%-*s# %s", max(at, len(key)+2), key, line[cut+len("  # "):])
	}
	return strings.Join(lines, "\n")
}

// writeNew writes a file that must not be there yet.
func writeNew(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	switch {
	case errors.Is(err, fs.ErrExist):
		return usage("%s: is there already and is left as it is; name another file", file)
	case err != nil:
		return usage("%s: cannot be written: %v", file, output.Cause(err))
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(file)
	}
	return err
}
