package recorded

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/live/load"
)

// Cell is one recorded run.
type Cell struct {
	Set        string  `json:"set"`
	Repeat     int     `json:"repeat"`
	Instances  int     `json:"instances"`
	CPUs       float64 `json:"cpus"`       // limit of each instance, cores
	GoMaxProcs int     `json:"gomaxprocs"` // of each instance
	Keys       int     `json:"keys"`       // inserted by a request
	// Load is the generator's: "-c K" are K clients without think time, with
	// "-think 50ms" with an exponential one; "-r R" is Poisson, R per second.
	Load string `json:"load"`

	RequestsSent     int             `json:"requests_sent"`   // warm-up included
	InstancesCPUS    float64         `json:"instances_cpu_s"` // of all, warm-up included
	NginxCPUS        float64         `json:"nginx_cpu_s"`
	ThrottledS       float64         `json:"throttled_s"`
	Periods          int64           `json:"periods"`
	ThrottledPeriods int64           `json:"throttled_periods"`
	HostBusyS        float64         `json:"host_busy_s"`
	HostStealS       float64         `json:"host_steal_s"`
	WallS            float64         `json:"wall_s"`
	Measured         json.RawMessage `json:"measured"` // as the generator summed it up
	File             string          `json:"records"`

	Records []load.Record `json:"-"`
}

// WarmUpS is how long a run takes before its requests count, in seconds.
const WarmUpS = 5

// CalibrationSizes is the largest number of instances that a calibration sees.
const CalibrationSizes = 2

// Read reads all runs of a folder.
func Read(dir string) ([]*Cell, error) {
	return read(dir, func(*Cell) bool { return true })
}

// ReadCalibration reads the runs of one and two instances, and opens no
// records of others.
func ReadCalibration(dir string) ([]*Cell, error) {
	return read(dir, func(c *Cell) bool { return c.Instances <= CalibrationSizes })
}

func read(dir string, want func(*Cell) bool) ([]*Cell, error) {
	path := filepath.Join(dir, "cells.jsonl")
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("recorded runs: %w", err)
	}
	var cells []*Cell
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		c := &Cell{}
		in := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		in.DisallowUnknownFields()
		if err := in.Decode(c); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, n, err)
		}
		if !want(c) {
			continue
		}
		if problem := c.fault(); problem != "" {
			return nil, fmt.Errorf("%s: line %d: %s", path, n, problem)
		}
		if c.Records, err = load.ReadFile(filepath.Join(dir, c.File)); err != nil {
			return nil, err
		}
		cells = append(cells, c)
	}
	return cells, lines.Err()
}

// fault is what is wrong with a cell, or nothing.
func (c *Cell) fault() string {
	switch {
	case c.Instances < 1:
		return fmt.Sprintf("instances %d: want at least 1", c.Instances)
	case c.RequestsSent < 1:
		return fmt.Sprintf("requests_sent %d: want at least 1", c.RequestsSent)
	case c.InstancesCPUS <= 0:
		return fmt.Sprintf("instances_cpu_s %g: want more than 0", c.InstancesCPUS)
	case c.Clients() == 0 && !c.Open():
		return fmt.Sprintf("load %q: want -c CLIENTS or -r RATE", c.Load)
	}
	return ""
}

// Name is the cell's own, as in its file of records.
func (c *Cell) Name() string {
	return strings.TrimSuffix(filepath.Base(c.File), ".csv.gz")
}

// Open tells whether requests came whatever the answers did.
func (c *Cell) Open() bool { return strings.HasPrefix(c.Load, "-r ") }

// Thinks tells whether clients think, 50 ms on average.
func (c *Cell) Thinks() bool { return strings.Contains(c.Load, "-think") }

// Clients is their number in a closed load, 0 in an open one.
func (c *Cell) Clients() int {
	words := strings.Fields(c.Load)
	if len(words) < 2 || words[0] != "-c" {
		return 0
	}
	n, err := strconv.Atoi(words[1])
	if err != nil {
		return 0
	}
	return n
}

// CPUMs is the CPU time of the instances per request, in milliseconds.
func (c *Cell) CPUMs() float64 { return c.InstancesCPUS / float64(c.RequestsSent) * 1e3 }
