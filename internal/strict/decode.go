package strict

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Lister is a value that may be written as a list of whole numbers.
type Lister interface{ UnmarshalList([]int) error }

// Mapper is a value that may be written as a mapping, which fill reads into
// the struct that it is given.
type Mapper interface {
	FillFrom(fill func(v any) error) error
}

// Namer is a value that is written as a mapping whose keys are names that its
// author chose. FillNamed is given them in the order of the file; fill reads the
// value of the i-th.
type Namer interface {
	FillNamed(names []string, fill func(i int, v any) error) error
}

// Decode fills in v, a pointer to a struct. What the file does not mention
// stays as it is.
func (d *Document) Decode(v any) error {
	return d.decode(d.root, "", reflect.ValueOf(v).Elem())
}

func (d *Document) decode(n *node, path string, v reflect.Value) error {
	if n.kind == null && d.foreign() {
		return nil
	}
	if n.kind == null {
		return d.fault(n, path, "has no value; give it one or leave the key out")
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return d.decode(n, path, v.Elem())
	}
	if raw, ok := v.Addr().Interface().(*json.RawMessage); ok {
		*raw = n.source()
		return nil
	}
	if done, err := d.decodeOwn(n, path, v.Addr().Interface()); done {
		return err
	}
	switch v.Kind() {
	case reflect.Struct:
		return d.decodeStruct(n, path, v)
	case reflect.Slice:
		if _, ok := v.Addr().Interface().(Namer); ok {
			return d.fault(n, path, "wants keys with values, not %s", n.shown())
		}
		return d.decodeSlice(n, path, v)
	case reflect.Map:
		return d.decodeMap(n, path, v)
	}
	return d.decodeScalar(n, path, v)
}

// decodeOwn lets a type that has a written form of its own read it.
func (d *Document) decodeOwn(n *node, path string, v any) (done bool, err error) {
	if m, ok := v.(Mapper); ok && n.kind == mapping {
		return true, m.FillFrom(func(v any) error { return d.decode(n, path, reflect.ValueOf(v).Elem()) })
	}
	if m, ok := v.(Namer); ok && n.kind == mapping {
		return true, d.fillNamed(n, path, m)
	}
	if l, ok := v.(Lister); ok && n.kind == sequence {
		var numbers []int
		if err := d.decode(n, path, reflect.ValueOf(&numbers).Elem()); err != nil {
			return true, err
		}
		return true, d.wrap(n, path, l.UnmarshalList(numbers))
	}
	u, ok := v.(encoding.TextUnmarshaler)
	if !ok {
		return false, nil
	}
	if n.kind == sequence || n.kind == mapping {
		// A reader of text says best itself what it wants.
		err := u.UnmarshalText(nil)
		if err == nil {
			err = fmt.Errorf("wants one value")
		}
		wants, _, _ := strings.Cut(err.Error(), ", not ")
		return true, d.fault(n, path, "%s, not %s", wants, n.shown())
	}
	return true, d.wrap(n, path, u.UnmarshalText([]byte(n.text)))
}

func (d *Document) fillNamed(n *node, path string, m Namer) error {
	names := make([]string, len(n.keys()))
	for i, k := range n.keys() {
		names[i] = k.name
	}
	return m.FillNamed(names, func(i int, v any) error {
		return d.decode(&n.items()[i], join(path, names[i]), reflect.ValueOf(v).Elem())
	})
}

func (d *Document) decodeStruct(n *node, path string, v reflect.Value) error {
	if n.kind != mapping {
		return d.fault(n, path, "wants keys with values (%s …), not %s", list(firstOf(Keys(v.Type()), 3)), n.shown())
	}
	for i, k := range n.keys() {
		at := join(path, k.name)
		f := fieldByKey(v, k.name)
		if !f.IsValid() && d.foreign() {
			continue
		}
		if !f.IsValid() {
			return &Error{d.File, int(k.line), at, "unknown key" + Hint(k.name, Keys(v.Type()))}
		}
		if err := d.decode(&n.items()[i], at, f); err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) decodeSlice(n *node, path string, v reflect.Value) error {
	if n.kind != sequence {
		return d.fault(n, path, "wants a list, such as [a, b], not %s", n.shown())
	}
	s := reflect.MakeSlice(v.Type(), len(n.items()), len(n.items()))
	for i := range n.items() {
		if err := d.decode(&n.items()[i], fmt.Sprintf("%s[%d]", path, i), s.Index(i)); err != nil {
			return err
		}
	}
	v.Set(s)
	return nil
}

func (d *Document) decodeMap(n *node, path string, v reflect.Value) error {
	if n.kind != mapping {
		return d.fault(n, path, "wants keys with values, not %s", n.shown())
	}
	m := reflect.MakeMapWithSize(v.Type(), len(n.items()))
	for i, k := range n.keys() {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := d.decode(&n.items()[i], join(path, k.name), item); err != nil {
			return err
		}
		m.SetMapIndex(reflect.ValueOf(k.name).Convert(v.Type().Key()), item)
	}
	v.Set(m)
	return nil
}

func (d *Document) decodeScalar(n *node, path string, v reflect.Value) error {
	want := wants(v.Kind())
	if n.kind != scalar && !(n.kind == text && v.Kind() == reflect.String) {
		return d.fault(n, path, "wants %s, not %s", want, n.shown())
	}
	if err := setScalar(v, n.text); err != nil {
		return d.fault(n, path, "wants %s, not %s", want, n.shown())
	}
	return nil
}

func wants(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number of at least 0"
	case reflect.Float64:
		return "a number"
	}
	return "text"
}

func setScalar(v reflect.Value, s string) error {
	var err error
	switch v.Kind() {
	case reflect.Bool:
		if s != "true" && s != "false" {
			return strconv.ErrSyntax
		}
		v.SetBool(s == "true")
	case reflect.Int, reflect.Int64:
		var i int64
		i, err = strconv.ParseInt(s, 10, 64)
		v.SetInt(i)
	case reflect.Uint64:
		var u uint64
		u, err = strconv.ParseUint(s, 10, 64)
		v.SetUint(u)
	case reflect.Float64:
		var f float64
		f, err = Number(s)
		v.SetFloat(f)
	case reflect.String:
		v.SetString(s)
	default:
		panic("strict: no reader for " + v.Type().String())
	}
	return err
}

// Number is the finite decimal number that s writes.
func Number(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(s, "xX_") {
		return 0, strconv.ErrSyntax
	}
	return f, nil
}

// repeated is the error of a mapping that has a key twice.
func (d *Document) repeated(n *node) error {
	first := make(map[string]int32, len(n.keys()))
	for _, k := range n.keys() {
		if line, ok := first[k.name]; ok {
			return &Error{d.File, int(k.line), Shorten(k.name), fmt.Sprintf("is given twice, first at line %d", line)}
		}
		first[k.name] = k.line
	}
	return nil
}

func (d *Document) at(line int, format string, args ...any) *Error {
	return &Error{File: d.File, Line: line, Problem: fmt.Sprintf(format, args...)}
}

func (d *Document) fault(n *node, path, format string, args ...any) error {
	return &Error{d.File, int(n.line), path, fmt.Sprintf(format, args...)}
}

func (d *Document) wrap(n *node, path string, err error) error {
	if err == nil {
		return nil
	}
	return d.fault(n, path, "%v", err)
}

func join(path, name string) string {
	if path == "" {
		return Shorten(name)
	}
	return path + "." + Shorten(name)
}

// Shorten is a key as an error names it.
func Shorten(name string) string {
	if r := []rune(name); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return name
}
