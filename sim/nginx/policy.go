package nginx

import (
	"fmt"
	"strings"
)

// Policy is a way to choose a peer.
type Policy uint8

// The policies. RoundRobin is nginx's default. Resolve is no directive of its
// own: it is what proxy_pass with a variable and a resolver does.
const (
	RoundRobin     Policy = iota // smooth weighted round robin
	LeastConn                    // least_conn
	Random                       // random
	RandomTwo                    // random two least_conn
	IPHash                       // ip_hash
	Hash                         // hash KEY
	HashConsistent               // hash KEY consistent
	Resolve                      // proxy_pass with a variable: a list per request, randomly rotated
	policies
)

var policyNames = [policies]string{
	"round_robin", "least_conn", "random", "random_two",
	"ip_hash", "hash", "hash_consistent", "resolve",
}

// String returns the policy's name, nginx's own word where there is one.
func (p Policy) String() string {
	if p >= policies {
		return fmt.Sprintf("Policy(%d)", uint8(p))
	}
	return policyNames[p]
}

// ParsePolicy is the inverse of [Policy.String].
func ParsePolicy(s string) (Policy, error) {
	for i, name := range policyNames {
		if s == name {
			return Policy(i), nil
		}
	}
	return 0, fmt.Errorf("balancing policy %q is unknown: want one of %s", s, strings.Join(policyNames[:], ", "))
}

// Keyed reports whether the policy looks at the request's [Key].
func (p Policy) Keyed() bool { return p == IPHash || p == Hash || p == HashConsistent }

// random reports whether the policy draws random numbers.
func (p Policy) random() bool { return p == Random || p == RandomTwo || p == Resolve }
