package sim

import (
	"math"
	"sync"
)

// counter tells how far the work is.
type counter struct {
	mu          sync.Mutex
	report      func(done, total int)
	parts       float64
	done, total int
}

// progressParts is in how many parts the progress of a replication is told:
// one alone can take many minutes.
const progressParts = 100

// part counts a part of a replication; a replication that begins anew counts what
// it takes back.
func (c *counter) part(of float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parts += of
	if done := int(math.Round(c.parts * progressParts)); done != c.done {
		c.done = done
		if c.report != nil {
			c.report(c.done, c.total)
		}
	}
}

func (c *counter) grow(by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total += by
}
