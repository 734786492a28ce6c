package nginx

// cycle is a record of round robin choices that repeat.
//
// If all peers are usable at their configured weights, the sums return to the
// same values after a period of (sum of weights)/(greatest common divisor)
// choices: the cycle notes the choices of a period, and if the sums have then
// returned to where they were, it runs: choices are read from the note and the
// sums rest. When anything breaks the pattern, stop brings the sums up to date.
type cycle struct {
	period  int     // choices until the pattern repeats; 0: too many to note
	total   int64   // sum of weights
	choices []int32 // noted so far, at most a period
	start   []int64 // the sums before the first of them
	at      int     // next choice, while running
	running bool
}

// maxPeriod bounds the memory of a record.
const maxPeriod = 1 << 16

func newCycle(turns []turn) cycle {
	var c cycle
	divisor := int64(0)
	for _, p := range turns {
		c.total += int64(p.weight)
		divisor = gcd(divisor, int64(p.weight))
	}
	if divisor > 0 && c.total/divisor <= maxPeriod {
		c.period = int(c.total / divisor)
	}
	return c
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// next reads one choice of a running cycle.
func (c *cycle) next() int {
	i := c.choices[c.at]
	c.at++
	if c.at == len(c.choices) {
		c.at = 0
	}
	return int(i)
}

// before is called ahead of a scan of all peers.
func (c *cycle) before(turns []turn) {
	if c.period == 0 || len(c.choices) > 0 {
		return
	}
	if c.start == nil {
		c.start = make([]int64, len(turns))
		c.choices = make([]int32, 0, c.period)
	}
	for i := range turns {
		c.start[i] = turns[i].current
	}
}

// after notes the choice of the scan.
func (c *cycle) after(turns []turn, choice int) {
	if c.period == 0 {
		return
	}
	c.choices = append(c.choices, int32(choice))
	if len(c.choices) < c.period {
		return
	}
	c.running = true
	c.at = 0
	for i := range turns {
		if turns[i].current != c.start[i] { // the sums are not on their cycle yet
			c.running = false
			c.choices = c.choices[:0]
			return
		}
	}
}

// stop ends noting and running.
func (c *cycle) stop(turns []turn) {
	if c.running && c.at > 0 {
		for i := range turns {
			turns[i].current += int64(c.at) * int64(turns[i].weight)
		}
		for _, i := range c.choices[:c.at] {
			turns[i].current -= c.total
		}
	}
	c.running = false
	c.choices = c.choices[:0]
}
