package sim

import "sync"

// counter tells how far the work is.
type counter struct {
	mu          sync.Mutex
	report      func(done, total int)
	done, total int
}

func (c *counter) one() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done++
	if c.report != nil {
		c.report(c.done, c.total)
	}
}

func (c *counter) grow(by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total += by
}
