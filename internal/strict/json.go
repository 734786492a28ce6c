package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
)

// JSON reads one JSON value.
func JSON(file string, data []byte) (*Document, error) {
	d := &Document{File: file}
	data, err := Text(file, data)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, d.at(0, "is empty")
	}
	r := &jsonReader{doc: d, data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.dec.UseNumber()
	root, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := r.dec.Token(); err != io.EOF {
		r.count()
		return nil, d.at(r.line, "goes on after its value; one is wanted")
	}
	d.root = &root
	return d, nil
}

// jsonReader turns the decoder's tokens into nodes and counts lines.
type jsonReader struct {
	doc     *Document
	data    []byte
	dec     *json.Decoder
	counted int // bytes whose line breaks are in line
	line    int
	values  int
}

// count brings line up to the decoder's place.
func (r *jsonReader) count() {
	at := int(r.dec.InputOffset())
	r.line += bytes.Count(r.data[r.counted:at], []byte("\n"))
	r.counted = at
}

func (r *jsonReader) token() (json.Token, error) {
	t, err := r.dec.Token()
	r.count()
	if err == nil {
		return t, nil
	}
	var s *json.SyntaxError
	if errors.As(err, &s) {
		line := 1 + bytes.Count(r.data[:min(int(s.Offset), len(r.data))], []byte("\n"))
		return nil, r.doc.at(line, "is not JSON: %v", s)
	}
	return nil, r.doc.at(r.line, "is not JSON: it ends too early")
}

func (r *jsonReader) value(depth int) (n node, err error) {
	t, err := r.token()
	if err != nil {
		return n, err
	}
	if depth > depthMost {
		return n, r.doc.at(r.line, "nests too deeply")
	}
	if r.values++; r.values > valuesMost {
		return n, r.doc.at(r.line, "is too large: at most %d values are read", valuesMost)
	}
	n.line = int32(r.line)
	switch t := t.(type) {
	case json.Delim:
		start := int(r.dec.InputOffset()) - 1
		n.kind, n.within = sequence, &within{}
		if t == '{' {
			n.kind = mapping
		}
		if err := r.inside(&n, depth); err != nil {
			return n, err
		}
		n.within.raw = r.data[start:int(r.dec.InputOffset())]
	case string:
		n.kind, n.text = text, t
	case json.Number:
		n.text = t.String()
	case bool:
		n.text = map[bool]string{true: "true", false: "false"}[t]
	default:
		n.kind = null
	}
	return n, nil
}

// inside reads what stands between the brackets.
func (r *jsonReader) inside(n *node, depth int) error {
	for r.dec.More() {
		if n.kind == mapping {
			t, err := r.token()
			if err != nil {
				return err
			}
			n.addKey(t.(string), r.line)
		}
		item, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.add(item)
	}
	if _, err := r.token(); err != nil { // the closing bracket
		return err
	}
	return r.doc.repeated(n)
}

// source is the node as JSON; nothing for a list or mapping that was not JSON.
func (n *node) source() json.RawMessage {
	switch n.kind {
	case sequence, mapping:
		if n.within == nil {
			return nil
		}
		return slices.Clone(n.within.raw)
	case text:
		data, _ := json.Marshal(n.text) // any text can be
		return data
	}
	return json.RawMessage(n.text)
}
