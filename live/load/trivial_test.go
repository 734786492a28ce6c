package load

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// serveTrivially tells this test binary to be the handler of a benchmark.
const serveTrivially = "VELOCITAS_SERVE_TRIVIALLY"

// A benchmark starts its own binary again for the handler, whose CPU time is
// then not the generator's.
func TestMain(m *testing.M) {
	if os.Getenv(serveTrivially) != "" {
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve answers every request with three bytes, says where on its standard
// output, and ends when its standard input does.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return fasthttp.Serve(listener, func(ctx *fasthttp.RequestCtx) {
		ctx.Response.Header.Set("X-Instance", "a")
		ctx.SetBodyString("ok\n")
	})
}

// trivial starts the handler in a process of its own and returns its URL.
func trivial(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveTrivially+"=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatalf("the handler did not start: %v", err)
	}
	return "http://" + strings.TrimSpace(address) + "/"
}
