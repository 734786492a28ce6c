package model

import (
	"fmt"
	"math"
	"reflect"

	"github.com/k9mil/velocitas/internal/strict"
)

// Ranges of what a curve holds. They are far beyond any service, and narrow
// enough that no sum, square or quotient of what was read overflows, so that
// whoever reads a curve need not look out for infinities.
const (
	numberMost    = 1e15
	valueLeast    = 1e-30 // of a value above 0: others are divided by it
	instancesMost = 1_000_000
	pointsMost    = 10_000
	textMost      = 10_000 // bytes
)

// outside is the first number or text of a curve that is out of range: a key
// and a problem, or nothing. It looks at all fields, those to come included.
func (c *Curve) outside() (key, problem string) {
	if len(c.Points) > pointsMost {
		return "points", fmt.Sprintf("wants at most %d points, not %d", pointsMost, len(c.Points))
	}
	return outside(reflect.ValueOf(c).Elem(), "")
}

var (
	estimateType = reflect.TypeFor[Estimate]()
	quantileType = reflect.TypeFor[Quantile]()
)

func outside(v reflect.Value, key string) (at, problem string) {
	switch v.Kind() {
	case reflect.Struct:
		return outsideStruct(v, key)
	case reflect.Pointer:
		if !v.IsNil() {
			return outside(v.Elem(), key)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			break // the scenario as it was written
		}
		for i := range v.Len() {
			if at, problem = outside(v.Index(i), fmt.Sprintf("%s[%d]", key, i)); problem != "" {
				return at, problem
			}
		}
	case reflect.Map:
		return outsideMap(v, key)
	case reflect.Float64, reflect.Int, reflect.Int64:
		if f := number(v); !(f >= 0 && f <= numberMost) {
			return key, fmt.Sprintf("wants 0 to %g, not %v", numberMost, v)
		}
	case reflect.String:
		if v.Len() > textMost {
			return key, fmt.Sprintf("wants at most %d bytes of text, not %d", textMost, v.Len())
		}
	}
	return "", ""
}

func number(v reflect.Value) float64 {
	if v.CanFloat() {
		return v.Float()
	}
	return float64(v.Int())
}

func outsideStruct(v reflect.Value, key string) (at, problem string) {
	switch v.Type() {
	case estimateType:
		return key, v.Interface().(Estimate).outside()
	case quantileType:
		if q := v.Interface().(Quantile).Q; !(q >= 0 && q <= 1) {
			return key + ".q", fmt.Sprintf("wants 0 to 1, not %v", q)
		}
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Tag.Get("json") == "-" {
			continue // is in no file, and may be infinite
		}
		name := strict.Key(field)
		if key != "" {
			name = key + "." + name
		}
		if at, problem = outside(v.Field(i), name); problem != "" {
			return at, problem
		}
	}
	return "", ""
}

// outsideMap names the least of the keys that are out of range, so that the
// answer is the same each time.
func outsideMap(v reflect.Value, key string) (at, problem string) {
	for _, k := range v.MapKeys() {
		name := key + "." + strict.Shorten(k.String())
		where, what := outside(v.MapIndex(k), name)
		if what == "" && k.Len() > textMost {
			where, what = name, fmt.Sprintf("wants a key of at most %d bytes, not %d", textMost, k.Len())
		}
		if what != "" && (problem == "" || where < at) {
			at, problem = where, what
		}
	}
	return at, problem
}

// outside says what is wrong with an estimate; bounds, unlike values, may be
// negative.
func (e Estimate) outside() string {
	inside := func(v float64) bool { return math.Abs(v) <= numberMost }
	switch {
	case !(e.Value >= 0) || !(e.Lo <= e.Hi):
		return "wants a value of at least 0 and lo not above hi"
	case !inside(e.Value) || !inside(e.Lo) || !inside(e.Hi):
		return fmt.Sprintf("wants numbers up to %g", numberMost)
	case e.Value > 0 && e.Value < valueLeast:
		return fmt.Sprintf("wants a value of 0 or at least %g, not %g", valueLeast, e.Value)
	}
	return ""
}
