package strict

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Foreign reads all documents of a YAML or JSON file that somebody wrote for another
// program, of which only some keys are wanted: [Document.Decode] skips keys that the
// struct lacks and keys without a value, and anchors, aliases and merge keys are
// followed. Documents without content are left out.
func Foreign(file string, data []byte) ([]*Document, error) {
	data, err := Text(file, data)
	if err != nil {
		return nil, err
	}
	var list []*Document
	for _, part := range parts(string(data)) {
		d := &Document{File: file, anchors: map[string]node{}}
		body, err := d.parsed(part)
		if err != nil {
			return nil, err
		}
		if body == nil {
			continue
		}
		root, err := d.fromYAML(body)
		if err != nil {
			return nil, err
		}
		d.root = &root
		list = append(list, d)
	}
	return list, nil
}

// part is the text of one document, and how many lines are before it.
type part struct {
	text   string
	before int
}

// parts are the documents of a text. The parser is given them one by one since it
// drops all that follow one without content.
func parts(text string) (list []part) {
	var b strings.Builder
	line, began := 0, 0
	for l := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(l, "---"); ok && (rest == "" || strings.ContainsAny(rest[:1], " \t\r\n")) {
			list = append(list, part{b.String(), began})
			b.Reset()
			began, l = line, "   "+rest
		} else if strings.HasPrefix(l, "%") && strings.TrimSpace(b.String()) == "" {
			l = "\n" // a directive, such as the version of YAML
		}
		b.WriteString(l)
		line++
	}
	return append(list, part{b.String(), began})
}

// parsed is a document's content, nil where it has none.
func (d *Document) parsed(p part) (ast.Node, error) {
	tokens := lexer.Tokenize(p.text)
	var last *token.Position
	for _, t := range tokens {
		if t.Position != nil && t.Position != last {
			last = t.Position
			last.Line += p.before
		}
	}
	if line := tooDeep(tokens); line > 0 {
		return nil, d.at(line, "nests too deeply")
	}
	f, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, d.syntax(err)
	}
	for _, doc := range f.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType && doc.Body.Type() != ast.NullType {
			return doc.Body, nil
		}
	}
	return nil, nil
}

// Items are the items of a list as documents of their own, whose lines are those of
// the file; none where there is no list of that key.
func (d *Document) Items(key string) (list []*Document) {
	n, _ := d.root.step(key)
	if n == nil || n.kind != sequence {
		return nil
	}
	for i := range n.items() {
		list = append(list, &Document{File: d.File, root: &n.items()[i], anchors: d.anchors})
	}
	return list
}

// Place is the line of the value with the given path, and whether it is given; else
// it is the line of the nearest part around it.
func (d *Document) Place(path string) (line int, given bool) {
	n, line := d.root, int(d.root.line)
	for _, step := range steps(path) {
		next, at := n.step(step)
		if next == nil {
			return line, false
		}
		n, line = next, at
	}
	return line, true
}

// foreign tells whether a document is another program's.
func (d *Document) foreign() bool { return d.anchors != nil }

// linked is what an anchor, an alias or a tag stands for in another program's file.
func (d *Document) linked(a ast.Node) (node, error) {
	switch a := a.(type) {
	case *ast.AnchorNode:
		n, err := d.fromYAML(a.Value)
		d.anchors[a.Name.GetToken().Value] = n
		return n, err
	case *ast.AliasNode:
		name := a.Value.GetToken().Value
		n, ok := d.anchors[name]
		if !ok {
			return n, d.at(lineOf(a), "there is no anchor &%s before this alias", Shorten(name))
		}
		return n, nil
	case *ast.TagNode:
		return d.fromYAML(a.Value)
	}
	return node{}, d.at(lineOf(a), "is not plain YAML")
}

// merge adds to a mapping what a merge key refers to, but for keys that it has.
// Values are shared, not copied, so that little text makes little of them.
func (d *Document) merge(n *node, from []node) error {
	for _, m := range from {
		if m.kind == sequence {
			if err := d.merge(n, m.items()); err != nil {
				return err
			}
			continue
		}
		if m.kind != mapping {
			return d.at(int(m.line), "a merge key (<<) wants a mapping, or a list of them")
		}
		for i, k := range m.keys() {
			if has, _ := n.step(k.name); has == nil {
				if len(n.keys()) == mergedMost {
					return d.at(int(m.line), "merges more than %d keys", mergedMost)
				}
				n.addKey(k.name, int(k.line))
				n.add(m.items()[i])
			}
		}
	}
	return nil
}

// mergedMost bounds the keys of a mapping that others are merged into.
const mergedMost = 1000
