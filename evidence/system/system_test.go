package system_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/evidence/nginxconf"
	"github.com/k9mil/velocitas/evidence/system"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/sim"
)

var update = flag.Bool("update", false, "write the golden scenarios anew; read each before committing it")

// The test's own binary reads compose files in a process of its own, as velocitas does.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == stack.ReadCommand {
		if err := stack.ReadProject(context.Background(), os.Args[2:], os.Stdout); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// described is the scenario of the files of that name in testdata.
func described(t *testing.T, name string, known system.Known) (text string, unknowns int) {
	t.Helper()
	var nginx *nginxconf.Config
	var services []system.Service
	var files []string
	if conf := name + ".conf"; exists(conf) {
		var err error
		if nginx, err = nginxconf.Read(conf, ""); err != nil {
			t.Fatal(err)
		}
		files = append(files, conf)
	}
	if compose := name + ".yaml"; exists(compose) {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		list, err := stack.Describe(t.Context(), self, compose)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			services = append(services, system.Service(d))
		}
		files = append(files, compose)
	}
	s, err := system.New(nginx, services, files, "", known)
	if err != nil {
		t.Fatal(err)
	}
	return s.YAML()
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// Configurations of many shapes become the scenarios that were read and found
// right, with what is not modelled listed, and every one of them is a scenario once
// its unknown values are filled in.
func TestShapes(t *testing.T) {
	t.Chdir("testdata")
	names := map[string]bool{}
	for _, pattern := range []string{"*.conf", "*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			names[strings.TrimSuffix(f, filepath.Ext(f))] = true
		}
	}
	if len(names) < 30 {
		t.Fatalf("%d configurations", len(names))
	}
	for name := range names {
		t.Run(name, func(t *testing.T) {
			text, unknowns := described(t, name, system.Known{})
			golden := name + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if text != string(want) {
				t.Errorf("got\n%swant\n%s", text, want)
			}
			if unknowns != strings.Count(text, "unknown  ")+strings.Count(text, "unknown}  ")+strings.Count(text, "unknown} #") {
				t.Errorf("%d values are said to be unknown in\n%s", unknowns, text)
			}
			if _, err := scenarios.Parse(name, []byte(text)); err == nil {
				t.Error("a scenario with unknown values was taken")
			}
			if _, err := scenarios.Parse(name, []byte(filledIn(text))); err != nil {
				t.Errorf("filled in: %v\n%s", err, filledIn(text))
			}
		})
	}
}

// filledIn puts something in for each value that is unknown.
func filledIn(text string) string {
	for key, value := range map[string]string{
		"instances": "2-2", "rate": "10", "workers": "2", "cpus": "0.5", "mean": "5ms", "- cpu": "5ms", "query": "2ms", "cores": "4",
	} {
		text = regexp.MustCompile(`(?m)`+regexp.QuoteMeta(key)+`: unknown`).ReplaceAllString(text, key+": "+value)
	}
	return text
}

// The project's own nginx.conf and compose file are the built-in scenario first:
// the same points, byte for byte, at its sizes.
func TestOwnFiles(t *testing.T) {
	t.Chdir("../..")
	nginx, err := nginxconf.Read("nginx.conf", "")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	list, err := stack.Describe(t.Context(), self, "docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var services []system.Service
	for _, d := range list {
		services = append(services, system.Service(d))
	}
	described, err := system.New(nginx, services, []string{"nginx.conf", "docker-compose.yml"}, "", system.Known{ClientsPerInstance: 4, Cores: 8})
	if err != nil {
		t.Fatal(err)
	}
	text, unknowns := described.YAML()
	if unknowns != 0 {
		t.Errorf("%d unknown in\n%s", unknowns, text)
	}
	imported, err := scenarios.Parse("imported", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	first, err := scenarios.Read(t.Context(), "first")
	if err != nil {
		t.Fatal(err)
	}
	points := func(s *scenarios.Scenario) []byte {
		s.Instances, s.Duration, s.Replications, s.MaxReplications = first.Instances, scenarios.Duration(20*time.Second), 2, 2
		p, err := model.LoadProfile(t.Context(), s.Profile)
		if err != nil {
			t.Fatal(err)
		}
		c, err := sim.Run(t.Context(), sim.Input{Scenario: s, Profile: p})
		if err != nil {
			t.Fatal(err)
		}
		data, err := model.Encode(c.Points)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if got, want := points(imported), points(first); !bytes.Equal(got, want) {
		t.Errorf("imported\n%.400s\nfirst\n%.400s", got, want)
	}
}

// What somebody knows stands in place of what the files cannot say.
func TestKnown(t *testing.T) {
	t.Chdir("testdata")
	text, unknowns := described(t, "least-conn", system.Known{Rate: 120, CPUMs: 18.5, Cores: 8})
	if unknowns != 1 { // the CPU limit: there is no compose file
		t.Errorf("%d unknown in\n%s", unknowns, text)
	}
	s, err := scenarios.Parse("x", []byte(strings.Replace(text, "cpus: unknown", "cpus: 1", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if s.Load.Rate != 120 || s.Instance.Demand.MeanNs != 18_500_000 || s.Host.Cores != 8 || s.Balancer.Policy != "least_conn" {
		t.Errorf("%+v", s)
	}
}
