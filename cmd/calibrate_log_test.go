package cmd

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/scenarios"
)

// sampleLog writes an access log of two classes at two instances, one request every
// 50 ms, and the accounts of their containers by the second: a list takes 4 ms of an
// instance and 2 of a database, a buy 10 ms and waits 30. Beside them are the
// nginx.conf and the compose file.
func sampleLog(t *testing.T, dir string, seconds int) (log, cpu string) {
	t.Helper()
	var l, c strings.Builder
	c.WriteString("t_s,container,cpu_us\n")
	used := map[string]int{}
	for s := range seconds + 1 {
		for _, name := range []string{"shop-web-1", "shop-web-2", "shop-db-1", "shop-nginx-1"} {
			fmt.Fprintf(&c, "%d,%s,%d\n", 1767225600+s, name, used[name])
		}
		for k := range 20 {
			instance := fmt.Sprintf("shop-web-%d", k%2+1)
			path, took := fmt.Sprintf("GET /list/%d", s*20+k), 6
			used["shop-nginx-1"] += 200
			if (s/3+k)%(3+s%5) == 0 {
				path, took = fmt.Sprintf("POST /buy/%d", k), 40
				used[instance] += 10000
			} else {
				used[instance] += 4000
				used["shop-db-1"] += 2000
			}
			end := int64(1767225600_000) + int64(s*1000+k*50+took)
			fmt.Fprintf(&l, "%d.%03d 0.%03d 0.%03d 10.0.0.%d:8000 200 \"%s HTTP/1.1\"\n", end/1000, end%1000, took, took, k%2+1, path)
		}
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, l.String())
	z.Close()
	for name, text := range map[string]string{
		"access.log.gz": packed.String(),
		"access.log":    l.String(),
		"cpu.csv":       c.String(),
		"docker-compose.yml": "services:\n  nginx: {image: nginx, ports: ['8080:80']}\n  web: {image: shop, deploy: {replicas: 2, resources: {limits: {cpus: '0.5'}}}, depends_on: [db]}\n" +
			"  db: {image: 'postgres:15'}\n",
		"nginx.conf": "events {}\nhttp {\n  log_format timed '" + sampleFormat + "';\n  access_log logs/access.log timed;\n" +
			"  upstream shop { least_conn; server web:8000; }\n  server { location / { proxy_pass http://shop; } }\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "access.log.gz"), filepath.Join(dir, "cpu.csv")
}

const sampleFormat = `$msec $request_time $upstream_response_time $upstream_addr $status "$request"`

func TestCalibrateLog(t *testing.T) {
	dir := t.TempDir()
	log, cpu := sampleLog(t, dir, 120)
	compose, nginx := filepath.Join(dir, "docker-compose.yml"), filepath.Join(dir, "nginx.conf")
	out := filepath.Join(dir, "out")
	stdout, stderr, code := run(t, "calibrate", log, "--cpu", cpu, "--compose", compose, "--nginx", nginx, "--out", out)
	if code != 0 {
		t.Fatalf("%d %s", code, stderr)
	}
	for _, want := range []string{"2,420 answered requests", "on 2 instances", "get-list-n", "post-buy-n", "written: "} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	text, err := os.ReadFile(filepath.Join(out, "scenario.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenarios.Parse("scenario.yaml", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	list, buy := s.Service.Requests[0].Is.Steps, s.Service.Requests[1].Is
	ms := func(d scenarios.Duration) float64 { return d.Std().Seconds() * 1000 }
	if s.Instances[0] != 2 || s.Balancer.Policy != "least_conn" || s.Instance.CPUs != 0.5 || buy.Method != "POST" ||
		ms(list[0].CPU.Mean) < 3.9 || ms(list[0].CPU.Mean) > 4.1 || list[1].Call != "db.get-list-n" || ms(buy.Steps[0].CPU.Mean) < 9.7 || ms(buy.Steps[0].CPU.Mean) > 10.3 ||
		ms(buy.Steps[1].Wait.Mean) < 29 || ms(buy.Steps[1].Wait.Mean) > 31 {
		t.Errorf("not what the log says:\n%s", text)
	}
	// With it a plan is one command away.
	stdout, stderr, code = run(t, "plan", filepath.Join(out, "scenario.yaml"), "--rate", "60", "--p99", "250ms", "--out", "")
	if code != 0 || !strings.Contains(stdout, "instance") {
		t.Errorf("plan: %d %s\n%s", code, stderr, stdout)
	}
}

// Without accounts CPU time is not made up.
func TestCalibrateLogAlone(t *testing.T) {
	log, _ := sampleLog(t, t.TempDir(), 30)
	out := filepath.Join(t.TempDir(), "out")
	stdout, stderr, code := run(t, "calibrate", log, "--log-format", sampleFormat, "--cpus", "1", "--out", out)
	if code != 0 || !strings.Contains(stdout, "not known without CPU accounts") || !strings.Contains(stdout, "Give --cpu") {
		t.Errorf("%d %s\n%s", code, stderr, stdout)
	}
	if text, _ := os.ReadFile(filepath.Join(out, "scenario.yaml")); !strings.Contains(string(text), "at most") {
		t.Errorf("%s", text)
	}
}

func TestCalibrateLogRefuses(t *testing.T) {
	log, cpu := sampleLog(t, t.TempDir(), 2)
	out := filepath.Join(t.TempDir(), "out")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{log, "--log-format", sampleFormat, "--cpu", cpu}, "lasts less than 10 seconds"},
		{[]string{cpu}, "is no access log"},
		{[]string{log, "--log-format", sampleFormat, "--cpu", log}, "is no CPU account"},
		{[]string{log, "--json"}, "--json"},
		{[]string{log, "--from", "5s", "--to", "1s"}, "--from and --to"},
		{[]string{"--cpu", cpu}, "--cpu: belongs to an access log"},
	} {
		_, stderr, code := run(t, append([]string{"calibrate", "--out", out}, c.args...)...)
		if code != 2 || !strings.Contains(stderr, c.want) || strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
			t.Errorf("%v: %d %q, want %q", c.args, code, stderr, c.want)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Errorf("a folder is left")
	}
}

// run runs velocitas in a process of its own.
func run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "velocitas", args...)
	var out, bad strings.Builder
	c.Stdout, c.Stderr = &out, &bad
	if err := c.Run(); err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), bad.String(), c.ProcessState.ExitCode()
}
