package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/evidence"
	"github.com/k9mil/velocitas/internal/needs"
)

// yourService is docs/your-service.md, and a block of it that contains a text.
func yourService(t *testing.T, contains string) (block string) {
	t.Helper()
	page, err := os.ReadFile("../docs/your-service.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range regexp.MustCompile("(?s)```[a-z]+\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		if strings.Contains(b[1], contains) {
			return b[1]
		}
	}
	t.Fatalf("docs/your-service.md has no block with %q", contains)
	return ""
}

// shell runs commands in a folder and gives what they print.
func shell(t *testing.T, dir, commands string, env ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), needs.Tool(t, "sh"), "-ec", commands)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	var out, bad strings.Builder
	c.Stdout, c.Stderr = &out, &bad
	if err := c.Run(); err != nil {
		t.Fatalf("%v of\n%s\n%s", err, commands, bad.String())
	}
	return out.String()
}

// The commands of docs/your-service.md that go from a log to an answer do, with the
// files that are shown there, and read back what these state.
func TestYourLog(t *testing.T) {
	dir := t.TempDir()
	prepareExamples(t, dir)
	own := filepath.Join(dir, "own")
	if err := os.Mkdir(own, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"shop.yaml": yourService(t, "name: shop\n"), "compose.yml": yourService(t, "image: shop")} {
		if err := os.WriteFile(filepath.Join(own, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	said := shell(t, own, yourService(t, "velocitas export shop.yaml"))
	for _, want := range []string{
		`get-item +70 +(4|4\.0\d|3\.9\d)( ± 0\.0\d+)? .* none `,
		`get-order +30 +(9|9\.0\d|8\.9\d) ± 0\.\d+ +(5|5\.0\d|4\.9\d) ± 0\.\d+ +(39|4[01])(\.\d)? ± `,
		`(?m)^web: 2 instances keep `,
	} {
		if !regexp.MustCompile(want).MatchString(said) {
			t.Errorf("no %s in\n%s", want, said)
		}
	}
	said = shell(t, filepath.Join(dir, "shop"), yourService(t, "--nginx nginx.conf"))
	if !regexp.MustCompile(`(?s)written: reports/shop/scenario.yaml.* keep p99<400ms .* instance`).MatchString(said) {
		t.Errorf("no answer in\n%s", said)
	}
}

// The loop that records CPU accounts writes a table that calibrate reads.
func TestYourAccounts(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	write("bin/docker", "#!/bin/sh\necho abc shop-web-1\necho def shop-db-1\n")
	write("bin/sleep", "#!/bin/sh\necho >> slept\ntest $(wc -l < slept) -lt 4\n") // three times
	write("system.slice/docker-abc.scope/cpu.stat", "usage_usec 1234567\nuser_usec 1\nnr_periods 20\nnr_throttled 3\n")
	write("system.slice/docker-def.scope/cpu.stat", "usage_usec 7\nuser_usec 1\n")
	loop := strings.ReplaceAll(yourService(t, "cpu.stat"), "/sys/fs/cgroup/", dir+"/")
	shell(t, dir, loop, "PATH="+filepath.Join(dir, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"))
	s, err := evidence.Open(filepath.Join(dir, "cpu.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, err := evidence.ReadCPU(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Series) != 2 || a.Series[0].Name != "shop-web-1" || len(a.Series[0].Samples) != 3 || a.Skipped.Lines > 0 {
		t.Fatalf("%+v", a)
	}
	if x, y := a.Series[0].Samples[2], a.Series[1].Samples[2]; x.UsedNs != 1_234_567_000 || x.Periods != 20 || x.ThrottledPeriods != 3 || x.AtNs < 1e18 || y.UsedNs != 7000 || y.Periods != 0 {
		t.Errorf("%+v, %+v", x, y)
	}
}
