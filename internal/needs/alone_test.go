//go:build unix

package needs

import (
	"sync/atomic"
	"testing"
	"time"
)

// Of many that ask for the same thing only one has it at a time.
func TestAlone(t *testing.T) {
	var inside, most atomic.Int32
	t.Run("all", func(t *testing.T) {
		for range 4 {
			t.Run("one", func(t *testing.T) {
				t.Parallel()
				Alone(t, "alone")
				if n := inside.Add(1); n > most.Load() {
					most.Store(n)
				}
				time.Sleep(5 * time.Millisecond) // time to come in for those that may not
				inside.Add(-1)
			})
		}
	})
	if most.Load() != 1 {
		t.Errorf("%d had it at a time", most.Load())
	}
}
