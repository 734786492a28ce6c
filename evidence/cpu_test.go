package evidence

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func accounts(t testing.TB, text string) (*Accounts, error) {
	t.Helper()
	s, err := From("cpu", strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	return ReadCPU(t.Context(), s)
}

func (a *Accounts) named(t *testing.T, name string) *CPU {
	t.Helper()
	for _, c := range a.Series {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no account of %s", name)
	return nil
}

// The counters of a recorded run add up to what its recorder counted in the
// window.
func TestRecordedCounters(t *testing.T) {
	s, err := Open(recorded + "cpu/godb-light.cpu.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, err := ReadCPU(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"web_1": 3.132, "db": 2.087, "nginx": 0.531} {
		used, ok := a.named(t, name).UsedNs(3e9, 63e9)
		if !ok || !near(float64(used)/1e9, want, 0.02) {
			t.Errorf("%s used %d ns, want %g s", name, used, want)
		}
	}
	web := a.named(t, "web_1")
	if last := web.Samples[len(web.Samples)-1]; last.Periods < 600 || last.ThrottledNs < 0 {
		t.Errorf("%+v", last)
	}
	if _, ok := web.UsedNs(3e9, 70e9); ok {
		t.Error("the account ends before, and says what was used then")
	}
}

func TestOtherAccounts(t *testing.T) {
	for _, c := range []struct {
		name, text string
		series     string
		samples    int
		busy, used float64 // of the last sample; -1 where it has none
	}{
		{"docker stats", "CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT     MEM %     NET I/O           BLOCK I/O   PIDS\n1d2a3b4c5d6e   web_1     12.50%    20MiB / 1GiB   2.00%     1kB / 2kB   0B / 0B     5\n" +
			"\x1b[2J\x1b[HCONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT     MEM %     NET I/O           BLOCK I/O   PIDS\n1d2a3b4c5d6e   web_1     37.50%    20MiB / 1GiB   2.00%     1kB / 2kB   0B / 0B     5\n", "web_1", 2, 0.375, -1},
		{"docker stats, chosen", "NAME      CPU %\nweb_1     150.00%\n", "web_1", 1, 1.5, -1},
		{"docker stats as JSON", `{"BlockIO":"0B / 0B","CPUPerc":"25.00%","Container":"1d2a","ID":"1d2a","MemPerc":"2.00%","Name":"shop-web-1","PIDs":"5"}` + "\n", "shop-web-1", 1, 0.25, -1},
		{"Prometheus, a rate", `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"name":"web_1"},"values":[[1790000000,"0.25"],[1790000015.5,"0.5"]]}]}}`, "web_1", 2, 0.5, -1},
		{"Prometheus, a counter", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"container_cpu_usage_seconds_total","pod":"web-7"},"value":[1790000000,"12.5"]}]}}`, "web-7", 1, -1, 12.5},
		{"a page", "# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.\n# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 3.25\n", "all", 1, -1, 3.25},
		{"a page of cAdvisor", "# HELP container_cpu_usage_seconds_total x\n# TYPE container_cpu_usage_seconds_total counter\ncontainer_cpu_usage_seconds_total{cpu=\"total\",id=\"/x\",name=\"web_2\"} 7.5 1790000000123\n", "web_2", 1, -1, 7.5},
	} {
		a, err := accounts(t, c.text)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		x := a.named(t, c.series)
		last := x.Samples[len(x.Samples)-1]
		used := float64(last.UsedNs) / 1e9
		if last.UsedNs < 0 {
			used = -1
		}
		if len(x.Samples) != c.samples || last.Busy != c.busy || used != c.used {
			t.Errorf("%s: %d samples, the last %+v", c.name, len(x.Samples), last)
		}
	}
	for text, want := range map[string]string{
		"":        "cpu: is empty",
		"hello\n": "cpu: is no CPU account that is known here",
		`{"status":"error","error":"bad query","data":{"resultType":""}}`: "cpu: is an answer of Prometheus that failed: bad query",
		"t_s,container,cpu_us\nx,y,z\n":                                   "cpu:2: holds nothing that can be used",
	} {
		if _, err := accounts(t, text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// A container that was started again has no account over that.
func TestCountersThatRunBack(t *testing.T) {
	a, err := accounts(t, "t_s,container,cpu_us\n0,web,100\n1,web,200\n2,web,50\n3,web,150\n")
	if err != nil {
		t.Fatal(err)
	}
	if used, ok := a.named(t, "web").UsedNs(0, 3e9); ok {
		t.Errorf("used %d ns", used)
	}
}

// Whatever a file of accounts holds, reading it ends, and with one line if it is
// wrong.
func FuzzReadCPU(f *testing.F) {
	for _, text := range []string{
		"t_s,container,cpu_us,periods,throttled_periods,throttled_us\n0.1,web,100,1,0,0\n", "NAME CPU %\nweb 1%\n",
		`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]]}]}}`, "# HELP x\nprocess_cpu_seconds_total{a=\"b\"} 1\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := From("f", bytes.NewReader(data))
		if err != nil {
			return
		}
		a, err := ReadCPU(t.Context(), s)
		if err != nil {
			if line := err.Error(); !strings.HasPrefix(line, "f") || strings.Contains(line, "\n") {
				t.Errorf("not one line that names the file: %q", line)
			}
			return
		}
		for _, c := range a.Series {
			if used, ok := c.UsedNs(0, 1e9); ok && used < 0 {
				t.Error(fmt.Sprint(c.Name, used))
			}
		}
	})
}
