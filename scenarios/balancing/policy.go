// Package balancing has the one table of the ways in which nginx picks an
// instance. The simulator, the validation of scenarios, help texts and the
// configuration of real stacks all read it.
package balancing

import (
	"fmt"
	"strings"
)

// Policy is a way to pick an instance.
type Policy uint8

// The policies. RoundRobin is nginx's default.
const (
	RoundRobin Policy = iota
	LeastConn
	Random
	RandomTwo
	IPHash
	Hash
	HashConsistent
	Resolve
	count
)

// Key is what of a request a policy looks at.
type Key uint8

// What policies look at.
const (
	None    Key = iota
	Address     // the client's
	Text        // of the hash key
)

// Facts are what is known of a policy.
type Facts struct {
	// Name is the one in scenarios, nginx's own word where there is one.
	Name string
	// Directive is that of the upstream block, with KEY for the variable that
	// holds the text to hash; "" where it takes none.
	Directive string
	Key       Key
	// Draws tells whether it draws random numbers.
	Draws bool
	// Backup tells whether nginx allows backup instances with it.
	Backup bool
	// ByName tells whether proxy_pass has a variable, whose name is resolved, in
	// place of an upstream block: it knows no weight, zone or keepalive.
	ByName bool
	// ByAddress tells whether the instances' addresses decide which key goes to
	// which of them.
	ByAddress bool
}

var table = [count]Facts{
	RoundRobin:     {Name: "round_robin", Backup: true},
	LeastConn:      {Name: "least_conn", Directive: "least_conn", Backup: true},
	Random:         {Name: "random", Directive: "random", Draws: true},
	RandomTwo:      {Name: "random_two", Directive: "random two least_conn", Draws: true},
	IPHash:         {Name: "ip_hash", Directive: "ip_hash", Key: Address},
	Hash:           {Name: "hash", Directive: "hash KEY", Key: Text},
	HashConsistent: {Name: "hash_consistent", Directive: "hash KEY consistent", Key: Text, ByAddress: true},
	Resolve:        {Name: "resolve", Draws: true, ByName: true},
}

// Known tells whether p is one of the policies.
func (p Policy) Known() bool { return p < count }

// Facts are what is known of the policy.
func (p Policy) Facts() *Facts { return &table[p] }

// String returns the policy's name.
func (p Policy) String() string {
	if !p.Known() {
		return fmt.Sprintf("Policy(%d)", uint8(p))
	}
	return table[p].Name
}

// All are the policies, in the order in which they are listed to people.
func All() []Policy {
	all := make([]Policy, count)
	for i := range all {
		all[i] = Policy(i)
	}
	return all
}

// Parse is the inverse of [Policy.String].
func Parse(name string) (Policy, error) {
	for i := range table {
		if name == table[i].Name {
			return Policy(i), nil
		}
	}
	return 0, fmt.Errorf("balancing policy %q is unknown: want one of %s", name, strings.Join(Names(), ", "))
}

// Names are the policies' names.
func Names() []string { return names(func(*Facts) bool { return true }) }

// Those lists the names of the policies that are so: "a, b or c".
func Those(so func(*Facts) bool) string {
	list := names(so)
	last := len(list) - 1
	if last < 1 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:last], ", ") + " or " + list[last]
}

func names(so func(*Facts) bool) []string {
	var list []string
	for i := range table {
		if so(&table[i]) {
			list = append(list, table[i].Name)
		}
	}
	return list
}
