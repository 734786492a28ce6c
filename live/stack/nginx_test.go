//go:build unix

package stack

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/scenarios"
)

// byHand is the configuration beside docker-compose.yml: a name instead of
// addresses, and nginx's defaults.
func byHand() Config {
	b := scenarios.Default().Balancer
	return Config{
		Listen:     "8080",
		Temp:       "/tmp",
		Balancer:   b,
		Peers:      []Peer{{Address: "velocitas:8080", Weight: 1, MaxFails: b.MaxFails, FailTimeout: b.FailTimeout.Std()}},
		Generation: 1,
	}
}

// configs are configurations by the name of their golden file.
func configs() map[string]Config {
	peers := Spec{Balancer: scenarios.Default().Balancer}.peers([]string{"10.0.0.2:8080", "10.0.0.3:8080", "10.0.0.4:8080"})
	with := func(change func(*Config)) Config {
		c := Config{Listen: "127.0.0.1:8080", Temp: "/tmp", Balancer: scenarios.Default().Balancer, Peers: peers, Generation: 7}
		change(&c)
		return c
	}
	policy := func(name string) Config { return with(func(c *Config) { c.Balancer.Policy = name }) }
	second := time.Second
	return map[string]Config{
		"by-hand":         byHand(),
		"round_robin":     policy("round_robin"),
		"least_conn":      policy("least_conn"),
		"random":          policy("random"),
		"random_two":      policy("random_two"),
		"ip_hash":         policy("ip_hash"),
		"hash":            policy("hash"),
		"hash_consistent": policy("hash_consistent"),
		// Nothing said but who the peers are.
		"bare": {Listen: "8081", Temp: "/tmp", Peers: []Peer{{Address: "10.0.0.2:8080"}}},
		// Workers that share their counters, connections that are kept.
		"workers": with(func(c *Config) {
			c.Balancer.Workers, c.Balancer.Zone, c.Balancer.Keepalive = 4, true, 16
			c.Balancer.Policy, c.Balancer.Accept, c.User = "least_conn", "reuseport", "root"
		}),
		// Each field of a peer, and each of retrying.
		"peers": with(func(c *Config) {
			c.Peers = []Peer{
				{Address: "10.0.0.2:8080", Weight: 5, MaxFails: 3, FailTimeout: 2 * second},
				{Address: "10.0.0.3:8080", Weight: 1, MaxConns: 20},
				{Address: "10.0.0.4:8080", MaxFails: 1, Backup: true},
				{Address: "10.0.0.5:8080", MaxFails: 1, Down: true},
			}
			c.Balancer.NextUpstream = []string{"error", "http_503"}
			c.Balancer.NextUpstreamTries = 2
			c.Balancer.NextUpstreamTimeout = scenarios.Duration(1500 * time.Millisecond)
			c.Balancer.ConnectTimeout = scenarios.Duration(500 * time.Millisecond)
		}),
	}
}

func TestConfigGolden(t *testing.T) {
	for name, c := range configs() {
		golden(t, filepath.Join("testdata", "nginx", name+".conf"), c.String())
	}
}

// golden compares with a file of ours, or writes it anew with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs:\n%s", file, got)
	}
}

// The real nginx is the judge of whether these are configurations at all.
func TestNginxAcceptsConfig(t *testing.T) {
	path := needNginx(t)
	for name, c := range configs() {
		dir := t.TempDir()
		c.Temp = dir
		if name == "by-hand" {
			c.Peers[0].Address = "127.0.0.1:8080" // the name is known to compose only
		}
		file := filepath.Join(dir, "nginx.conf")
		if err := os.WriteFile(file, []byte(c.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(path, "-t", "-c", file).CombinedOutput()
		if err != nil || strings.Contains(string(out), "[warn]") && os.Getuid() == 0 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// The files that people run by hand are those that are tested here.
func TestFilesByHand(t *testing.T) {
	root := filepath.Join("..", "..")
	golden(t, filepath.Join(root, "nginx.conf"), byHand().String())
	golden(t, filepath.Join(root, "docker-compose.yml"), string(composeFile))
}

func TestPolicyUnknown(t *testing.T) {
	for _, tt := range []struct{ policy, want string }{
		{"round-robin", `policy "round-robin": want round_robin, least_conn`},
		{"resolve", "policy resolve: a real stack gives nginx addresses"},
	} {
		_, err := policyDirective(tt.policy)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s…", tt.policy, err, tt.want)
		}
	}
}
