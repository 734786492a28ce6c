package strict

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// DecodeAt fills in the one value of v, a pointer to a struct, that a path
// such as "overrides[2].cpus" names. Pointers on the way are made; list items
// must be there.
func (d *Document) DecodeAt(v any, path string) error {
	at := reflect.ValueOf(v).Elem()
	for _, step := range steps(path) {
		next, problem := child(at, step)
		if problem != "" {
			return &Error{File: d.File, Key: Shorten(path), Problem: problem}
		}
		at = next
	}
	return d.decode(d.root, path, at)
}

func steps(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
}

func child(v reflect.Value, step string) (_ reflect.Value, problem string) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		if f := fieldByKey(v, step); f.IsValid() {
			return f, ""
		}
		return v, "unknown key " + Quote(step) + Hint(step, Keys(v.Type()))
	case reflect.Slice:
		if e, ok := v.Addr().Interface().(Entries); ok {
			return entry(v, e, step)
		}
		i, err := strconv.Atoi(step)
		if err == nil && i >= 0 && i < v.Len() {
			return v.Index(i), ""
		}
		return v, fmt.Sprintf("there are %d of them, counted from 0; there is no %s", v.Len(), Quote(step))
	}
	return v, "has no keys inside it"
}

// Entries is a value whose entries have names; Entry is a pointer to that of
// one name, nil if there is none.
type Entries interface {
	Entry(name string) any
	Names() []string
}

// entry is the value of that name.
func entry(v reflect.Value, e Entries, name string) (_ reflect.Value, problem string) {
	if p := e.Entry(name); p != nil {
		return reflect.ValueOf(p).Elem(), ""
	}
	return v, "there is no " + Quote(name) + Hint(name, e.Names())
}
