package evidence

import (
	"context"

	"github.com/k9mil/velocitas/internal/strict"
)

// reader reads one kind of file.
type reader struct {
	format *Format
	// recognises tells by the first lines, of which there is at least one, and by
	// the first bytes whether this is such a file.
	recognises func(s *Source, lines [][]byte) bool
	// each hands out all requests; nil where the format has none. Its error is of
	// a file of which nothing can be used, or the context's.
	each func(ctx context.Context, s *Source, o Options, r *Result, give func(*Request)) error
	// sum fills in what the format says in sums; nil where it has requests.
	sum func(ctx context.Context, s *Source, r *Result) error
}

// readers are all kinds, the surest first. Access logs come last: any JSON with
// a time and a status may be one.
func readers() []*reader {
	return append(loadReaders(), accessLog())
}

// recognise finds the reader of a source; nil is none.
func recognise(s *Source, o Options) *reader {
	if o.LogFormat != "" {
		return accessLog()
	}
	lines := s.peekLines(200)
	if len(lines) == 0 {
		lines = [][]byte{s.head[:min(len(s.head), 200)]}
	}
	for _, r := range readers() {
		if r.recognises(s, lines) {
			return r
		}
	}
	if o.LogFormats != nil {
		return accessLog()
	}
	return nil
}

// Recognised is the format of a source, and false where it is none that is known
// here. Nothing is consumed.
func (s *Source) Recognised() (*Format, bool) {
	if r := recognise(s, Options{}); r != nil {
		return r.format, true
	}
	return nil, false
}

// Read sums up a source. Errors are of type [*strict.Error], or the context's.
func Read(ctx context.Context, s *Source, o Options) (*Result, error) {
	kind := recognise(s, o)
	if kind == nil {
		return nil, s.unknown()
	}
	r := &Result{Source: s.Name, Format: kind.format, StartNs: -1, DurationNs: -1}
	if kind.sum != nil {
		r.Latency, r.Upstream = noLatency(), noLatency()
		if err := kind.sum(ctx, s, r); err != nil {
			return nil, err
		}
		r.Doubts = append(r.Doubts, s.doubts()...)
		return r, nil
	}
	c := newCollector(r, o)
	if err := kind.each(ctx, s, o, r, c.add); err != nil {
		return nil, err
	}
	if r.Requests == 0 {
		return nil, s.fault("holds no request between the instants that were asked for; %d are outside", c.outside)
	}
	c.close()
	r.Doubts = append(r.Doubts, s.doubts()...)
	return r, nil
}

// Requests hands the requests of a source to give, one by one in the order of
// the file. It fails for a format that has only sums.
func Requests(ctx context.Context, s *Source, o Options, give func(*Request)) (*Result, error) {
	kind := recognise(s, o)
	if kind == nil {
		return nil, s.unknown()
	}
	if kind.each == nil {
		return nil, s.fault("is a %s, which has sums and no single requests", kind.format.Name)
	}
	r := &Result{Source: s.Name, Format: kind.format, StartNs: -1, DurationNs: -1}
	err := kind.each(ctx, s, o, r, give)
	r.Doubts = append(r.Doubts, s.doubts()...)
	return r, err
}

// unknown is the error of a file of no known format.
func (s *Source) unknown() error {
	e := &strict.Error{File: s.Name, Problem: "is no access log and no result of a load generator that is known here"}
	if lines := s.peekLines(1); len(lines) > 0 {
		e.Line = 1
		e.Problem += "; it begins with " + strict.Quote(printable(lines[0])) +
			"; for an access log of another format give --log-format as in nginx.conf"
	}
	return e
}
