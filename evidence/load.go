package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// loadReaders are those of load generators and of histograms, each recognised by
// what no other has.
func loadReaders() []*reader {
	return slices.Concat(
		vegetaReaders(), k6Readers(), wrkReaders(), heyReaders(), abReaders(), ohaReaders(), fortioReaders(),
		bombardierReaders(), jmeterReaders(), locustReaders(), gatlingReaders(), autocannonReaders(), artilleryReaders(),
		siegeReaders(), h2loadReaders(), histogramReaders(),
	)
}

// firstLine tells whether the first line that is not empty has a beginning.
func firstLine(beginning string) func(*Source, [][]byte) bool {
	return func(_ *Source, lines [][]byte) bool { return bytes.HasPrefix(lines[0], []byte(beginning)) }
}

// contains tells whether the first bytes hold all of some texts, and begin with a
// character if that is not 0.
func contains(begin byte, texts ...string) func(*Source, [][]byte) bool {
	return func(s *Source, _ [][]byte) bool {
		head := bytes.TrimLeft(s.head, " \t\r\n")
		if begin != 0 && (len(head) == 0 || head[0] != begin) {
			return false
		}
		for _, text := range texts {
			if !bytes.Contains(head, []byte(text)) {
				return false
			}
		}
		return true
	}
}

// decode reads a whole source as one JSON document.
func decode(ctx context.Context, s *Source, r *Result, into any) error {
	data, err := s.whole(ctx)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return s.fault("is cut off or is no JSON, as a %s is: %v", r.Format.Name, err)
	}
	return nil
}

// texts reads a whole source as lines.
func texts(ctx context.Context, s *Source) ([]string, error) {
	data, err := s.whole(ctx)
	if err != nil {
		return nil, err
	}
	list := strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list, nil
}

// firstNumber reads the number that a text begins with; -1 is none.
func firstNumber(text string) float64 {
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || text[end] == '.') {
		end++
	}
	v, err := strconv.ParseFloat(text[:end], 64)
	if err != nil || v > 1e15 {
		return -1
	}
	return v
}

// wholeNumber is firstNumber of a count; 0 is none.
func wholeNumber(text string) int64 { return int64(max(0, firstNumber(text))) }

// addQuantile notes a quantile, from 0 to 1. Files may state them in any order,
// and more than once.
func (l *Latency) addQuantile(q float64, ns int64) {
	if !(q >= 0 && q <= 1) || ns < 0 {
		return
	}
	q = float64(int64(q*1e9+0.5)) / 1e9
	at, found := slices.BinarySearchFunc(l.Quantiles, q, func(a model.Quantile, q float64) int {
		switch {
		case a.Q < q:
			return -1
		case a.Q > q:
			return 1
		}
		return 0
	})
	value := model.Quantile{Q: q, LatencyMs: float64(ns) / 1e6}
	if found {
		l.Quantiles[at] = value
		return
	}
	l.Quantiles = slices.Insert(l.Quantiles, at, value)
}

// set notes what a format states of all latencies; -1 is what it does not.
func (l *Latency) set(mean, least, most int64) {
	if mean >= 0 {
		l.MeanNs = float64(mean)
	}
	l.MinNs, l.MaxNs = least, most
}

// status counts requests with a status, of which a failure fails.
func (r *Result) status(status string, n int64) {
	if n <= 0 || n > 1e15 {
		return
	}
	if r.ByStatus == nil {
		r.ByStatus = map[string]int64{}
	}
	r.ByStatus[status] += n
}

// fail counts requests that failed with an error in words, without an answer.
func (r *Result) fail(words string, n int64) {
	if n <= 0 || n > 1e15 {
		return
	}
	if r.ByError == nil {
		r.ByError = map[string]int64{}
	}
	r.ByError[words] += n
}

// tally works out requests and failures from the statuses and errors.
func (r *Result) tally() {
	for status, n := range r.ByStatus {
		r.Requests += n
		if code, err := strconv.Atoi(status); err != nil && strings.HasPrefix(status, "5") || err == nil && judge(code) {
			r.Failed += n
		}
	}
	for _, n := range r.ByError {
		r.Requests += n
		r.Failed += n
	}
}

// enough refuses a file that has the look of a format and none of its figures.
func (r *Result) enough(s *Source) error {
	r.Failed = min(r.Failed, r.Requests)
	if r.Requests <= 0 && r.ThroughputRps <= 0 && !r.Latency.Known() {
		return s.fault("holds nothing that can be used: it looks like a %s, but has neither requests nor latencies; was it cut off?", r.Format.Name)
	}
	return nil
}

// seconds sets how long it all took.
func (r *Result) seconds(s float64) {
	if ns := toNs(s, "s"); ns > 0 {
		r.DurationNs = ns
	}
}

// eachLine reads requests that have a line each. parse is false for a line that
// is passed over because it is none, and gives a reason where it should be one.
func eachLine(ctx context.Context, s *Source, r *Result, give func(*Request), parse func(line []byte, q *Request) (ok bool, why string)) error {
	in := s.lines(ctx, &r.Skipped)
	var q Request
	for line := in.next(); line != nil; line = in.next() {
		q = Request{StartNs: -1, EndNs: -1, TookNs: -1}
		ok, why := parse(line, &q)
		switch {
		case why != "":
			in.skip(line, why)
			if !in.hope() {
				return in.nothing(fmt.Sprintf("not one line is of a %s", r.Format.Name))
			}
		case ok:
			in.used = true
			q.complete()
			give(&q)
		}
	}
	if !in.used || in.err != nil {
		return in.nothing(fmt.Sprintf("not one line is a request of a %s", r.Format.Name))
	}
	return nil
}

// complete works out what a record leaves out.
func (q *Request) complete() {
	switch {
	case q.TookNs < 0:
		q.StartNs, q.EndNs = max(q.StartNs, q.EndNs), max(q.StartNs, q.EndNs)
	case q.StartNs < 0 && q.EndNs >= 0:
		q.StartNs = max(0, q.EndNs-q.TookNs)
	case q.EndNs < 0 && q.StartNs >= 0:
		q.EndNs = q.StartNs + q.TookNs
	}
}
