//go:build unix

package stack

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/k9mil/velocitas/badger/instance/keep"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain makes the test's own executable an instance when it is run as one,
// so that stacks of real processes and containers need no other program.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == instanceCommand {
		testInstance(os.Args[2:])
	}
	if len(os.Args) > 2 && os.Args[1] == ReadCommand {
		if err := ReadProject(context.Background(), os.Args[2:], os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// testInstance answers with its name, or burns CPU for ?burn=DURATION first.
func testInstance(args []string) {
	host, _ := os.Hostname()
	flags := flag.NewFlagSet(instanceCommand, flag.ExitOnError)
	listen := flags.String("listen", "", "host:port")
	name := flags.String("name", host, "its name")
	health := flags.String("health", "", "ask this URL instead")
	kept := flags.Bool("keep", false, "run as the child of a keeper")
	_ = flags.Parse(args)
	if *kept {
		fmt.Fprintln(os.Stderr, keep.Run(os.Args[0], instanceCommand, "--listen", *listen, "--name", *name))
		os.Exit(1)
	}
	if *health != "" {
		if resp, err := http.Get(*health); err != nil || resp.StatusCode != http.StatusOK {
			os.Exit(1)
		}
		os.Exit(0)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		burn(r.URL.Query().Get("burn"))
		w.Header().Set("X-Instance", *name)
		fmt.Fprintln(w, os.Getenv("GOMAXPROCS"), os.Getenv("GOMEMLIMIT"), os.Getuid())
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(*listen, nil))
	os.Exit(1)
}
