package kubernetes

import (
	"fmt"
	"strings"

	"github.com/k9mil/velocitas/internal/strict"
)

// Quantity is a number as Kubernetes writes it, such as 500m for 0.5.
type Quantity float64

var suffixes = map[string]float64{
	"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
	"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40, "Pi": 1 << 50, "Ei": 1 << 60,
}

// UnmarshalText reads a number with a suffix or an exponent.
func (q *Quantity) UnmarshalText(b []byte) error {
	text := string(b)
	number := strings.TrimRight(text, "numkMGTPEi")
	factor, ok := suffixes[text[len(number):]]
	v, err := strict.Number(number)
	if !ok || err != nil || v < 0 {
		return fmt.Errorf("wants a quantity, such as 500m or 0.5, not %s", strict.Quote(text))
	}
	*q = Quantity(v * factor)
	return nil
}
