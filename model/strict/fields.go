package strict

import (
	"reflect"
	"strings"
)

// Keys are the keys of a struct type in the order of its fields: the names in
// its json tags.
func Keys(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
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

func fieldByKey(v reflect.Value, name string) reflect.Value {
	for i := range v.NumField() {
		if name != "" && Key(v.Type().Field(i)) == name {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

func firstOf(words []string, n int) []string { return words[:min(n, len(words))] }
