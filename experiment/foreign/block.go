package foreign

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Load is what a block's clients did.
type Load struct {
	Kind        string  `json:"kind"` // open, closed
	Clients     int     `json:"clients"`
	ThinkMeanMs float64 `json:"think_mean_ms"` // exponential
	Rate        float64 `json:"rate"`          // requests per second, Poisson
}

// Seen is what clients saw: a rate per second, and milliseconds.
type Seen struct {
	Completed  int     `json:"completed"`
	Errors     int     `json:"errors"`
	Throughput float64 `json:"throughput"`
	P50        float64 `json:"p50_ms"`
	P95        float64 `json:"p95_ms"`
	P99        float64 `json:"p99_ms"`
}

// Account is what a container used in the window.
type Account struct {
	CPUS             float64 `json:"cpu_s"`
	Periods          float64 `json:"periods"`
	ThrottledPeriods float64 `json:"throttled_periods"`
}

// Block is a stretch of load on a stack of so many instances: what was asked,
// what clients saw, and what each container used meanwhile.
type Block struct {
	Service   string             `json:"service"`
	Set       string             `json:"set"`   // closed, open, light (one client at a time)
	Class     string             `json:"class"` // of a light block
	Instances int                `json:"instances"`
	Repeat    int                `json:"repeat"`
	Load      Load               `json:"load"`
	Mix       string             `json:"mix"` // as in "/items=0.8,/report=0.2"
	WarmS     float64            `json:"warm_s"`
	DurationS float64            `json:"duration_s"`
	WindowS   float64            `json:"window_s"`
	CPUs      map[string]float64 `json:"cpus"` // limits, by kind of container
	Measured  Seen               `json:"measured"`
	// CPUMs is the CPU time per completed request of all containers of a kind
	// ("web" is the instances, "nginx", "generator"; all others are called by them).
	CPUMs      map[string]float64 `json:"cpu_ms_per_request"`
	Containers map[string]Account `json:"containers"`
	HostBusyS  float64            `json:"host_busy_s"`
	Records    string             `json:"records"`      // name of the raw records, without extension; beside the blocks
	OthersS    float64            `json:"others_cpu_s"` // of the host, by nothing of the stack
	Probe      struct {
		MeanMs float64 `json:"cpu_mean_ms"`
		N      float64 `json:"n"`
	} `json:"probe"`

	seconds []second // of the raw records, where there are any
}

// ReadBlocks reads one block a line. Errors name the line.
func ReadBlocks(r io.Reader) ([]Block, error) {
	d := json.NewDecoder(r)
	var all []Block
	for {
		var b Block
		err := d.Decode(&b)
		if err == io.EOF {
			return all, nil
		}
		if err == nil {
			err = b.check()
		}
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", len(all)+1, err)
		}
		all = append(all, b)
	}
}

func (b *Block) check() error {
	switch {
	case b.Instances < 1:
		return fmt.Errorf("instances: wants 1 or more, not %d", b.Instances)
	case b.Load.Kind != "open" && b.Load.Kind != "closed":
		return fmt.Errorf("load.kind: wants open or closed, not %q", b.Load.Kind)
	case b.CPUs["web"] <= 0:
		return fmt.Errorf("cpus.web: wants the instances' CPU limit")
	case b.CPUMs["web"] <= 0 || b.CPUMs["nginx"] <= 0:
		return fmt.Errorf("cpu_ms_per_request: wants web and nginx")
	case b.Measured.Throughput <= 0:
		return fmt.Errorf("measured.throughput: wants more than 0")
	case b.WindowS <= 0:
		return fmt.Errorf("window_s: wants more than 0")
	}
	_, err := b.classes()
	return err
}

// Name tells the block from others.
func (b *Block) Name() string {
	return fmt.Sprintf("%s %s, %d (%d)", b.Service, b.Set, b.Instances, b.Repeat)
}

// key is the name, and of a light block its class.
func (b *Block) key() string { return b.Name() + b.Class }

// share is a class with its share of the requests.
type share struct {
	class string
	of    float64
}

func (b *Block) classes() ([]share, error) {
	var all []share
	for _, word := range strings.Split(b.Mix, ",") {
		name, part, _ := strings.Cut(word, "=")
		of, err := strconv.ParseFloat(part, 64)
		if err != nil || of <= 0 || of > 1 {
			return nil, fmt.Errorf("mix: wants shares such as /a=0.8,/b=0.2, not %q", b.Mix)
		}
		all = append(all, share{strings.TrimPrefix(name, "/"), of})
	}
	return all, nil
}

// busy is how much of their limit the instances used, 0 to 1.
func (b *Block) busy() float64 {
	return b.CPUMs["web"] / 1000 * b.Measured.Throughput / (b.CPUs["web"] * float64(b.Instances))
}

// hostBusy is how much of so many cores was used.
func (b *Block) hostBusy(cores float64) float64 { return b.HostBusyS / (cores * b.WindowS) }

// limitedFrom is where a part counts as used up: less is not kept back by it all the time.
const limitedFrom = 0.97

// Limit is what kept the block's throughput from being higher, by the accounts:
// "cpu limit" of the instances, "tier" for the limit of what they call, "host" for
// its cores, or "load", which asked for no more.
func (b *Block) Limit(cores float64) string {
	tier := b.Tier()
	limit := b.CPUs[tier]
	return limitOf(b.busy(), b.hostBusy(cores), b.CPUMs[tier]/1000*b.Measured.Throughput, limit)
}

func limitOf(instances, host, tierCores, tierLimit float64) string {
	switch {
	case instances >= limitedFrom:
		return "cpu limit"
	case tierLimit > 0 && tierCores/tierLimit >= limitedFrom:
		return "tier"
	case host >= limitedFrom:
		return "host"
	}
	return "load"
}

// Tier is the kind of container that the instances call, "" for none.
func (b *Block) Tier() string {
	tier := ""
	for kind := range b.CPUMs {
		if kind != "web" && kind != "nginx" && kind != "generator" && (tier == "" || kind < tier) {
			tier = kind
		}
	}
	return tier
}
