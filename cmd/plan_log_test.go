package cmd

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/internal/needs"
)

// drawn is a system of which everything is known: one to three classes, one to four
// instances, round_robin or least_conn, with or without waits and a database.
type drawn struct {
	scenario, compose, nginx string
	rate, p99                string // what is asked of plan
}

func draw(seed uint64) (d drawn) {
	rng := rand.New(rand.NewPCG(seed, 7))
	between := func(lo, hi float64) float64 { return math.Round(1000*lo*math.Pow(hi/lo, rng.Float64())) / 1000 }
	n, cpus := 1+rng.IntN(4), []float64{0.5, 1, 2}[rng.IntN(3)]
	policy := []string{"round_robin", "least_conn"}[rng.IntN(2)]
	classes := 1 + rng.IntN(3)
	shares := [][]float64{{1}, {0.7, 0.3}, {0.6, 0.25, 0.15}}[classes-1]
	var requests, operations strings.Builder
	cpu, slowest := 0.0, 0.0
	for i, share := range shares {
		c, wait, db := between(2, 15), 0.0, 0.0
		fmt.Fprintf(&requests, "    c%d: {share: %g, steps: [{cpu: {mean: %gms, cv: 0.5}}", i, share, c)
		if rng.IntN(3) == 0 {
			db = between(1, 6)
			fmt.Fprintf(&requests, ", {call: db.q%d}", i)
			fmt.Fprintf(&operations, "q%d: %gms, ", i, db)
		}
		if rng.IntN(2) == 0 {
			wait = between(10, 80)
			fmt.Fprintf(&requests, ", {wait: {mean: %gms, cv: 0.6}}", wait)
		}
		requests.WriteString("]}\n")
		cpu += share * c
		slowest = max(slowest, c+db+wait)
	}
	full := 1000 * cpus / cpu // of one instance
	tiers, depends := "", ""
	if operations.Len() > 0 {
		tiers = "tiers:\n  db: {cpus: 8, operations: {" + operations.String() + "}}\n"
		depends = ", depends_on: [db]"
	}
	d.scenario = fmt.Sprintf("name: truth\ninstances: %d-%d\nduration: 600s\nwarm_up: 5s\nload: {rate: %.3f}\nbalancer: {policy: %s}\ninstance: {cpus: %g}\nservice:\n  requests:\n%s%s",
		n, n, (0.05+0.4*rng.Float64())*full*float64(n), policy, cpus, requests.String(), tiers)
	d.compose = fmt.Sprintf("services:\n  web: {image: shop, deploy: {replicas: %d, resources: {limits: {cpus: '%g'}}}%s}\n", n, cpus, depends)
	if tiers != "" {
		d.compose += "  db: {image: 'postgres:16', deploy: {resources: {limits: {cpus: '8'}}}}\n"
	}
	d.nginx = "events {worker_connections 768;}\nworker_processes 1;\nhttp { upstream shop { " + strings.TrimPrefix(policy+"; ", "round_robin; ") +
		"server web:80; } server { location / { proxy_pass http://shop; } } }\n"
	d.rate, d.p99 = fmt.Sprintf("%.3f", (2+3*rng.Float64())*full), fmt.Sprintf("%.0fms", 100+6*slowest)
	return d
}

// planned is how many instances a plan says.
func planned(t *testing.T, scenario string, d drawn) int {
	t.Helper()
	stdout, stderr, code := run(t, "plan", scenario, "--rate", d.rate, "--p99", d.p99, "--survive", "1", "--replications", "10", "--duration", "30s", "--json", "--out", "")
	var a struct{ Instances int }
	if err := json.Unmarshal([]byte(stdout), &a); err != nil || code != 0 && code != exitMissed {
		t.Fatalf("%v %d %s\n%s", err, code, stderr, d.scenario)
	}
	return a.Instances
}

// A plan from an access log and CPU accounts is the plan from the truth, in at least
// 45 of 50 systems.
func TestPlanFromLog(t *testing.T) {
	needs.Full(t)
	const systems, wanted = 50, 45
	same := 0
	for seed := range uint64(systems) {
		d, dir := draw(seed), t.TempDir()
		for name, text := range map[string]string{"truth.yaml": d.scenario, "compose.yml": d.compose, "nginx.conf": d.nginx} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		at := func(name string) string { return filepath.Join(dir, name) }
		if _, stderr, code := run(t, "export", at("truth.yaml"), "--as", "access-log", "--file", at("access.log"), "--accounts", at("cpu.csv")); code != 0 {
			t.Fatalf("%s\n%s", stderr, d.scenario)
		}
		if _, stderr, code := run(t, "calibrate", at("access.log"), "--cpu", at("cpu.csv"), "--nginx", at("nginx.conf"), "--compose", at("compose.yml"), "--cores", "64", "--out", at("out")); code != 0 {
			t.Fatalf("%s\n%s", stderr, d.scenario)
		}
		truth, log := planned(t, at("truth.yaml"), d), planned(t, at("out/scenario.yaml"), d)
		if truth == log {
			same++
		} else {
			text, _ := os.ReadFile(at("out/scenario.yaml"))
			t.Logf("system %d: %d instances from the truth, %d from the log, at %s with p99 %s\n%s\n%s", seed, truth, log, d.rate, d.p99, d.scenario, text)
		}
	}
	if same < wanted {
		t.Errorf("%d of %d plans are the same, want %d", same, systems, wanted)
	}
	t.Logf("%d of %d plans are the same", same, systems)
}
