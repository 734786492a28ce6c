package measure

import (
	"context"

	"github.com/k9mil/velocitas/live/stack"
)

// System is what is measured: several instances behind a balancer. Any
// stack.Stack is one.
type System interface {
	// URL is where the balancer listens, without a slash at the end.
	URL() string
	// Use gives the balancer the first n instances.
	Use(ctx context.Context, n int) error
	// Instances are all instances, in the order in which Use takes them.
	Instances() []stack.Member
	// Counters reads what each part has used since it started.
	Counters(ctx context.Context) (stack.Counters, error)
	// Fingerprint names versions and limits.
	Fingerprint() map[string]string
	// Notes says in whole sentences where the system is less than asked for.
	Notes() []string
}
