package instance

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"github.com/k9mil/velocitas/internal/needs"
)

// A browser is a page of a headless Chromium, steered by its DevTools protocol:
// messages of JSON over a web socket, https://chromedevtools.github.io. The few
// calls that are needed do without a library and without npm.
type browser struct {
	t          *testing.T
	socket     *websocket.Conn
	last       int      // number of the last message sent
	complaints []string // what the browser logged as errors, and exceptions
}

// openBrowser starts Chromium; the test is skipped where there is none.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	program := needs.Tool(t, "chromium", "chromium-browser", "google-chrome", "chrome")
	port := startChromium(t, program)
	socket, err := websocket.Dial(newTab(t, port), "", "http://127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, socket: socket}
	t.Cleanup(func() {
		b.t = t
		b.send("Browser.close", nil)
		socket.Close()
	})
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.send(domain+".enable", nil)
	}
	return b
}

// startChromium returns the port on which Chromium is steered.
func startChromium(t *testing.T, program string) (port string) {
	t.Helper()
	profile := t.TempDir()
	chromium := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-dev-shm-usage", "--user-data-dir="+profile,
		"--remote-debugging-port=0", "--remote-allow-origins=http://127.0.0.1", "about:blank")
	chromium.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stderr bytes.Buffer
	chromium.Stderr = &stderr
	if err := chromium.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- chromium.Wait() }()
	t.Cleanup(func() {
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Error("Chromium does not end when asked")
		}
		// Its helpers are in its process group and may outlive it for a moment.
		syscall.Kill(-chromium.Process.Pid, syscall.SIGKILL)
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		text, _ := os.ReadFile(filepath.Join(profile, "DevToolsActivePort"))
		if port, _, whole := strings.Cut(string(text), "\n"); whole {
			return port
		}
	}
	syscall.Kill(-chromium.Process.Pid, syscall.SIGKILL)
	t.Fatalf("Chromium does not start: %s", stderr.String())
	return ""
}

// A message is a command, its answer, or an event.
type message struct {
	ID     int             `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// send sends a command and returns its answer's result. Events that come
// before it are looked through for errors.
func (b *browser) send(method string, params map[string]any) json.RawMessage {
	b.t.Helper()
	b.last++
	command := message{ID: b.last, Method: method}
	if params != nil {
		command.Params, _ = json.Marshal(params)
	}
	b.socket.SetDeadline(time.Now().Add(30 * time.Second))
	if err := websocket.JSON.Send(b.socket, command); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	for {
		var m message
		if err := websocket.JSON.Receive(b.socket, &m); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
		if m.ID == command.ID {
			if m.Error != nil {
				b.t.Fatalf("%s: %s", method, m.Error.Message)
			}
			return m.Result
		}
		b.listen(m)
	}
}

// listen keeps an event that tells of an error. That a browser looks for an
// icon beside the plain text of /healthz is none.
func (b *browser) listen(event message) {
	text := string(event.Params)
	logged := event.Method == "Log.entryAdded" && strings.Contains(text, `"level":"error"`) && !strings.Contains(text, "/favicon.ico")
	if logged || event.Method == "Runtime.exceptionThrown" {
		b.complaints = append(b.complaints, text)
	}
}
