package foreign

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
)

// Speed is how the speed of the machine varied from second to second: the
// coefficient of variation of the CPU time that the same work takes, and after how
// long, in seconds, its correlation with itself has fallen to 1/e.
type Speed struct{ CV, CorrelationS float64 }

// second is what happened in one second of a block: requests that ended, by
// class, and the CPU time of each kind of container, ms.
type second struct {
	ended map[string]float64
	cpuMs map[string]float64
}

// speedOf estimates the variation from blocks' seconds. What is the machine's is in
// the accounts of all containers alike; what is a container's own (which requests
// it had, what its accounts round) is not. So variance and autocovariance are those
// between the instances and everything else. An average over a second varies less
// than the speed itself: by how much less follows from the autocorrelation, as that
// of an Ornstein–Uhlenbeck process.
func (m *Model) speedOf(blocks [][]second) Speed {
	var same, next, n, pairs float64
	for _, block := range blocks {
		web, rest := m.relative(block)
		for i := range web {
			same += web[i] * rest[i]
			n++
			if i > 0 {
				next += (web[i]*rest[i-1] + web[i-1]*rest[i]) / 2
				pairs++
			}
		}
	}
	if n < 20 || same <= 0 || next <= 0 {
		return Speed{}
	}
	same, next = same/n, next/pairs
	tau := lastsFor(next / same)
	return Speed{CV: math.Sqrt(same / averaged(tau)), CorrelationS: tau}
}

// relative is by how much the CPU time in each second of a block was above what the
// requests that ended in it take on average: of the instances, and of the rest.
func (m *Model) relative(block []second) (web, rest []float64) {
	for _, s := range block {
		expected, other, cpu := 0.0, 0.0, 0.0
		for _, c := range m.Classes {
			expected += s.ended[c.Name] * c.Weight["web"]
			other += s.ended[c.Name] * m.restWeight(c)
		}
		for kind, ms := range s.cpuMs {
			if kind != "web" && kind != "generator" {
				cpu += ms
			}
		}
		if expected == 0 || other == 0 {
			continue
		}
		web, rest = append(web, s.cpuMs["web"]/expected), append(rest, cpu/other)
	}
	for _, series := range [][]float64{web, rest} {
		mean := 0.0
		for _, v := range series {
			mean += v / float64(len(series))
		}
		for i := range series {
			series[i] = series[i]/mean - 1
		}
	}
	return web, rest
}

// restWeight is what a request of a class takes of all but the instances, in ms.
func (m *Model) restWeight(c Class) float64 {
	return m.CPU["nginx"].Base*c.Weight["nginx"] + m.CPU[m.Tier].Base*c.Weight[m.Tier]
}

// averaged is the variance of the average over a second of a process that forgets
// itself within tau seconds, relative to its own.
func averaged(tau float64) float64 {
	return 2 * tau * (1 - tau*(1-math.Exp(-1/tau)))
}

// lastsFor is the tau with which averages over a second have that correlation with
// the next.
func lastsFor(correlation float64) float64 {
	lo, hi := 0.05, 60.0
	for range 60 {
		tau := math.Sqrt(lo * hi)
		fresh := tau * (1 - math.Exp(-1/tau))
		if fresh*fresh/averaged(tau) < correlation {
			lo = tau
		} else {
			hi = tau
		}
	}
	return lo
}

// readSeconds reads a block's raw records, NAME.csv.gz with a line a request and
// NAME.cpu.csv.gz with the accounts every half second. There may be none: then it
// returns nothing.
func readSeconds(name string, b Block) ([]second, error) {
	var all []second
	from, n := b.WarmS, int(b.DurationS)
	for range n {
		all = append(all, second{map[string]float64{}, map[string]float64{}})
	}
	err := readTable(name+".csv.gz", []string{"sent_s", "latency_ms", "class"}, func(row []string) error {
		sent, err1 := strconv.ParseFloat(row[0], 64)
		ms, err2 := strconv.ParseFloat(row[1], 64)
		if i := int(math.Floor(sent + ms/1000 - from)); i >= 0 && i < n {
			all[i].ended[row[2]]++
		}
		return errors.Join(err1, err2)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return all, readAccounts(name+".cpu.csv.gz", from, all)
}

// readAccounts adds what each kind of container used in each second.
func readAccounts(name string, from float64, all []second) error {
	type reading struct{ at, ms float64 }
	last := map[string]reading{}
	return readTable(name, []string{"t_s", "container", "cpu_us"}, func(row []string) error {
		at, err1 := strconv.ParseFloat(row[0], 64)
		us, err2 := strconv.ParseFloat(row[2], 64)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		kind, _, _ := strings.Cut(row[1], "_")
		if kind == "host" {
			return nil
		}
		was, ok := last[row[1]]
		last[row[1]] = reading{at, us / 1000}
		middle := (was.at+at)/2 - from
		if i := int(math.Floor(middle)); ok && i >= 0 && i < len(all) {
			all[i].cpuMs[kind] += us/1000 - was.ms
		}
		return nil
	})
}

// readTable hands out some columns of each row of a compressed table.
func readTable(name string, columns []string, row func([]string) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r := csv.NewReader(z)
	r.ReuseRecord = true
	heading, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	at := make([]int, len(columns))
	for i, want := range columns {
		at[i] = -1
		for k, h := range heading {
			if h == want {
				at[i] = k
			}
		}
		if at[i] < 0 {
			return fmt.Errorf("%s: wants a column %s", name, want)
		}
	}
	some := make([]string, len(columns))
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			for i, k := range at {
				some[i] = fields[k]
			}
			err = row(some)
		}
		if err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("%s: line %d: %w", name, line, err)
		}
	}
}
