package strict

import (
	"errors"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// YAML reads one document. JSON is YAML, too, but large JSON is read faster by
// [JSON].
func YAML(file string, data []byte) (*Document, error) {
	d := &Document{File: file}
	data, err := Text(file, data)
	if err != nil {
		return nil, err
	}
	tokens := lexer.Tokenize(string(data))
	if line := tooDeep(tokens); line > 0 {
		return nil, d.at(line, "nests too deeply")
	}
	f, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, d.syntax(err)
	}
	if len(f.Docs) == 0 || f.Docs[0].Body == nil || f.Docs[0].Body.Type() == ast.CommentType {
		return nil, d.at(0, "is empty")
	}
	if len(f.Docs) > 1 {
		return nil, d.at(0, "holds %d documents; one is wanted", len(f.Docs))
	}
	root, err := d.fromYAML(f.Docs[0].Body)
	if err != nil {
		return nil, err
	}
	d.root = &root
	return d, nil
}

// tooDeep is the line where a file nests beyond what a parser that calls
// itself should be given, or 0. Nesting by indentation needs no guard: depth d
// takes d²/2 bytes.
func tooDeep(tokens token.Tokens) int {
	flow, onLine, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			onLine, line = 0, t.Position.Line
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			onLine++
		}
		if flow > depthMost || onLine > depthMost {
			return max(line, 1)
		}
	}
	return 0
}

func (d *Document) syntax(err error) error {
	var y yaml.Error
	if !errors.As(err, &y) {
		return d.at(0, "is not YAML: %v", err)
	}
	line := 0
	if t := y.GetToken(); t != nil && t.Position != nil {
		line = t.Position.Line
	}
	return d.at(line, "is not YAML: %s", y.GetMessage())
}

func (d *Document) fromYAML(a ast.Node) (node, error) {
	n := node{line: int32(lineOf(a))}
	switch a := a.(type) {
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		if d.foreign() {
			return d.linked(a)
		}
		if _, ok := a.(*ast.TagNode); ok {
			return n, d.at(int(n.line), "tags (!) are not read; leave the tag out")
		}
		return n, d.at(int(n.line), anchorsUnread)
	case *ast.MappingNode:
		return n, d.mapYAML(&n, a.Values)
	case *ast.MappingValueNode:
		return n, d.mapYAML(&n, []*ast.MappingValueNode{a})
	case *ast.SequenceNode:
		n.kind = sequence
		for _, v := range a.Values {
			item, err := d.fromYAML(v)
			if err != nil {
				return n, err
			}
			n.add(item)
		}
	case *ast.NullNode:
		n.kind = null
	case *ast.StringNode:
		n.text = a.Value
		if t := a.Token.Type; t == token.SingleQuoteType || t == token.DoubleQuoteType {
			n.kind = text
		}
	case *ast.LiteralNode:
		n.kind, n.text = text, a.Value.Value
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.NanNode, *ast.InfinityNode:
		n.text = a.GetToken().Value
	case *ast.MergeKeyNode:
		return n, d.at(int(n.line), anchorsUnread)
	default:
		return n, d.at(int(n.line), "is not plain YAML")
	}
	return n, nil
}

func (d *Document) mapYAML(n *node, values []*ast.MappingValueNode) error {
	n.kind = mapping
	var merged []node
	for _, v := range values {
		line := lineOf(v.Key)
		if _, ok := v.Key.(*ast.MergeKeyNode); ok && d.foreign() {
			from, err := d.fromYAML(v.Value)
			if err != nil {
				return err
			}
			merged = append(merged, from)
			continue
		}
		switch v.Key.(type) {
		case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		case *ast.MergeKeyNode:
			return d.at(line, anchorsUnread)
		default:
			return d.at(line, "a key must be plain text")
		}
		item, err := d.fromYAML(v.Value)
		if err != nil {
			return err
		}
		n.addKey(v.Key.GetToken().Value, line)
		n.add(item)
	}
	if err := d.repeated(n); err != nil {
		return err
	}
	return d.merge(n, merged)
}

const anchorsUnread = "anchors and aliases (&, *, <<) are not read; write the value out"

func lineOf(a ast.Node) int {
	if a == nil || a.GetToken() == nil || a.GetToken().Position == nil {
		return 0
	}
	return a.GetToken().Position.Line
}
