package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/plots"
)

// liveReport is all that a run found. Validation is nil unless it was one.
type liveReport struct {
	*experiment.Result
	Validation *experiment.Validation
}

// report writes the files, all or none, and prints the result, which took too
// long to be lost to a full disk.
func (r *liveRun) report(l liveReport) error {
	files, unwritten := r.write(l)
	p := r.flags.page()
	if r.flags.json {
		if err := encodeLive(&p.result, l); err != nil {
			return err
		}
	} else {
		r.print(p, l, files)
	}
	return errors.Join(p.print(r.stdout, r.stderr), unwritten)
}

// write fills a folder beside the reports and then moves what is in it, so that
// a full disk leaves no half of a report.
func (r *liveRun) write(l liveReport) ([]string, error) {
	out := r.flags.out
	if out == "" {
		return nil, nil
	}
	staging, err := os.MkdirTemp(out, ".velocitas-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(staging)
	if err := r.fill(staging, l); err != nil {
		return nil, fmt.Errorf("the report could not be written, so there is none: %w", err)
	}
	entries, err := os.ReadDir(staging)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		to := filepath.Join(out, e.Name())
		if e.IsDir() {
			if err := os.RemoveAll(to); err != nil {
				return nil, err
			}
		}
		if err := os.Rename(filepath.Join(staging, e.Name()), to); err != nil {
			return nil, err
		}
		files = append(files, to)
	}
	return files, nil
}

// fill writes all files of the report into a folder.
func (r *liveRun) fill(dir string, l liveReport) error {
	at := func(suffix string) string { return filepath.Join(dir, r.name+suffix) }
	var files reportFiles
	files.add(model.CurveFile(at("-measured.json"), l.Measured))
	if l.Predicted == nil {
		files.addAll(plots.Curve(dir, l.Measured, plots.Options{SVG: r.flags.svg}))
	} else {
		files.addAll(plots.Overlay(dir, r.name+"-live", []*model.Curve{l.Predicted, l.Measured}, plots.Options{SVG: r.flags.svg}))
		files.add(model.CurveFile(at("-predicted.json"), l.Predicted))
		files.add(model.ProfileFile(at("-profile.json"), l.Profile))
	}
	if l.Validation != nil {
		files.add(model.EncodedFile(at("-validation.json"), l.Validation.Report()))
	}
	_, err := files.write()
	if err == nil {
		err = l.Blocks.WriteRecords(at("-records"))
	}
	if err == nil && l.Undisturbed != nil {
		err = l.Undisturbed.WriteRecords(at("-undisturbed-records"))
	}
	return err
}

// encodeLive writes the result as JSON.
func encodeLive(w io.Writer, l liveReport) error {
	found := l.Result.Report()
	if l.Validation != nil {
		found = l.Validation.Report()
	}
	data, err := model.Encode(found)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// print writes the tables and what belongs to them.
func (r *liveRun) print(b io.Writer, l liveReport, files []string) {
	s := r.config.Scenario
	if !r.flags.quiet {
		fmt.Fprintf(b, "%s\n\n", heading(s))
	}
	switch {
	case l.Predicted == nil:
		writeTable(b, l.Measured, usualPercentiles())
	case l.Validation != nil:
		writeValidation(b, l.Validation)
	default:
		writeLiveTable(b, l.Rows)
		text := "The profile is made of %s; errors there say how it fits, the others how it predicts."
		if l.Undisturbed != nil {
			text = "The profile is made of %s in undisturbed blocks of their own; all errors say how it predicts."
		}
		fmt.Fprintf(b, "\n"+text+"\n", instances(l.Calibrated))
	}
	if l.Predicted != nil {
		for _, text := range append(warnings(l.Measured), l.Notes...) {
			fmt.Fprintln(b, wrap("note: "+text, "  "))
		}
	}
	if !r.flags.quiet && len(files) > 0 {
		fmt.Fprintf(b, "\nwritten: %s\n", strings.Join(files, "\n         "))
	}
}
