package accesslog

import (
	"bytes"
	"strings"
)

// guesses are formats that are in use without being said, the richest first.
var guesses = []string{
	// of ingress-nginx
	`$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id`,
	combined + ` "$http_x_forwarded_for" $request_time $upstream_response_time`,
	combined + ` $request_time $upstream_response_time`,
	combined + ` "$http_x_forwarded_for"`,
	combined,
	`$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent`,
}

// Infer finds the format that most of some lines have, which should be the first
// of a log. It is nil if hardly any have one that is known.
func Infer(lines [][]byte) *Format {
	var best *Format
	most := 0
	for _, f := range candidates(lines) {
		n := 0
		var l Line
		for _, line := range lines {
			if f.Parse(line, &l) {
				n++
			}
		}
		if n > most {
			best, most = f, n
		}
	}
	if best == nil || 2*most < len(lines) {
		return nil
	}
	return best
}

func candidates(lines [][]byte) (list []*Format) {
	for _, line := range lines {
		if bytes.HasPrefix(line, []byte("{")) {
			return []*Format{{text: "JSON", kind: json}}
		}
	}
	for _, line := range lines {
		if colon := bytes.IndexAny(line, ": \t"); colon > 0 && line[colon] == ':' && bytes.IndexByte(line, '\t') > 0 {
			list = append(list, &Format{text: "LTSV", kind: ltsv})
			break
		}
	}
	texts := guesses
	for _, line := range lines[:min(len(lines), 20)] {
		if text := withPairs(line); text != "" {
			texts = append([]string{text}, texts...)
			break
		}
	}
	for _, text := range texts {
		f, err := Compile(text)
		if err != nil {
			continue // names that a line has may make no format
		}
		list = append(list, f)
	}
	return list
}

// pairNames are the names of pairs after the known part of a line, beside the
// variables' own.
var pairNames = map[string]string{
	"rt": "request_time", "uct": "upstream_connect_time", "uht": "upstream_header_time", "urt": "upstream_response_time",
	"ua": "upstream_addr", "us": "upstream_status", "cs": "upstream_cache_status",
}

// withPairs is the format of a line that is combined with name=value pairs
// after it, as many people add them; "" for any other line.
func withPairs(line []byte) string {
	for from := 0; ; {
		i := bytes.Index(line[from:], []byte(`" `))
		if i < 0 {
			return ""
		}
		from += i + 2
		if tail, ok := pairs(string(line[from:])); ok {
			if head := headOf(string(line[:from])); head != "" {
				return head + tail
			}
		}
	}
}

// headOf is the known format that a line's beginning has, with the space after
// it.
func headOf(head string) string {
	for _, base := range []string{known["main"], combined} {
		f, err := Compile(base + " ")
		if err != nil {
			panic(err)
		}
		var l Line
		if f.Parse([]byte(head), &l) {
			return base + " "
		}
	}
	return ""
}

// pairs is the format of name=value pairs with spaces between.
func pairs(tail string) (format string, ok bool) {
	var b strings.Builder
	known := false
	for tail != "" {
		name, rest, found := strings.Cut(tail, "=")
		if !found || name == "" || strings.ContainsAny(name, " \"") {
			return "", false
		}
		variable := name
		if full, ok := pairNames[name]; ok {
			variable = full
		}
		known = known || variables[variable] != unused
		b.WriteString(name + "=")
		var end int
		if strings.HasPrefix(rest, `"`) {
			if end = strings.IndexByte(rest[1:], '"'); end < 0 {
				return "", false
			}
			b.WriteString(`"$` + variable + `"`)
			rest = rest[end+2:]
		} else {
			end = listEnd([]byte(rest))
			b.WriteString("$" + variable)
			rest = rest[end:]
		}
		if rest != "" && rest[0] != ' ' {
			return "", false
		}
		tail = strings.TrimPrefix(rest, " ")
		if tail != "" {
			b.WriteByte(' ')
		}
	}
	return b.String(), known
}
