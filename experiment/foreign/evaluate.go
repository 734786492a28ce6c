package foreign

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Evidence is a folder's: its blocks, and what is stated of each service.
type Evidence struct {
	Blocks []Block
	Stated map[string]Stated
}

// ReadEvidence reads cells.jsonl and stated.json in dir.
func ReadEvidence(dir string) (*Evidence, error) {
	file := filepath.Join(dir, "cells.jsonl")
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	e := &Evidence{}
	if e.Blocks, err = ReadBlocks(f); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for i := range e.Blocks {
		if b := &e.Blocks[i]; b.Records != "" && b.calibrates() {
			if b.seconds, err = readSeconds(filepath.Join(dir, filepath.FromSlash(b.Records)), *b); err != nil {
				return nil, err
			}
		}
	}
	file = filepath.Join(dir, "stated.json")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &e.Stated); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return e, nil
}

// Services are the names of those that have blocks, in order.
func (e *Evidence) Services() []string {
	var names []string
	for _, b := range e.Blocks {
		if !slices.Contains(names, b.Service) {
			names = append(names, b.Service)
		}
	}
	slices.Sort(names)
	return names
}

// Of are the blocks of a service.
func (e *Evidence) Of(service string) []Block {
	var some []Block
	for _, b := range e.Blocks {
		if b.Service == service {
			some = append(some, b)
		}
	}
	return some
}

// Model calibrates a service. A variant has the model of what it is a variant of,
// with what is stated of itself.
func (e *Evidence) Model(ctx context.Context, service string) (*Model, error) {
	stated, ok := e.Stated[service]
	if !ok {
		return nil, fmt.Errorf("nothing is stated of service %q: wants cores, workers, pool, ... in stated.json", service)
	}
	from := service
	if stated.Like != "" {
		from = stated.Like
	}
	m, err := Calibrate(ctx, e.Of(from), e.Stated[from])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	m.Service, m.Stated = service, stated
	return m, nil
}

// Unseen are the blocks of a service that its calibration was not told of.
func (e *Evidence) Unseen(service string) []Block {
	return slices.DeleteFunc(e.Of(service), func(b Block) bool {
		return b.Set == "light" || !b.Unseen() && e.Stated[service].Like == ""
	})
}

// Evaluate calibrates every service and predicts all that it was not told of.
func (e *Evidence) Evaluate(ctx context.Context) ([]Row, error) {
	var all []Row
	for _, service := range e.Services() {
		m, err := e.Model(ctx, service)
		if err != nil {
			return nil, err
		}
		rows, err := Compare(ctx, m, e.Unseen(service))
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}
