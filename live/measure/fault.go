package measure

import (
	"fmt"
	"time"

	"github.com/k9mil/velocitas/live/load"
	"github.com/k9mil/velocitas/live/stack"
)

// badGateway is nginx's answer when it cannot reach an instance.
const badGateway = 502

// recently is for how long nginx may leave out an instance that is there again:
// its clock has whole seconds.
func (c Config) recently() time.Duration {
	longest := c.Scenario.Balancer.FailTimeout
	for _, o := range c.Scenario.Overrides {
		longest = max(longest, o.FailTimeout)
	}
	return longest.Std() + 2*time.Second
}

// findFault says what broke in a block whose load ran through. Errors that a
// service may answer by itself (503 when it is full, 504 when it is too slow,
// a client that gives up) are results; a connection that breaks is not. Neither is
// an instance that nginx cannot reach, unless an event had taken one away until
// recently.
func (b *Block) findFault(e *events, recently time.Duration) string {
	now := e.Instances()
	var unanswered, unreachable, answered int
	reason := ""
	for _, r := range b.Run.Records {
		switch {
		case r.Status == load.NoAnswer:
			unanswered++
			reason = r.Error
		case r.Status == badGateway && !e.explains(r.Intended, r.Sent+r.Latency, recently):
			unreachable++
		case r.Status.Answered() && r.Intended >= b.Settle:
			answered++
		}
	}
	all := len(b.Run.Records)
	switch {
	case unanswered > 0:
		return fmt.Sprintf("%d of %d requests got no answer: %s", unanswered, all, reason)
	case unreachable > 0:
		return fmt.Sprintf("nginx could not reach an instance for %d of %d requests", unreachable, all)
	case answered == 0:
		return fmt.Sprintf("none of %d requests was answered after the settling time", all)
	}
	for i, m := range e.expected {
		if i >= len(now) || now[i].PID != m.PID || now[i].Container != m.Container {
			return fmt.Sprintf("instance %d was restarted under load", i+1)
		}
	}
	if name := b.stranger(); name != "" {
		return fmt.Sprintf("instance %q answered, which was not among the %d in use", name, b.Instances)
	}
	return ""
}

// notRunning names an instance in use that does not run, or stands still, and is
// not known to be gone. Requests may get their answers all the same, from the
// others.
func (b *Block) notRunning(now []stack.Member, gone []bool) string {
	for i := range b.Members {
		switch {
		case i < len(gone) && gone[i]:
		case b.Members[i].Name == "": // what runs behind an address is not known
		case i >= len(now) || now[i].PID == 0:
			return fmt.Sprintf("instance %d does not run", i+1)
		case now[i].Stopped:
			return fmt.Sprintf("instance %d stands still: somebody stopped its process", i+1)
		}
	}
	return ""
}

// stranger names an instance that answered although it was not in use. There
// is none where the service does not name its instances, or where the names of
// those in use are not known.
func (b *Block) stranger() string {
	if b.member("") >= 0 {
		return ""
	}
	for _, r := range b.Records() {
		if r.Instance != "" && b.member(r.Instance) < 0 {
			return r.Instance
		}
	}
	return ""
}

// member is the place of the instance with this name, -1 if it has none.
func (b *Block) member(name string) int {
	for i, m := range b.Members {
		if m.Name == name {
			return i
		}
	}
	return -1
}
