package accesslog

import "bytes"

// key is a name in structured lines and what it means.
type key struct {
	name  []byte
	field field
}

// meaning is what a name stands for; i counts the names of a line. Lines most
// often have the same names in the same order, so the last line's are tried first.
func (f *Format) meaning(i int, name []byte) field {
	if i < len(f.keys) && bytes.Equal(f.keys[i].name, name) {
		return f.keys[i].field
	}
	found := labels[string(name)]
	switch {
	case i < len(f.keys):
		f.keys[i] = key{bytes.Clone(name), found}
	case i < 100:
		f.keys = append(f.keys, key{bytes.Clone(name), found})
	}
	return found
}

// take sets a value of a structured line. What cannot be that is passed over,
// unless it is the time or the status: other programs use the same names.
func (f *Format) take(i int, name, value []byte, l *Line) bool {
	what := f.meaning(i, name)
	if what == unused {
		return true
	}
	f.has[what] = true
	return l.set(what, value, &f.clock)
}

// complete tells whether a structured line says enough to be a request.
func (l *Line) complete() bool {
	if l.maybe && !isAddr(l.Addr) && (l.UpstreamStatus == nil || bytes.ContainsAny(l.Addr, "/(")) {
		l.Addr = nil
	}
	return l.EndNs >= 0 && (l.Status >= 0 || l.TookNs >= 0 || l.Path != nil)
}

// parseLTSV reads "label:value" with tabs between.
func (f *Format) parseLTSV(line []byte, l *Line) bool {
	for i := 0; len(line) > 0; i++ {
		part := line
		if tab := bytes.IndexByte(line, '\t'); tab >= 0 {
			part, line = line[:tab], line[tab+1:]
		} else {
			line = nil
		}
		colon := bytes.IndexByte(part, ':')
		if colon <= 0 {
			if len(part) == 0 {
				continue
			}
			return false
		}
		if !f.take(i, part[:colon], part[colon+1:], l) {
			return false
		}
	}
	return l.complete()
}

// parseJSON reads one object. Objects inside are read as if their names stood
// outside, as shippers of logs nest them; lists are passed over.
func (f *Format) parseJSON(line []byte, l *Line) bool {
	p, depth, i := trimLeft(line), 0, 0
	if len(p) == 0 || p[0] != '{' {
		return false
	}
	for len(p) > 0 {
		switch p[0] {
		case '{':
			depth++
			p = p[1:]
		case '}':
			if depth--; depth == 0 {
				return len(bytes.TrimSpace(p[1:])) == 0 && l.complete()
			}
			p = p[1:]
		case ' ', ',', '\t', '\r':
			p = p[1:]
		case '"':
			end := stringEnd(p)
			if end < 0 {
				return false
			}
			name := p[1:end]
			if p = trimLeft(p[end+1:]); len(p) == 0 || p[0] != ':' {
				return false
			}
			if p = trimLeft(p[1:]); len(p) == 0 {
				return false
			}
			if p[0] == '{' {
				continue
			}
			value, rest, ok := jsonValue(p)
			if !ok || !f.take(i, name, value, l) {
				return false
			}
			p = rest
			i++
		default:
			return false
		}
	}
	return false
}

// stringEnd is where the string ends that p begins with, or -1.
func stringEnd(p []byte) int {
	for from := 1; ; {
		i := bytes.IndexByte(p[from:], '"')
		if i < 0 {
			return -1
		}
		if end := from + i; !escaped(p[1:end]) {
			return end
		}
		from += i + 1
	}
}

// jsonValue is a string without its quotes, a word, a number, or nothing for a
// list.
func jsonValue(p []byte) (value, rest []byte, ok bool) {
	switch p[0] {
	case '"':
		end := stringEnd(p)
		if end < 0 {
			return nil, nil, false
		}
		return p[1:end], p[end+1:], true
	case '[':
		return jsonList(p)
	}
	end := 0
	for end < len(p) && p[end] != ',' && p[end] != '}' && p[end] != ' ' {
		end++
	}
	if end == len(p) {
		return nil, nil, false
	}
	if value = p[:end]; string(value) == "null" {
		value = nil
	}
	return value, p[end:], true
}

func jsonList(p []byte) (value, rest []byte, ok bool) {
	depth := 0
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '"':
			end := stringEnd(p[i:])
			if end < 0 {
				return nil, nil, false
			}
			i += end
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return nil, p[i+1:], true
			}
		}
	}
	return nil, nil, false
}
