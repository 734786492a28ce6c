package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Format is how a log's lines are made. It is used by one goroutine at a time.
type Format struct {
	text   string // the log_format, or "JSON" or "LTSV"
	kind   kind
	prefix []byte
	pieces []piece
	has    [fields]bool
	clock  clock
	keys   []key // of structured lines, in the order of the last one
}

type kind uint8

const (
	template kind = iota
	json
	ltsv
)

// piece is a value and the text after it; without any it ends with the line.
type piece struct {
	field   field
	until   []byte
	isList  bool // has an element for each try
	isWord  bool // has no spaces
	toSlash bool // begins with something else, up to a slash
}

// String is the log_format, or the name of a structured format.
func (f *Format) String() string { return f.text }

// HasTime says whether lines have an instant; the functions below say what else
// they can have.
func (f *Format) HasTime() bool {
	return f.has[msec] || f.has[timeLocal] || f.has[timeISO] || f.has[anyTime]
}
func (f *Format) HasRequestTime() bool  { return f.has[requestTime] || f.has[requestMicros] }
func (f *Format) HasResponseTime() bool { return f.has[upstreamResponse] }
func (f *Format) HasAddr() bool         { return f.has[upstreamAddr] || f.has[maybeAddr] }
func (f *Format) HasStatus() bool       { return f.has[status] }
func (f *Format) HasConnectTime() bool  { return f.has[upstreamConnect] }
func (f *Format) HasRequest() bool      { return f.has[request] || f.has[path] }

// Compile makes a format of a log_format, either of its text alone or of the
// whole directive as it stands in nginx.conf. "combined" and "main" are known by
// name.
func Compile(logFormat string) (*Format, error) {
	text, err := directive(logFormat)
	if err != nil {
		return nil, err
	}
	if named, ok := known[strings.TrimSpace(text)]; ok {
		text = named
	}
	f := &Format{text: text}
	rest := text
	literal, name, rest := nextVariable(rest)
	f.prefix = []byte(literal)
	for name != "" {
		var after, next string
		after, next, rest = nextVariable(rest)
		p := piece{field: variables[name], until: []byte(after), isList: strings.HasPrefix(name, "upstream_"), isWord: unspaced[name]}
		// Of values with nothing between them nobody can tell where one ends: they
		// are one, of use only where it ends with the path.
		for after == "" && next != "" {
			p.field = unused
			if variables[next] == path {
				p.field, p.toSlash = path, true
			}
			after, next, rest = nextVariable(rest)
			p.until = []byte(after)
		}
		f.has[p.field] = true
		f.pieces = append(f.pieces, p)
		name = next
	}
	switch {
	case len(f.pieces) == 0:
		return nil, errors.New(`holds no variable; what stands after the name in nginx.conf's log_format is wanted, such as '$remote_addr [$time_local] "$request" $status $request_time'`)
	case !f.HasTime():
		return nil, errors.New("says not when a request was logged; without $msec, $time_local or $time_iso8601 there are no rates")
	}
	return f, nil
}

// unspaced are variables that have no spaces inside, and often end a line.
var unspaced = map[string]bool{
	"status": true, "body_bytes_sent": true, "bytes_sent": true, "request_time": true, "request_length": true,
	"msec": true, "pipe": true, "connection": true, "connection_requests": true, "request_id": true, "req_id": true,
}

// known are formats that have a name.
var known = map[string]string{
	"combined": combined,
	"main":     combined + ` "$http_x_forwarded_for"`,
}

