// Package lint looks for what in a configuration of nginx and its instances goes
// wrong under load or when an instance dies. Each rule says where, why, and what
// would be right.
package lint

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"

	"github.com/k9mil/velocitas/evidence/nginxconf"
	"github.com/k9mil/velocitas/evidence/system"
)

// Levels of a finding: an error cannot be what was meant, a warning costs something
// in a case that comes, a note is worth a look.
const (
	Error   = "error"
	Warning = "warning"
	Note    = "note"
)

// Levels are all of them, the gravest first.
var Levels = []string{Error, Warning, Note}

// Input is what is looked at. Zero values are not known, and rules that want them
// are left out.
type Input struct {
	Nginx        *nginxconf.Config // nil where none was given
	Services     []system.Service
	ComposeFiles []string

	Clients int     // at a time
	Cores   float64 // of the host
	Timeout float64 // of clients, in seconds
	Pool    int     // connections of one instance to the database
}

// Finding is one thing that a rule found.
type Finding struct {
	Rule    string `json:"rule"`
	Level   string `json:"level"`
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"` // what is wrong, with the numbers at hand
	Why     string `json:"why"`
	Remedy  string `json:"remedy"`
}

// Rule is one thing that is looked for.
type Rule struct {
	Name  string
	Level string
	Why   string
	find  func(in *view) []Finding
}

// Rules are all of them, in the order of their names.
func Rules() []Rule { return slices.Clone(rules) }

// Run looks for everything and returns what it found, the gravest first, then by
// file and line.
func Run(in Input) []Finding {
	v := newView(in)
	all := []Finding{}
	for _, r := range rules {
		for _, f := range r.find(v) {
			f.Rule, f.Level, f.Why = r.Name, r.Level, r.Why
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(Levels, a.Level), slices.Index(Levels, b.Level)), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return all
}

// view is the input with what rules ask for more than once.
type view struct {
	Input
	instances int              // behind nginx
	services  []system.Service // of the instances
	proxy     *system.Service
	stores    []system.Service
}

func newView(in Input) *view {
	v := &view{Input: in}
	for i := range in.Services {
		switch s := &in.Services[i]; {
		case s.IsProxy():
			v.proxy = s
		case s.IsStore():
			v.stores = append(v.stores, *s)
		}
	}
	if in.Nginx == nil {
		return v
	}
	for _, server := range in.Nginx.Servers {
		n := 1
		for _, s := range in.Services {
			if s.Name == server.Host {
				n = max(1, s.Replicas)
				if !slices.ContainsFunc(v.services, func(o system.Service) bool { return o.Name == s.Name }) {
					v.services = append(v.services, s)
				}
			}
		}
		v.instances += n
	}
	return v
}

var nginxTag = regexp.MustCompile(`nginx[^:]*:(\d+)\.(\d+)(?:\.(\d+))?`)

// keepsByDefault tells whether the compose file's nginx is one of 1.29.7 or later,
// which keeps connections to the servers of an upstream block by default.
func (v *view) keepsByDefault() bool {
	if v.proxy == nil {
		return false
	}
	m := nginxTag.FindStringSubmatch(v.proxy.Image)
	if m == nil {
		return false
	}
	version := 0
	for i, least := range []int{1e6, 1e3, 1} {
		n, err := strconv.Atoi(m[i+1])
		if err == nil {
			version += n * least
		} else if m[i+1] == "" { // the newest of its branch
			version += 999
		}
	}
	return version >= 1_029_007
}

// at is a finding where a directive is given or, where it is not, where requests
// are passed on.
func (v *view) at(directive string) Finding {
	p, ok := v.Nginx.At[directive]
	if !ok {
		p = v.Nginx.Place
	}
	return Finding{File: p.File, Line: p.Line}
}

// inCompose is a finding in the compose file.
func (v *view) inCompose() Finding {
	if len(v.ComposeFiles) == 0 {
		return Finding{}
	}
	return Finding{File: v.ComposeFiles[0]}
}
