package strict

import (
	"fmt"
	"strconv"
)

// Document is a file that has been read: its tree, with a line for each part.
type Document struct {
	File string
	root *node
	// anchors are those before, in another program's file; nil in ours.
	anchors map[string]node
}

type kind int8

const (
	scalar kind = iota
	text        // a scalar in quotes or a block of text
	null
	sequence
	mapping
)

// node is one value of a file. There may be millions, so a scalar is small: what
// only lists and mappings have is apart.
type node struct {
	kind   kind
	line   int32
	text   string  // of a scalar, as written
	within *within // of a list or a mapping; may be nil for an empty one
}

// within is what stands between the brackets of a list or a mapping.
type within struct {
	items []node // of a list; the values of a mapping
	keys  []key  // of a mapping
	raw   []byte // the source, where it was JSON
}

type key struct {
	name string
	line int32
}

func (n *node) items() []node {
	if n.within == nil {
		return nil
	}
	return n.within.items
}

func (n *node) keys() []key {
	if n.within == nil {
		return nil
	}
	return n.within.keys
}

func (n *node) add(item node) {
	if n.within == nil {
		n.within = &within{}
	}
	n.within.items = append(n.within.items, item)
}

func (n *node) addKey(name string, line int) {
	if n.within == nil {
		n.within = &within{}
	}
	n.within.keys = append(n.within.keys, key{name, int32(line)})
}

// Bounds of what is read. No file of ours nests deeper than 6, and the largest
// curves, of hundreds of sizes with a timeline each, have some 500,000 values.
const (
	depthMost  = 32
	valuesMost = 2 << 20
)

// Fits says whether data that was written as JSON is no larger than what [JSON]
// reads. It counts commas and brackets, of which there is one a value, in text,
// too, so that it errs on the safe side.
func Fits(data []byte) bool {
	n := 1
	for _, b := range data {
		if b == ',' || b == '[' || b == '{' {
			n++
		}
	}
	return n <= valuesMost
}

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
		if err != nil || i < 0 || i >= len(n.items()) {
			return nil, 0
		}
		item := &n.items()[i]
		return item, int(item.line)
	}
	for i, k := range n.keys() {
		if k.name == name {
			return &n.items()[i], int(k.line)
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