const combined = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`

// nextVariable splits text at its first variable.
func nextVariable(text string) (literal, name, rest string) {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '$' {
			continue
		}
		if text[i+1] == '{' {
			if end := strings.IndexByte(text[i:], '}'); end > 2 {
				return text[:i], text[i+2 : i+end], text[i+end+1:]
			}
			continue
		}
		end := i + 1
		for end < len(text) && isName(text[end]) {
			end++
		}
		if end > i+1 {
			return text[:i], text[i+1 : end], text[end:]
		}
	}
	return text, "", ""
}

func isName(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// directive is the text of a log_format, without its name, escape and quotes, if
// it stands there as in nginx.conf.
func directive(given string) (string, error) {
	text := strings.TrimSpace(given)
	whole := strings.HasPrefix(text, "log_format ") || strings.HasPrefix(text, "log_format\t")
	if !whole && !(len(text) > 1 && (text[0] == '\'' || text[0] == '"') && text[len(text)-1] == text[0] && strings.Contains(text, "$")) {
		return given, nil
	}
	words, err := configWords(strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(text, "log_format")), ";"))
	if err != nil {
		return "", err
	}
	if whole {
		if len(words) < 2 {
			return "", errors.New("log_format wants a name and a text")
		}
		words = words[1:]
		if strings.HasPrefix(words[0], "escape=") {
			words = words[1:]
		}
	}
	return strings.Join(words, ""), nil
}

// configWords are the words of nginx.conf: quoted ones without their quotes.
func configWords(text string) (words []string, err error) {
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		if text == "" {
			return words, nil
		}
		quote := text[0]
		if quote != '\'' && quote != '"' {
			end := strings.IndexAny(text, " \t\r\n")
			if end < 0 {
				end = len(text)
			}
			words, text = append(words, text[:end]), text[end:]
			continue
		}
		var word strings.Builder
		i := 1
		for ; i < len(text) && text[i] != quote; i++ {
			if text[i] == '\\' && i+1 < len(text) {
				i++
				switch text[i] {
				case 't':
					word.WriteByte('\t')
				case 'r':
					word.WriteByte('\r')
				case 'n':
					word.WriteByte('\n')
				case '"', '\'', '\\':
					word.WriteByte(text[i])
				default:
					word.WriteByte('\\')
					word.WriteByte(text[i])
				}
				continue
			}
			word.WriteByte(text[i])
		}
		if i == len(text) {
			return nil, fmt.Errorf("a quote %c is not closed", quote)
		}
		words, text = append(words, word.String()), text[i+1:]
	}
}

// Parse reads a line without its line break. It is false for a line that is not
// of this format.
func (f *Format) Parse(line []byte, l *Line) bool {
	l.reset()
	switch f.kind {
	case json:
		return f.parseJSON(line, l)
	case ltsv:
		return f.parseLTSV(line, l)
	}
	if !bytes.HasPrefix(line, f.prefix) {
		return false
	}
	line = line[len(f.prefix):]
	for i := range f.pieces {
		p := &f.pieces[i]
		end := p.end(line)
		if end < 0 {
			return false
		}
		value := line[:end]
		if p.toSlash {
			value = value[max(0, bytes.IndexByte(value, '/')):]
		}
		if !l.set(p.field, value, &f.clock) {
			return false
		}
		line = line[end+len(p.until):]
	}
	return len(line) == 0
}

// end is where a value ends, or -1 if what stands after it is not there.
func (p *piece) end(line []byte) int {
	if len(p.until) == 0 {
		if p.isWord && bytes.IndexByte(line, ' ') >= 0 {
			return -1
		}
		return len(line)
	}
	if p.until[0] == ' ' && p.isList {
		end := listEnd(line)
		if !bytes.HasPrefix(line[end:], p.until) {
			return -1
		}
		return end
	}
	for from := 0; ; {
		i := bytes.IndexByte(line[from:], p.until[0])
		if i < 0 {
			return -1
		}
		end := from + i
		quoted := p.until[0] == '"'
		switch {
		case quoted && escaped(line[:end]):
		case len(p.until) == 1 || bytes.HasPrefix(line[end:], p.until):
			return end
		case quoted: // nothing else writes a quote as it is
			return -1
		}
		from = end + 1
	}
}

// escaped tells whether what follows has a backslash of its own before it.
func escaped(before []byte) bool {
	n := 0
	for n < len(before) && before[len(before)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}
