package strict

import (
	"reflect"
	"strings"
)

// Keys are the keys of a struct type in the order of its fields: the names in
// its json tags, with those of structs that it embeds.
func Keys(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if embedded(t.Field(i)) {
			keys = append(keys, Keys(t.Field(i).Type)...)
			continue
		}
		if k := Key(t.Field(i)); k != "" {
			keys = append(keys, k)
		}
	}
	return keys
}

// Key is the name of a field in files, empty where it has none.
func Key(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

func embedded(f reflect.StructField) bool { return f.Anonymous && f.Type.Kind() == reflect.Struct }

func fieldByKey(v reflect.Value, name string) reflect.Value {
	for i := range v.NumField() {
		if embedded(v.Type().Field(i)) {
			if f := fieldByKey(v.Field(i), name); f.IsValid() {
				return f
			}
			continue
		}
		if name != "" && Key(v.Type().Field(i)) == name {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

func firstOf(words []string, n int) []string { return words[:min(n, len(words))] }
