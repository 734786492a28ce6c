package fit

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteText writes the report for people: the laws, the best one beside the
// measurements, predictions, the reading and the warnings.
func (r Report) WriteText(w io.Writer) error {
	p := printer{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)}
	p.line("%s: %d measurements at %d sizes; noise taken as %s (%s)\n", r.Source, len(r.Rows), r.Sizes, r.Noise, r.NoiseWhy)
	p.line("\n")
	p.laws(r)
	p.curve(r)
	p.predictions(r)
	p.flush()
	for _, s := range r.Reading {
		p.line("%s\n", s)
	}
	for _, s := range r.Warnings {
		p.line("warning: %s\n", s)
	}
	p.flush()
	return p.err
}

// printer keeps the first error.
type printer struct {
	w   *tabwriter.Writer
	err error
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
	p.line("law\tparameter\tvalue\t95 %% interval\tpeak N\tpeak X\tlimit\toptimal N\terror, left out\t\n")
	for _, l := range r.Laws {
		name := l.Name
		if name == r.Best {
			name = "* " + name
		}
		for i, q := range l.Params {
			if i > 0 {
				p.line("\t%s\t%s\t%s\t\t\t\t\t\t\n", q.Name, value(q), interval(q.Lo, q.Hi))
				continue
			}
			p.line("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name, q.Name, value(q), interval(q.Lo, q.Hi),
				optional(l.PeakN), optional(l.PeakX), optional(l.Limit), optional(l.OptimalN), percent(l.CrossValidated))
		}
	}
	p.flush()
	p.line("\n")
}

func (p *printer) curve(r Report) {
	measured := r.Curve[0].MeasuredR != nil
	p.line("N\trepeats\tmeasured\t%s\tresidual\tefficiency\tlost to contention\tto coherency\tN/X\t", r.Best)
	if measured {
		p.line("R measured\t")
	}
	p.line("\n")
	for _, c := range r.Curve {
		p.line("%.6g\t%d\t%.6g\t%.6g\t%+.1f %%\t%.1f %%\t%.1f %%\t%.1f %%\t%.4g\t", c.N, c.Repeats, c.Measured, c.Fitted,
			100*c.Residual, 100*c.Efficiency, 100*c.Contention, 100*c.Coherency, c.NOverX)
		if measured {
			p.line("%s\t", optional(c.MeasuredR))
		}
		p.line("\n")
	}
	p.flush()
	p.line("\n")
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
