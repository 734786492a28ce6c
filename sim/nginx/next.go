package nginx

import (
	"fmt"
	"strings"
)

// Conditions is the set in which proxy_next_upstream lists when a request goes
// on to the next peer.
type Conditions uint16

// The conditions, by nginx's words without "Next". NextOff alone says never; to
// list nothing is not possible, since 0 stands for the default.
const (
	NextError Conditions = 1 << iota
	NextTimeout
	NextInvalidHeader
	Next500
	Next502
	Next503
	Next504
	Next403
	Next404
	Next429
	NonIdempotent // not a condition: POST, LOCK and PATCH may go on although they were sent
	NextOff
)

var conditionNames = []string{
	"error", "timeout", "invalid_header", "http_500", "http_502", "http_503",
	"http_504", "http_403", "http_404", "http_429", "non_idempotent", "off",
}

// ParseConditions reads the words of a proxy_next_upstream directive.
func ParseConditions(words ...string) (Conditions, error) {
	var set Conditions
next:
	for _, w := range words {
		for i, name := range conditionNames {
			if w == name {
				set |= 1 << i
				continue next
			}
		}
		return 0, fmt.Errorf("proxy_next_upstream %q is unknown: want some of %s", w, strings.Join(conditionNames, ", "))
	}
	if set == 0 {
		return 0, fmt.Errorf("proxy_next_upstream lists nothing: want some of %s", strings.Join(conditionNames, ", "))
	}
	return set, nil
}

// String lists the conditions as the directive does.
func (c Conditions) String() string {
	var words []string
	for i, name := range conditionNames {
		if c&(1<<i) != 0 {
			words = append(words, name)
		}
	}
	return strings.Join(words, " ")
}

// Outcome is how an attempt ended: a status from 100 to 999 that the instance
// answered, or one of the constants.
type Outcome int16

// Outcomes without an answer.
const (
	Refused        Outcome = -1 - iota // connection refused, or the instance is unreachable
	ConnectTimeout                     // proxy_connect_timeout has passed
	ReadTimeout                        // proxy_read_timeout or proxy_send_timeout has passed before the header
	ClosedEarly                        // closed or reset before the header was complete
	InvalidHeader                      // an answer that is not HTTP, or too big a header
	ClientGone                         // the client has closed its connection
)

// Next says how a request goes on after an attempt.
type Next struct {
	Retry   bool  // Pick again now
	Ejected bool  // the peer is out until its pause has passed
	Status  int16 // what the client sees if there is no Retry; 499 goes to the log only
}

// statusCondition is the condition under which an answered status goes on to the
// next peer, 0 if none does.
func statusCondition(status Outcome) Conditions {
	switch status {
	case 500:
		return Next500
	case 502:
		return Next502
	case 503:
		return Next503
	case 504:
		return Next504
	case 403:
		return Next403
	case 404:
		return Next404
	case 429:
		return Next429
	}
	return 0
}

// errorCondition is the condition of an attempt without an answer, the status
// the client gets if the request ends with it, and whether the request had been
// sent to the instance.
func errorCondition(out Outcome) (c Conditions, status int16, sent bool) {
	switch out {
	case Refused:
		return NextError, 502, false
	case ConnectTimeout:
		return NextTimeout, 504, false
	case ReadTimeout:
		return NextTimeout, 504, true
	case ClosedEarly:
		return NextError, 502, true
	case InvalidHeader:
		return NextInvalidHeader, 502, true
	}
	panic(fmt.Sprintf("nginx: %d is not an outcome", out))
}

// Release ends an attempt whose instance was given by Pick. It must be called
// once for each attempt, when the answer has been read in full, the error has
// happened or the client has gone.
//
// The rules are those of ngx_http_upstream_test_next (status) and
// ngx_http_upstream_next (errors): a status counts as a failure only if the
// request is really passed on, an error always does.
func (p *Proxy) Release(t *Try, out Outcome, nowNs int64) Next {
	if !t.holding {
		panic("nginx: Release without a peer from Pick")
	}
	if out > 0 {
		if out >= 400 && p.passOnAnswer(t, out, nowNs) {
			return p.failAnswer(t, out, nowNs)
		}
		p.free(t, false, true, nowNs)
		return Next{Status: int16(out)}
	}
	if out == ClientGone {
		p.free(t, false, false, nowNs)
		return Next{Status: 499}
	}
	c, status, sent := errorCondition(out)
	ejected := p.free(t, true, false, nowNs)
	t.spend(p.single)
	if t.reused && c == NextError {
		t.triesLeft++ // a stale connection is the cache's fault: the try comes back
	}
	if t.triesLeft > 0 && p.passesOn(t, c, sent, nowNs) {
		p.held += t.tried.add(int(t.at), p.groupSize(t))
		return Next{Retry: true, Ejected: ejected}
	}
	return Next{Ejected: ejected, Status: status}
}

// passOnAnswer reports whether the request goes on to the next peer instead of
// giving the client the status.
func (p *Proxy) passOnAnswer(t *Try, status Outcome, nowNs int64) bool {
	c := statusCondition(status)
	return c != 0 && t.triesLeft > 1 && p.passesOn(t, c, true, nowNs)
}

// failAnswer ends an attempt whose status is passed on. All but 403 and 404 count
// as failures.
func (p *Proxy) failAnswer(t *Try, status Outcome, nowNs int64) Next {
	ejected := p.free(t, status != 403 && status != 404, false, nowNs)
	t.spend(p.single)
	p.held += t.tried.add(int(t.at), p.groupSize(t))
	return Next{Retry: true, Ejected: ejected}
}

// passesOn reports whether the configuration lets a request go on after c.
func (p *Proxy) passesOn(t *Try, c Conditions, sent bool, nowNs int64) bool {
	if sent && t.nonIdempotent {
		c |= NonIdempotent
	}
	return p.cfg.NextUpstream&c == c &&
		(p.cfg.NextTimeoutNs == 0 || nowNs-t.startNs < p.cfg.NextTimeoutNs)
}
