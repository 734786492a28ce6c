package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Table is a mapping whose keys are names that its author chose, in the order
// of the file: classes of request, tiers, operations.
type Table[T any] []Row[T]

// Row is one named entry of a [Table].
type Row[T any] struct {
	Name string
	Is   T
}

// Find is the entry of that name, or nil, and its index.
func (t Table[T]) Find(name string) (*T, int) {
	for i := range t {
		if t[i].Name == name {
			return &t[i].Is, i
		}
	}
	return nil, -1
}

// Entry is a pointer to the entry of that name, nil if there is none.
func (t *Table[T]) Entry(name string) any {
	if e, i := t.Find(name); i >= 0 {
		return e
	}
	return nil
}

// Names are the names in order.
func (t Table[T]) Names() []string {
	names := make([]string, len(t))
	for i := range t {
		names[i] = t[i].Name
	}
	return names
}

// FillNamed makes an entry for each name, which fill reads.
func (t *Table[T]) FillNamed(names []string, fill func(i int, v any) error) error {
	rows := make(Table[T], len(names))
	for i, name := range names {
		rows[i].Name = name
		if err := fill(i, &rows[i].Is); err != nil {
			return err
		}
	}
	*t = rows
	return nil
}

// MarshalJSON writes an object with the keys in order.
func (t Table[T]) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range t {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(t[i].Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(t[i].Is)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Table[T]) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return fmt.Errorf("wants keys with values")
	}
	rows := Table[T]{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var row Row[T]
		row.Name, _ = name.(string)
		if err := d.Decode(&row.Is); err != nil {
			return err
		}
		rows = append(rows, row)
	}
	*t = rows
	return nil
}
