package model

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Asked is what a curve's scenario asks, as far as a reader of its charts must
// know it. All of it is empty where the curve does not hold its scenario.
type Asked struct {
	// Load is who asks, such as "open load, 60 requests/s per instance".
	Load string
	// Limit is what an instance may use, such as "0.5 CPUs per instance".
	Limit string
	// Cores are those of the hosts, such as "one host of 8 cores".
	Cores string
	// Open tells whether the load is open: then throughput is at most what is
	// offered, and adding instances adds none by itself.
	Open bool
	// ServiceOfProfile and BalancerOfProfile tell whether what a request costs
	// in an instance, and in nginx, is the profile's.
	ServiceOfProfile, BalancerOfProfile bool
}

// Asked reads what the scenario of the curve asks. Where that cannot be read,
// everything is taken to be of the profile.
func (c *Curve) Asked() Asked {
	var s struct {
		Load struct {
			Kind               string
			Rate               float64
			RatePerInstance    float64 `json:"rate_per_instance"`
			Arrivals           string
			Clients            int
			ClientsPerInstance int `json:"clients_per_instance"`
			Think, Timeout     string
			Retries            int
			Shape              *struct{ Kind string }
		}
		Balancer struct{ Cost, Connect string }
		Instance struct {
			Demand json.RawMessage
			CPUs   float64
		}
		Host struct {
			Count     int
			Cores     float64
			Generator string
		}
	}
	if len(c.Scenario) == 0 || json.Unmarshal(c.Scenario, &s) != nil || s.Load.Kind == "" {
		return Asked{ServiceOfProfile: true, BalancerOfProfile: true}
	}
	l := s.Load
	a := Asked{
		Open:              l.Kind == "open",
		ServiceOfProfile:  len(s.Instance.Demand) == 0 || string(s.Instance.Demand) == `"profile"`,
		BalancerOfProfile: s.Balancer.Cost == "profile" || s.Balancer.Connect == "profile" || s.Host.Generator == "shared",
	}
	switch {
	case a.Open && l.Arrivals == "trace":
		a.Load = "arrivals from a trace"
	case a.Open && l.RatePerInstance > 0:
		a.Load = plainNumber(l.RatePerInstance) + " requests/s per instance"
	case a.Open:
		a.Load = plainNumber(l.Rate) + " requests/s"
	case l.ClientsPerInstance > 0:
		a.Load = count(l.ClientsPerInstance, "client") + " per instance"
	default:
		a.Load = count(l.Clients, "client")
	}
	if l.Shape != nil && l.Shape.Kind != "" {
		a.Load += ", changing (" + l.Shape.Kind + ")"
	}
	if !a.Open && l.Think != "" && l.Think != "0s" {
		a.Load += ", think time " + l.Think
	}
	if l.Timeout != "" && l.Timeout != "0s" {
		a.Load += fmt.Sprintf(", time-out %s, %s", l.Timeout, plural(l.Retries, "retry", "retries"))
	}
	if s.Instance.CPUs > 0 {
		a.Limit = "CPU limit " + plainNumber(s.Instance.CPUs)
	} else {
		a.Limit = "no CPU limit"
	}
	switch {
	case s.Host.Cores <= 0:
		a.Cores = "cores unbounded"
	case s.Host.Count > 1:
		a.Cores = fmt.Sprintf("%d hosts of %s", s.Host.Count, cores(s.Host.Cores))
	default:
		a.Cores = "host of " + cores(s.Host.Cores)
	}
	return a
}

// Words lists what is asked for a subtitle.
func (a Asked) Words() []string {
	var all []string
	for _, s := range []string{a.Load, a.Limit, a.Cores} {
		if s != "" {
			all = append(all, s)
		}
	}
	return all
}

func cores(n float64) string {
	if n == 1 {
		return "1 core"
	}
	return plainNumber(n) + " cores"
}

func count(n int, what string) string { return plural(n, what, what+"s") }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(strconv.Itoa(n)) + " " + many
}

// plainNumber writes v with the decimals it needs, at most three digits after
// the first.
func plainNumber(v float64) string {
	s := strconv.FormatFloat(v, 'g', 4, 64)
	if v, err := strconv.ParseFloat(s, 64); err == nil {
		return grouped(strconv.FormatFloat(v, 'f', -1, 64))
	}
	return s
}

// grouped puts commas between thousands.
func grouped(s string) string {
	whole, rest, hasRest := strings.Cut(s, ".")
	first := 0
	if strings.HasPrefix(whole, "-") {
		first = 1
	}
	for i := len(whole) - 3; i > first; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if hasRest {
		whole += "." + rest
	}
	return whole
}
