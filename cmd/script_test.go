package cmd

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"velocitas": func() { os.Exit(Main(os.Args[1:])) }})
}

// TestScripts runs the real commands in processes of their own.
func TestScripts(t *testing.T) {
	// Where the tests run under nohup, what they start does not.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			evidence, err := filepath.Abs("../testdata/evidence")
			e.Setenv("EVIDENCE", evidence)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"refuses": refuses},
	})
}

// refuses CODE LINE ARGS... runs velocitas and wants that exit code, that one
// line on stderr, nothing on stdout, and no file made, changed or removed.
func refuses(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: refuses CODE LINE ARGS...")
	}
	before := listing(ts)
	err := ts.Exec("velocitas", args[2:]...)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
	if got, want := ts.ReadFile("stderr"), "velocitas: "+args[1]+"\n"; got != want {
		ts.Fatalf("stderr\n%swant\n%s", got, want)
	}
	if got := ts.ReadFile("stdout"); got != "" {
		ts.Fatalf("stdout has %s", got)
	}
	if after := listing(ts); !slices.Equal(before, after) {
		ts.Fatalf("files were %v and are %v", before, after)
	}
}

// listing are the files and folders of a script, with the size of each.
func listing(ts *testscript.TestScript) []string {
	var list []string
	root := ts.MkAbs(".")
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		size := info.Size()
		if d.IsDir() {
			size = 0
		}
		list = append(list, path+" "+strconv.FormatInt(size, 10))
		return nil
	}))
	return list
}
