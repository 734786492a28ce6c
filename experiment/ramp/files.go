package ramp

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
)

// Truth is how a load test ended.
type Truth struct {
	Collapsed bool
	Onset     int // the second in which the collapse began; 0 where none is known
	P95Ms     float64
}

// Set is a number of load tests and, by id, how each ended.
type Set struct {
	Systems []System
	Truth   map[string]Truth
}

// Read reads a folder with series.csv.gz (a row a second), systems.jsonl (the
// CPU limits) and targets.csv (how they ended). Systems of which one is missing
// are left out.
func Read(dir string) (*Set, error) {
	set := &Set{Truth: map[string]Truth{}}
	rows, err := readCSV(filepath.Join(dir, "targets.csv"), false)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		set.Truth[r["id"]] = Truth{Collapsed: r["collapse"] == "1", Onset: int(number(r["onset_s"], 0)), P95Ms: number(r["plateau_p95"], math.Inf(1))}
	}
	if err := set.readSystems(filepath.Join(dir, "systems.jsonl")); err != nil {
		return nil, err
	}
	rows, err = readCSV(filepath.Join(dir, "series.csv.gz"), true)
	if err != nil {
		return nil, err
	}
	at := map[string]*System{}
	for i := range set.Systems {
		at[set.Systems[i].ID] = &set.Systems[i]
	}
	for _, r := range rows {
		s := at[r["id"]]
		if s == nil {
			continue
		}
		ms := func(name string) float64 { return number(r[name], math.NaN()) }
		s.Seconds = append(s.Seconds, Second{T: int(number(r["t"], -1)), Sent: number(r["req"], 0), Failed: number(r["ko"], 0),
			P50: ms("p50"), P75: ms("p75"), P90: ms("p90"), P95: ms("p95"), P99: ms("p99"), Max: ms("max")})
	}
	if len(set.Systems) == 0 {
		return nil, fmt.Errorf("%s: no system is both in systems.jsonl and in targets.csv", dir)
	}
	return set, nil
}

// readSystems reads the limits of the systems whose end is known.
func (set *Set) readSystems(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	type tier struct {
		CPUs []float64 `json:"cpus"`
	}
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var line struct {
			ID                      string
			Balancer, API, Database tier
		}
		if err := d.Decode(&line); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: after %d systems: %w", file, len(set.Systems), err)
		}
		if _, known := set.Truth[line.ID]; known {
			set.Systems = append(set.Systems, System{ID: line.ID, Balancer: sum(line.Balancer.CPUs), Instances: sum(line.API.CPUs), Database: sum(line.Database.CPUs)})
		}
	}
}

// readCSV reads a table with a heading.
func readCSV(file string, zipped bool) ([]map[string]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var from io.Reader = f
	if zipped {
		if from, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	lines, err := csv.NewReader(from).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var rows []map[string]string
	for _, line := range lines[min(1, len(lines)):] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func number(text string, otherwise float64) float64 {
	if x, err := strconv.ParseFloat(text, 64); err == nil {
		return x
	}
	return otherwise
}
