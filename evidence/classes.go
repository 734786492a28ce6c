package evidence

import (
	"bytes"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Class is the requests of one method and path pattern.
type Class struct {
	Name     string // such as "GET /items/:n"
	Requests int64
	Failed   int64
	latency  *hdrhistogram.Histogram // of answered requests, µs
}

// QuantileMs is a quantile, 0 to 1, of the latency of answered requests in
// milliseconds; 0 where it is not known.
func (c *Class) QuantileMs(q float64) float64 { return quantileMs(c.latency, q) }

// classesMost is how many classes are told apart; the rest is one.
const classesMost = 200

// otherClass is what further patterns are counted as.
const otherClass = "other"

// classes finds the class of a request without allocating for those it knows.
type classes struct {
	byName map[string]*Class
	name   []byte
	last   *Class
}

func (c *classes) of(r *Request) *Class {
	c.name = r.AppendClass(c.name[:0])
	if c.last != nil && string(c.name) == c.last.Name {
		return c.last
	}
	found := c.byName[string(c.name)]
	if found == nil {
		found = c.add(string(c.name))
	}
	c.last = found
	return found
}

func (c *classes) add(name string) *Class {
	if c.byName == nil {
		c.byName = map[string]*Class{}
	}
	if len(c.byName) >= classesMost {
		if found := c.byName[otherClass]; found != nil {
			return found
		}
		name = otherClass
	}
	found := &Class{Name: name, latency: newHistogram(allDigits)}
	c.byName[name] = found
	return found
}

// list is all classes, those with the most requests first.
func (c *classes) list() []*Class {
	var all []*Class
	for _, class := range c.byName {
		all = append(all, class)
	}
	slices.SortFunc(all, func(a, b *Class) int {
		if a.Requests != b.Requests {
			return int(max(-1, min(1, b.Requests-a.Requests)))
		}
		return bytes.Compare([]byte(a.Name), []byte(b.Name))
	})
	return all
}

// nameMost bounds a class's name, in bytes.
const nameMost = 120

// appendPattern writes a method and a path with what tells one thing from
// another of its kind replaced: numbers by :n, other identifiers by :id. Queries
// are left out.
func appendPattern(to, method, path []byte) []byte {
	if len(method) == 0 && len(path) == 0 {
		return append(to, "not HTTP"...)
	}
	if len(method) > 20 {
		method = method[:20]
	}
	to = append(to, method...)
	if len(path) == 0 {
		return to
	}
	if len(method) > 0 {
		to = append(to, ' ')
	}
	if i := bytes.IndexByte(path, '?'); i >= 0 {
		path = path[:i]
	}
	path = withoutHost(path)
	for len(path) > 0 && len(to) < nameMost {
		if path[0] == '/' {
			to = append(to, '/')
			path = path[1:]
			continue
		}
		end := bytes.IndexByte(path, '/')
		if end < 0 {
			end = len(path)
		}
		to = appendSegment(to, path[:end])
		path = path[end:]
	}
	return to
}

// withoutHost is the path of an absolute URL.
func withoutHost(path []byte) []byte {
	if path[0] == '/' || !bytes.HasPrefix(path, []byte("http")) {
		return path
	}
	i := bytes.Index(path, []byte("://"))
	if i < 0 {
		return path
	}
	if slash := bytes.IndexByte(path[i+3:], '/'); slash >= 0 {
		return path[i+3+slash:]
	}
	return []byte("/")
}

// appendSegment writes a path's segment, or what it stands for.
func appendSegment(to, segment []byte) []byte {
	digits, hex, other, strange := 0, 0, 0, false
	for _, b := range segment {
		switch {
		case b >= '0' && b <= '9':
			digits++
		case b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F' || b == '-':
			hex++
		default:
			other++
			strange = strange || b < ' ' || b > '~'
		}
	}
	switch {
	case digits == len(segment):
		return append(to, ":n"...)
	case digits > 0 && other == 0 && len(segment) >= 8,
		digits >= 4 && len(segment) >= 12, len(segment) > 40:
		return append(to, ":id"...)
	case strange:
		return append(to, bytes.ToValidUTF8(bytes.Map(visible, segment), []byte("?"))...)
	}
	return append(to, segment...)
}

func visible(r rune) rune {
	if r < ' ' || r == 0x7f {
		return '?'
	}
	return r
}
