package nginxconf

import (
	"strings"
	"unicode"
)

// passes are the directives that pass a request on, with the prefix of those that
// say how.
var passes = map[string]string{
	"proxy_pass": "proxy_", "grpc_pass": "grpc_", "fastcgi_pass": "fastcgi_", "uwsgi_pass": "uwsgi_", "scgi_pass": "scgi_", "memcached_pass": "memcached_",
}

// A way is a directive that passes requests on, with the blocks around it, from
// the outermost to the location.
type way struct {
	pass   *directive
	blocks []directives
	path   string // of the location, "" outside one
	stream bool
}

// ways are all of them, in order.
func ways(list directives) []way {
	var found []way
	var walk func(ds directives, blocks []directives, path string, stream bool)
	walk = func(ds directives, blocks []directives, path string, stream bool) {
		blocks = append(blocks[:len(blocks):len(blocks)], ds)
		for _, d := range ds {
			switch {
			case passes[d.Directive] != "" && len(d.Args) > 0:
				found = append(found, way{d, blocks, path, stream})
			case d.IsBlock() && d.Directive == "location":
				walk(d.Block, blocks, strings.Join(d.Args, " "), stream)
			case d.IsBlock() && d.Directive != "upstream":
				walk(d.Block, blocks, path, stream || d.Directive == "stream")
			}
		}
	}
	walk(list, nil, "", false)
	return found
}

// target is what a way passes to: a group's name or a host with its port, without
// scheme and path.
func (w *way) target() string {
	t := w.pass.Args[0]
	if _, rest, ok := strings.Cut(t, "://"); ok {
		t = rest
	}
	if strings.HasPrefix(t, "unix:") {
		t, _, _ = strings.Cut(strings.TrimPrefix(t, "unix:"), ":")
		return "unix:" + t
	}
	t, _, _ = strings.Cut(t, "/")
	if rest, ok := strings.CutPrefix(t, "$"); ok {
		if value := w.variable(rest); value != "" && !strings.Contains(value, "$") {
			_, after, ok := strings.Cut(value, "://")
			if !ok {
				after = value
			}
			after, _, _ = strings.Cut(after, "/")
			return after
		}
	}
	return t
}

// variable is what a set directive of the blocks around gives a variable.
func (w *way) variable(name string) string {
	if end := strings.IndexFunc(name, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }); end >= 0 {
		name = name[:end]
	}
	for i := len(w.blocks) - 1; i >= 0; i-- {
		for _, d := range w.blocks[i] {
			if d.Directive == "set" && len(d.Args) == 2 && d.Args[0] == "$"+name {
				return d.Args[1]
			}
		}
	}
	return ""
}

// given are the directives of a name that hold for a way: those of the innermost
// block that has any, as nginx inherits them.
func (w *way) given(name string) []*directive {
	for i := len(w.blocks) - 1; i >= 0; i-- {
		var list []*directive
		for _, d := range w.blocks[i] {
			if d.Directive == name {
				list = append(list, d)
			}
		}
		if list != nil {
			return list
		}
	}
	return nil
}

// groups are the upstream blocks, by name.
func groups(list directives) map[string]*directive {
	found := map[string]*directive{}
	var walk func(directives)
	walk = func(ds directives) {
		for _, d := range ds {
			if d.Directive == "upstream" && len(d.Args) == 1 {
				found[d.Args[0]] = d
			} else if d.IsBlock() {
				walk(d.Block)
			}
		}
	}
	walk(list)
	return found
}

// choose is the way that requests go: that to the group asked for or, where none
// is, the location / of the first server that has one, then what comes first.
// Ways of http go before those of stream.
func choose(all []way, asked string) (chosen *way) {
	rank := func(w *way) int {
		switch {
		case asked != "" && w.target() == asked:
			return 4
		case w.stream:
			return 1
		case w.path == "/":
			return 3
		}
		return 2
	}
	best := 0
	for i := range all {
		if r := rank(&all[i]); r > best {
			best, chosen = r, &all[i]
		}
	}
	if asked != "" && best < 4 {
		return nil
	}
	return chosen
}
