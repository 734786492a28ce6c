package experiment

import (
	"context"
	"fmt"
	"net/url"

	"github.com/k9mil/velocitas/live/measure"
	"github.com/k9mil/velocitas/live/stack"
	"github.com/k9mil/velocitas/scenarios"
)

// Address is a service that is already running, whatever is behind it. Nothing is
// started, and nothing is predicted: its scenario has one size, 1.
type Address struct{ at *url.URL }

// ParseAddress reads the address of a service.
func ParseAddress(address string) (Address, error) {
	at, err := url.Parse(address)
	if err != nil || at.Host == "" || (at.Scheme != "http" && at.Scheme != "https") {
		return Address{}, fmt.Errorf("%q; want an address like http://127.0.0.1:8080/path", address)
	}
	return Address{at}, nil
}

// Refuse refuses what would have to be done to instances.
func (a Address) Refuse(s *scenarios.Scenario) error { return measure.Can(a.service(), s) }

// Open is the service.
func (a Address) Open(context.Context, *scenarios.Scenario) (measure.System, error) {
	return a.service(), nil
}

// Asked is the address's own path; it may be anywhere.
func (a Address) Asked() (path string, remote bool) { return a.at.RequestURI(), true }

// inspect wants an answer.
func (a Address) inspect(ctx context.Context, s measure.System, _ *scenarios.Scenario, _ *costs) (float64, error) {
	_, err := answers(ctx, s.URL()+a.at.RequestURI(), nil)
	return 0, err
}

func (a Address) service() service { return service{base: a.at.Scheme + "://" + a.at.Host} }

// service is the system of an Address.
type service struct{ base string }

func (s service) URL() string                    { return s.base }
func (s service) Use(context.Context, int) error { return nil }

// Instances is one without a name: which ones answer is not known.
func (s service) Instances() []stack.Member { return []stack.Member{{}} }

func (s service) Counters(context.Context) (stack.Counters, error) {
	return stack.Counters{Instances: []stack.Usage{{}}}, nil
}

func (s service) Fingerprint() map[string]string {
	return map[string]string{"stack": "none", "url": s.base}
}

func (s service) Notes() []string {
	return []string{"What runs behind the address is not known: there is no CPU time, and no prediction."}
}
