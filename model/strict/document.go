package strict

import (
	"fmt"
	"strconv"
)

// Document is a file that has been read: its tree, with a line for each part.
type Document struct {
	File string
	root *node
}

type kind int

const (
	scalar kind = iota
	text        // a scalar in quotes or a block of text
	null
	sequence
	mapping
)

// node is one value of a file.
type node struct {
	kind  kind
	line  int
	text  string  // of a scalar, as written
	items []*node // of a list; the values of a mapping
	keys  []key   // of a mapping
	raw   []byte  // the source, where it was JSON
}

type key struct {
	name string
	line int
}

// depthMost bounds how deep a file may nest; no file of ours goes beyond 6.
const depthMost = 32

// Fault is an error about the value with the given path, placed at its line or,
// where it was not given, at the line of the nearest part around it.
func (d *Document) Fault(path, format string, args ...any) *Error {
	return &Error{File: d.File, Line: d.line(path), Key: path, Problem: fmt.Sprintf(format, args...)}
}

func (d *Document) line(path string) int {
	n, line := d.root, 0
	for _, step := range steps(path) {
		next, at := n.step(step)
		if next == nil {
			break
		}
		n, line = next, at
	}
	return line
}

// step is the child of n with that key or index, and its line.
func (n *node) step(name string) (*node, int) {
	if n.kind == sequence {
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(n.items) {
			return nil, 0
		}
		return n.items[i], n.items[i].line
	}
	for i, k := range n.keys {
		if k.name == name {
			return n.items[i], k.line
		}
	}
	return nil, 0
}

// shown is the node as an error names it.
func (n *node) shown() string {
	switch n.kind {
	case sequence:
		return "a list"
	case mapping:
		return "a mapping"
	case null:
		return "nothing"
	case text:
		return Quote(n.text)
	}
	if len(n.text) > 40 {
		return Quote(n.text)
	}
	return n.text
}
