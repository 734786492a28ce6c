package sim

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
)

// measuredPlainly is the profile of somebody's service that was measured to need
// 9 ms of CPU, lognormally with a coefficient of variation of 0.7, on up to two
// cores, and of a machine that does nothing to it.
func measuredPlainly() *model.Profile {
	return &model.Profile{
		Schema: model.ProfileSchema, Name: "shop",
		Instance: model.InstanceCost{
			Demand:       []model.KeyCost{{Keys: 10_000, DemandNs: 9 * ms}},
			Distribution: model.Shape{Kind: "lognormal", CV: 0.7},
			Speed:        []model.SpeedRow{{Inside: 1, Efficiency: 1, Cores: 1}, {Inside: 2, Efficiency: 1, Cores: 2}},
			Threads:      2, BatchFactor: 1,
		},
		Range: model.Range{InstancesMax: 100, InsideMax: 1000, KeysMin: 1, KeysMax: 1_000_000, CPUsMin: 0.01, CPUsMax: 100},
	}
}

// A service without a store goes through none of the store's mechanisms: given as a
// profile it has the same points, byte for byte, as stated.
func TestPlainServiceMeasuredOrStated(t *testing.T) {
	common := `
instances: 1-3
duration: 20s
replications: 2
`
	for name, load := range map[string]string{
		"open":        "load: {rate: 90}\nINSTANCE\n",
		"closed":      "load: {clients_per_instance: 6}\nINSTANCE\n",
		"limit":       "load: {rate: 60}\nINSTANCE\nhost: {cores: 2}\n",
		"fifo":        "load: {rate: 90}\nINSTANCE\n",
		"with events": "load: {rate: 60}\nINSTANCE\nevents: [{at: 8s, instance: 1, do: stop, for: 4s}]\n",
	} {
		in := "threads: 2"
		switch name {
		case "limit":
			in += ", cpus: 0.5"
		case "fifo":
			in += ", discipline: fifo, servers: 2"
		}
		points := func(instance string, p *model.Profile) []byte {
			s, err := scenarios.Parse(name, []byte(common+strings.Replace(load, "INSTANCE", "instance: {"+in+instance+"}", 1)))
			if err != nil {
				t.Fatal(err)
			}
			c, err := Run(context.Background(), Input{Scenario: s, Profile: p})
			if err != nil {
				t.Fatal(err)
			}
			data, err := model.Encode(c.Points)
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
		stated := points(", demand: {distribution: lognormal, mean: 9ms, cv: 0.7}", referenceProfile(t))
		measured := points("", measuredPlainly())
		if !bytes.Equal(stated, measured) {
			t.Errorf("%s: given as a profile\n%.300s\nand stated\n%.300s", name, measured, stated)
		}
	}
}
