package cmd

import (
	"os"
	"testing"

	"github.com/goccy/go-yaml"
)

// docker-compose.yml runs the command and its health check by hand; what it
// says must be understood.
func TestComposeFileIsUnderstood(t *testing.T) {
	data, err := os.ReadFile("../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct {
			Command     []string
			Healthcheck struct{ Test []string }
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	service := file.Services["velocitas"]
	if check := service.Healthcheck.Test; len(check) < 4 || check[0] != "CMD" || check[1] != "/velocitas" {
		t.Fatalf("the health check is %q", check)
	}
	for flag, args := range map[string][]string{"listen": service.Command, "health": service.Healthcheck.Test[2:]} {
		c, rest, err := newRoot().Find(args)
		if err != nil || c.Name() != "instance" {
			t.Fatalf("%q: %v, %v", args, c.Name(), err)
		}
		if err := c.ParseFlags(rest); err != nil || c.Flags().NArg() > 0 || !c.Flags().Changed(flag) {
			t.Errorf("%q: %v, %d words left, --%s: %v", args, err, c.Flags().NArg(), flag, c.Flags().Changed(flag))
		}
	}
}
