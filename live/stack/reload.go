package stack

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// nginx is a running nginx whose configuration can be changed.
type nginx struct {
	file   string // its configuration
	url    string
	master int // the master's process id on this host
	hup    func(context.Context) error
	// trouble is what is known when nginx does not do as it should: whether
	// it is gone, and what it said last.
	trouble func(context.Context) (gone bool, words string)
}

// startPatience bounds the wait for a part that starts, reloadPatience that
// for a new configuration to take effect.
const (
	startPatience  = 60 * time.Second
	reloadPatience = 20 * time.Second
)

// apply makes nginx take c and returns when no worker of the old
// configuration accepts connections any more.
func (n *nginx) apply(ctx context.Context, c Config) error {
	old := children(n.master)
	// Written in place: a container has this very file mounted.
	if err := os.WriteFile(n.file, []byte(c.String()), 0o644); err != nil {
		return fmt.Errorf("nginx configuration: %w", err)
	}
	if err := n.hup(ctx); err != nil {
		return fmt.Errorf("reload nginx: %w", err)
	}
	return n.await(ctx, reloadPatience, func() bool {
		return n.ready(ctx, c) && n.retired(old)
	})
}

// await waits until nginx does as it should.
func (n *nginx) await(ctx context.Context, patience time.Duration, done func() bool) error {
	deadline := time.Now().Add(patience)
	for !done() {
		gone, words := n.trouble(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case gone:
			return fmt.Errorf("nginx: %s", words)
		case time.Now().After(deadline):
			return fmt.Errorf("nginx did not take its configuration within %s: %s", patience, words)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

// retired is whether none of the worker processes old accepts connections.
// nginx renames a worker before it closes its sockets for listening.
func (n *nginx) retired(old []int) bool {
	for _, pid := range old {
		if startOf(pid) != "" && !strings.Contains(title(pid), "shutting down") {
			return false
		}
	}
	return true
}

// ready is whether nginx answers by c with all workers that it asks for. The
// first worker answers while the master still forks the others.
func (n *nginx) ready(ctx context.Context, c Config) bool {
	return n.answers(ctx, c.Generation) &&
		(n.workers() == c.workers() || len(children(n.master)) == 0) // none can be seen from here
}

// answers is whether a new connection gets a worker of this generation.
func (n *nginx) answers(ctx context.Context, generation int) bool {
	body, err := get(ctx, n.url+generationPath)
	return err == nil && body == strconv.Itoa(generation)
}

// workers counts the worker processes that accept connections.
func (n *nginx) workers() int {
	count := 0
	for _, pid := range children(n.master) {
		if t := title(pid); strings.Contains(t, "worker process") && !strings.Contains(t, "shutting down") {
			count++
		}
	}
	return count
}

// fingerprint notes how many workers are really there, where they can be seen.
func (n *nginx) fingerprint(f map[string]string) {
	if count := n.workers(); count > 0 {
		f["nginx_workers"] = strconv.Itoa(count)
	}
}

// once is a client that never uses a connection twice.
var once = &http.Client{
	Timeout:   2 * time.Second,
	Transport: &http.Transport{DisableKeepAlives: true, Proxy: nil},
}

// get is the body of a 200 answer.
func get(ctx context.Context, url string) (string, error) {
	body, _, err := fetch(ctx, url)
	return body, err
}

// fetch is get with the answer's header.
func fetch(ctx context.Context, url string) (string, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", nil, err
	}
	resp, err := once.Do(req)
	if err != nil {
		return "", nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return "", nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return "", nil, fmt.Errorf("%s: %s", url, resp.Status)
	}
	return string(b), resp.Header, nil
}
