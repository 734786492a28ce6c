//go:build unix

package stack

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/internal/needs"
)

// The commands of people who run docker-compose.yml by hand, with each
// generation of compose that is installed: nginx starts once all instances are
// healthy, and knows all of them.
func TestComposeByHand(t *testing.T) {
	needEngine(t)
	needNginx(t)
	generations := slices.DeleteFunc([]string{"docker compose", "docker-compose"}, func(compose string) bool {
		return exec.Command("sh", "-c", compose+" version").Run() != nil
	})
	if len(generations) == 0 {
		needs.Missing(t, "there is neither docker compose nor docker-compose")
	}
	for _, compose := range generations {
		for _, tt := range []struct {
			name      string
			args      string
			instances int
		}{
			{"five by default", "up -d", 5},
			{"scaled", "up -d --scale velocitas=3", 3},
			{"as the first velocitas", "--compatibility up --build -d", 5},
		} {
			t.Run(compose+" "+tt.name, func(t *testing.T) {
				if !strings.Contains(tt.args, "--build") {
					needs.Full(t) // the one that does all of it stands for them
				}
				byHandRun(t, strings.Fields(compose), strings.Fields(tt.args), tt.instances)
			})
		}
	}
}

func byHandRun(t *testing.T, compose, args []string, instances int) {
	run := newRun()
	dir := t.TempDir()
	e := needEngine(t)
	t.Cleanup(func() {
		if err := e.remove(t.Context(), run); err != nil {
			t.Error(err)
		}
		if left := leftovers(t, run); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	self, _ := os.Executable()
	if err := PackInstance(t.Context(), self, run+"-base"); err != nil {
		t.Fatal(err)
	}
	if err := PackHostNginx(t.Context(), run+"-nginx"); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"docker-compose.yml": string(composeFile),
		"nginx.conf":         byHand().String(),
		"Dockerfile":         "FROM " + run + "-base\n", // stands for the one that compiles
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	image := run + "-base"
	if strings.Contains(strings.Join(args, " "), "--build") {
		image = run + "-built"
	}
	cmd := exec.Command(compose[0], append(append(compose[1:], "-p", run), args...)...)
	cmd.Dir = dir
	cmd.Env = composeEnviron("VELOCITAS_IMAGE="+image, "NGINX_IMAGE="+run+"-nginx", "VELOCITAS_PORT=", "VELOCITAS_HEALTH_INTERVAL=1s")
	begin := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("up after %s", time.Since(begin).Round(time.Millisecond))
	checkByHand(t, e, run, instances)
}

// checkByHand wants each instance to answer its share, and the limits and
// precautions of the file to be in force.
func checkByHand(t *testing.T, e *engine, run string, instances int) {
	nginx, err := e.containers(t.Context(), run, nginxService)
	if err != nil || len(nginx) != 1 {
		t.Fatal(nginx, err)
	}
	url := "http://127.0.0.1:" + nginx[0].NetworkSettings.Ports["8080/tcp"][0].HostPort
	await(t, "nginx answers", func() bool { _, err := get(t.Context(), url); return err == nil })
	// Get in step: the start is in the middle of a round.
	got := map[string]int{}
	for range 4 * instances {
		name, _ := ask(t, url)
		got[name]++
	}
	for name, n := range got {
		if n != 4 || len(got) != instances {
			t.Errorf("%s answered %d of %d requests; all: %v", name, n, 4*instances, got)
		}
	}
	const format = "{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.SecurityOpt}} {{.HostConfig.CapDrop}}"
	const limits, precautions = "250000000 134217728 256 ", "65534:65534 true [no-new-privileges:true] [ALL]"
	cs, err := e.containers(t.Context(), run, instanceService)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range append(cs, nginx...) {
		want, format := limits+precautions, format
		if c.ID == nginx[0].ID {
			want, format = "0 268435456 256 "+precautions+" map[/tmp:size=64m,mode=1777]", format+" {{.HostConfig.Tmpfs}}"
		}
		if out, err := e.docker(t.Context(), "inspect", "--format", format, c.ID); err != nil || out != want {
			t.Errorf("%s: %s, want %s", c.Config.Labels["com.docker.compose.service"], out, want)
		}
	}
}
