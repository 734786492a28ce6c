package load

import (
	"fmt"
	"strconv"
	"time"
)

// Status is how a request ended: an HTTP status, or one of the two below.
type Status int

const (
	// NoAnswer is a connection that could not be opened, or ended without an answer.
	NoAnswer Status = 0
	// TimedOut is a client that gave up waiting.
	TimedOut Status = -1
)

// String is the form in files: a number, or "timeout".
func (s Status) String() string {
	if s == TimedOut {
		return "timeout"
	}
	return strconv.Itoa(int(s))
}

func parseStatus(text string) (Status, error) {
	if text == "timeout" {
		return TimedOut, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n != 0 && (n < 100 || n > 999) {
		return 0, fmt.Errorf("status %.20q: want 0, timeout or an HTTP status", text)
	}
	return Status(n), nil
}

// Answered says whether the service gave an answer that was its own: a status
// below 500.
func (s Status) Answered() bool { return s >= 100 && s < 500 }

// Record is one request. Instants count from the start of the load.
type Record struct {
	// Intended is when it was due, Sent when it left.
	Intended, Sent time.Duration
	// Latency counts from Intended in an open load and from Sent in a closed one.
	Latency time.Duration
	Status  Status
	// Instance is what the answer named in X-Instance; empty where it did not.
	Instance string
	// Error is the client's reason for a request with NoAnswer. It is not kept in files.
	Error string
}

// Lag is how late the request left.
func (r Record) Lag() time.Duration { return r.Sent - r.Intended }
