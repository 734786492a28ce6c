package fit

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/k9mil/velocitas/model/fit/tables"
)

// WriteText writes the report for people: the answer, what was read, the best law
// beside the measurements, predictions, the reading and the warnings, and the
// laws' parameters last. Sentences take so many columns, or one line each where
// that is 0.
func (r Report) WriteText(w io.Writer, columns int) error {
	p := printer{columns: columns, w: tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)}
	for i, s := range r.Answer {
		if i == 0 {
			s = r.Source + ": " + s
		}
		p.sentence(s)
	}
	p.line("\n")
	if len(r.Columns) > 0 {
		p.sentence("columns: " + tables.ColumnsText(r.Columns))
	}
	for _, s := range r.Notes {
		p.sentence("note: " + s)
	}
	for _, s := range r.Warnings {
		p.sentence("warning: " + s)
	}
	if len(r.Columns)+len(r.Notes)+len(r.Warnings) > 0 {
		p.line("\n")
	}
	p.curve(r)
	p.predictions(r)
	for _, s := range r.Reading {
		p.sentence(s)
	}
	p.line("\n")
	p.sentence(fmt.Sprintf("%d %s at %d sizes; noise taken as %s (%s). The laws, * the one shown:", len(r.Rows), map[bool]string{false: "measurements", true: "predictions"}[r.Predicted], r.Sizes, r.Noise, r.NoiseWhy))
	p.laws(r)
	p.flush()
	return p.err
}

func (p *printer) sentence(s string) {
	line := ""
	for i, word := range strings.Fields(s) {
		switch {
		case i == 0:
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > p.columns && p.columns > 0:
			p.line("%s\n", line)
			line = "  " + word
		default:
			line += " " + word
		}
	}
	p.line("%s\n", line)
}

// printer keeps the first error.
type printer struct {
	columns int // of sentences
	w       *tabwriter.Writer
	err     error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) flush() {
	if err := p.w.Flush(); p.err == nil {
		p.err = err
	}
}

func (p *printer) laws(r Report) {
	p.line("law\tparameter\tvalue\t95 %% interval\tpeak N\tlimit\terror, left out\t\n")
	for _, l := range r.Laws {
		name := l.Name
		if name == r.Best {
			name = "* " + name
		}
		for i, q := range l.Params {
			if i > 0 {
				p.line("\t%s\t%s\t%s\t\t\t\t\n", q.Name, value(q), interval(q.Lo, q.Hi))
				continue
			}
			p.line("%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name, q.Name, value(q), interval(q.Lo, q.Hi),
				optional(l.PeakN), optional(l.Limit), percent(l.CrossValidated))
		}
	}
	p.flush()
}

// curveRows bounds the table of sizes.
const curveRows = 40

func (p *printer) curve(r Report) {
	measured := slices.ContainsFunc(r.Curve, func(c CurveRow) bool { return c.MeasuredR != nil })
	repeated := len(r.Rows) > len(r.Curve)
	split := r.Best == Amdahl || r.Best == USL
	p.line("N\t")
	p.when(repeated, "repeats\t")
	p.line("%s\t%s\tresidual\tefficiency\t", r.source(), r.Best)
	p.when(split, "contention\tcoherency\t")
	p.when(!split, "lost\t")
	p.when(measured, "R\t")
	p.line("\n")
	for i, c := range r.Curve {
		if i == curveRows-1 && len(r.Curve) > curveRows {
			break
		}
		p.line("%.6g\t", c.N)
		p.when(repeated, "%d\t", c.Repeats)
		p.line("%.6g\t%.6g\t%+.1f %%\t%.1f %%\t", c.Measured, c.Fitted, 100*c.Residual, 100*c.Efficiency)
		p.when(split, "%.1f %%\t%.1f %%\t", 100*c.Contention, 100*c.Coherency)
		p.when(!split, "%.1f %%\t", 100*c.Contention)
		if c.MeasuredR != nil {
			p.line("%s\t", tables.Seconds(*c.MeasuredR))
		} else {
			p.when(measured, "-\t")
		}
		p.line("\n")
	}
	p.flush()
	if n := len(r.Curve) - curveRows + 1; n > 1 {
		p.line("... and %d more sizes, which the JSON has\n", n)
	}
	p.line("\n")
}

func (p *printer) when(is bool, format string, args ...any) {
	if is {
		p.line(format, args...)
	}
}

func (p *printer) predictions(r Report) {
	if len(r.Predictions) > 0 {
		p.line("N\tlaw\tpredicted\t95 %% interval\t\t\n")
	}
	for _, q := range r.Predictions {
		doubt := ""
		switch {
		case q.Untrusted:
			doubt = "beyond twice the measured range"
		case q.Extrapolated:
			doubt = "extrapolated"
		}
		p.line("%.6g\t%s\t%.6g\t%s\t%s\t\n", q.N, q.Law, q.X, interval(q.Lo, q.Hi), doubt)
	}
	p.flush()
	if len(r.Reached) > 0 {
		p.line("\n")
		p.line("X\tlaw\tneeds N\t\n")
	}
	for _, q := range r.Reached {
		needs := "unreachable"
		if q.N != nil {
			needs = fmt.Sprintf("%.4g", *q.N)
		}
		p.line("%.6g\t%s\t%s\t\n", q.X, q.Law, needs)
	}
	p.flush()
	if len(r.Predictions)+len(r.Reached) > 0 {
		p.line("\n")
	}
}

func value(p Param) string {
	if p.OnBound {
		return fmt.Sprintf("%.6g (bound)", p.Value)
	}
	return fmt.Sprintf("%.6g", p.Value)
}

func interval(lo, hi *float64) string {
	if lo == nil || hi == nil {
		return "-"
	}
	return fmt.Sprintf("%.4g .. %.4g", *lo, *hi)
}

func optional(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.5g", *v)
}

func percent(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100**v)
}

// source is what the rows are.
func (r Report) source() string {
	if r.Predicted {
		return "predicted"
	}
	return "measured"
}
