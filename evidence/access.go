package evidence

import (
	"context"
	"fmt"

	"github.com/k9mil/velocitas/evidence/accesslog"
)

var accessFormat = Format{
	Name: "nginx access log", Unit: "s", StepNs: 1e6, Clock: AtEnd, Corrected: atNginx, Failures: asStatus,
	Silent: []string{
		"how long a request waited before nginx read its first byte, in the accept queue or in the client",
		"whether an instance worked or waited while it had a request: CPU accounts tell",
		"what nginx itself took of the CPU",
	},
}

func accessLog() *reader {
	return &reader{format: &accessFormat, recognises: func(_ *Source, lines [][]byte) bool { return accesslog.Infer(shortOnes(lines)) != nil }, each: eachAccess}
}

// shortOnes are lines that may be tried in many ways.
func shortOnes(lines [][]byte) (list [][]byte) {
	const most = 16 << 10
	for _, line := range lines {
		if len(line) <= most {
			list = append(list, line)
		}
	}
	return list
}

func eachAccess(ctx context.Context, s *Source, o Options, r *Result, give func(*Request)) error {
	f, err := accessFormatOf(s, o)
	if err != nil {
		return err
	}
	in := s.lines(ctx, &r.Skipped)
	var l accesslog.Line
	var q Request
	for line := in.next(); line != nil; line = in.next() {
		if !f.Parse(line, &l) {
			in.skip(line, "is not of the log's format")
			if !in.hope() {
				break
			}
			continue
		}
		in.used = true
		q.Method, q.Path, q.Tries = l.Method, l.Path, l.Tries(q.Tries[:0])
		q.TookNs, q.EndNs, q.StartNs = l.TookNs, l.EndNs, l.EndNs
		if l.TookNs < 0 { // all tries together are most of it
			q.TookNs = -1
		} else {
			q.StartNs = max(0, l.EndNs-l.TookNs)
		}
		q.Status = max(0, l.Status)
		q.Failed = f.HasStatus() && judge(l.Status) && l.Status >= 0
		give(&q)
	}
	if !in.used || in.err != nil {
		return in.nothing(fmt.Sprintf("not one line is of the format %s", f))
	}
	describe(f, r)
	return nil
}

func accessFormatOf(s *Source, o Options) (*accesslog.Format, error) {
	if o.LogFormat == "" && o.LogFormats != nil {
		if f := accesslog.Choose(shortOnes(s.peekLines(200)), o.LogFormats); f != nil {
			return f, nil
		}
		return nil, s.fault("its first lines have none of the log formats of %s", o.LogFormatsOf)
	}
	if o.LogFormat == "" {
		if f := accesslog.Infer(shortOnes(s.peekLines(200))); f != nil {
			return f, nil
		}
		return nil, s.unknown()
	}
	f, err := accesslog.Compile(o.LogFormat)
	if err != nil {
		return nil, s.fault("the log_format that was given %v", err)
	}
	return f, nil
}

// describe notes what the log's own format lacks.
func describe(f *accesslog.Format, r *Result) {
	format := accessFormat
	format.Silent = nil
	r.Detail = f.String()
	r.Dated = true
	for _, lack := range []struct {
		has  bool
		what string
	}{
		{f.HasRequestTime(), "how long a request took, and when it came: without $request_time arrivals are where their ends are"},
		{f.HasResponseTime(), "how long instances took: without $upstream_response_time they cannot be told from nginx, the network and slow clients"},
		{f.HasAddr(), "which instance served a request, and so how many there are: without $upstream_addr"},
		{f.HasStatus(), "which requests failed: without $status"},
		{f.HasRequest(), "what was asked for: without $request there are no classes"},
	} {
		if !lack.has {
			format.Silent = append(format.Silent, lack.what)
		}
	}
	format.Silent = append(format.Silent, accessFormat.Silent...)
	if !f.HasRequestTime() {
		format.StepNs = 1e9
	}
	r.Format = &format
}
