package evidence

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"
)

var (
	hgrmFormat = Format{Name: "HdrHistogram percentiles (.hgrm)", Unit: "ms, unless its maker scaled it otherwise", Clock: NoClock, Corrected: "as its maker recorded: the file does not say",
		Failures: "as its maker recorded", Silent: []string{noInstances, "throughput", "when requests came", "which unit it has, unless the heading does"}}
	hlogFormat = Format{Name: "HdrHistogram log (.hlog)", Unit: "ns in its histograms, by custom; ms in its maxima", Clock: "the start of an interval", Corrected: hgrmFormat.Corrected,
		Failures: "as its maker recorded", Silent: []string{noInstances, "statuses", "which unit it has, unless its maxima tell"}}
)

func histogramReaders() []*reader {
	return []*reader{
		{format: &hgrmFormat, recognises: isHgrm, sum: sumHgrm},
		{format: &hlogFormat, recognises: contains(0, "HIST"), sum: sumHlog},
	}
}

func isHgrm(_ *Source, lines [][]byte) bool {
	head := strings.ReplaceAll(string(lines[0]), `"`, "")
	fields := strings.FieldsFunc(head, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
	return len(fields) == 4 && strings.HasPrefix(fields[0], "Value") && fields[1] == "Percentile" && fields[2] == "TotalCount"
}

func sumHgrm(ctx context.Context, s *Source, r *Result) error {
	in := s.lines(ctx, &r.Skipped)
	unit := "ms"
	for line := in.next(); line != nil; line = in.next() {
		text := strings.TrimSpace(strings.ReplaceAll(string(line), `"`, ""))
		if strings.HasPrefix(text, "Value") {
			if start := strings.IndexByte(text, '('); start > 0 {
				if u := text[start+1 : max(start+1, strings.IndexByte(text, ')'))]; units[u] > 0 {
					unit = u
				}
			}
			continue
		}
		if strings.HasPrefix(text, "#[") {
			hgrmFooter(r, text, unit)
			continue
		}
		fields := strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == '\t' || c == ',' })
		q, err := 0.0, error(nil)
		if len(fields) >= 3 {
			q, err = strconv.ParseFloat(fields[1], 64)
		}
		if len(fields) < 3 || err != nil || numberNs(fields[0], unit) < 0 {
			if strings.Trim(text, "-") != "" {
				in.skip(line, "is no row of percentiles")
			}
			if !in.hope() {
				break
			}
			continue
		}
		in.used = true
		ns := numberNs(fields[0], unit)
		r.Latency.addQuantile(q, ns)
		r.Latency.Count = max(r.Latency.Count, wholeNumber(fields[2]))
		r.Latency.MaxNs = max(r.Latency.MaxNs, ns)
	}
	if !in.used || in.err != nil {
		return in.nothing("not one line is a row of percentiles")
	}
	r.Requests = r.Latency.Count
	r.OfAll = true
	return nil
}

// hgrmFooter reads "#[Mean = 8.310, StdDeviation = 1.919]" and its like.
func hgrmFooter(r *Result, text, unit string) {
	for _, part := range strings.Split(strings.Trim(text, "#[]"), ",") {
		name, value, _ := strings.Cut(part, "=")
		switch strings.TrimSpace(name) {
		case "Mean":
			if ns := numberNs(strings.TrimSpace(value), unit); ns >= 0 {
				r.Latency.MeanNs = float64(ns)
			}
		case "Max":
			if ns := numberNs(strings.TrimSpace(value), unit); ns >= 0 {
				r.Latency.MaxNs = ns
			}
		case "Total count":
			r.Latency.Count = wholeNumber(strings.TrimSpace(value))
		}
	}
}

// sumHlog joins the histograms of all intervals, whose values are in the unit
// that makes them agree with the maxima, which are in ms: ns, or else us or ms.
func sumHlog(ctx context.Context, s *Source, r *Result) error {
	in := s.lines(ctx, &r.Skipped)
	var all *hdrhistogram.Histogram
	var most, first, last float64
	for line := in.next(); line != nil; line = in.next() {
		if line[0] == '#' || line[0] == '"' {
			continue
		}
		fields := strings.Split(string(line), ",")
		if strings.HasPrefix(fields[0], "Tag=") {
			fields = fields[1:]
		}
		h := hlogHistogram(fields)
		if h == nil {
			in.skip(line, "is no interval of a histogram log")
			if !in.hope() {
				break
			}
			continue
		}
		in.used = true
		start, length := max(0, firstNumber(fields[0])), max(0, firstNumber(fields[1]))
		if all == nil {
			all, first = h, start
		} else if all.Merge(h) > 0 { // values beyond the first's range
			wider := hdrhistogram.New(1, max(all.HighestTrackableValue(), h.HighestTrackableValue()), int(all.SignificantFigures()))
			wider.Merge(all)
			wider.Merge(h)
			all = wider
		}
		last, most = max(last, start+length), max(most, firstNumber(fields[2]))
	}
	if !in.used || in.err != nil || all.TotalCount() == 0 {
		return in.nothing("not one line is an interval of a histogram log with a value in it")
	}
	r.Detail = "values in " + r.hlogValues(all, most)
	r.seconds(last - first)
	return nil
}

// hlogHistogram decodes an interval; nil is none. The library panics at some
// that are damaged.
func hlogHistogram(fields []string) (h *hdrhistogram.Histogram) {
	if len(fields) != 4 {
		return nil
	}
	defer func() {
		if recover() != nil {
			h = nil
		}
	}()
	payload := strings.TrimSpace(fields[3])
	if len(payload) > lineMost || !bytes.HasPrefix([]byte(payload), []byte("HIST")) {
		return nil
	}
	h, err := hdrhistogram.Decode([]byte(payload))
	if err != nil || h == nil || h.TotalCount() < 0 || h.Max() < 0 {
		return nil
	}
	return h
}

// hlogValues takes the values, and says which unit they are in.
func (r *Result) hlogValues(all *hdrhistogram.Histogram, maxMs float64) string {
	unit := "ns"
	for _, u := range []string{"ns", "us", "ms"} {
		if stated, own := maxMs*1e6, float64(all.Max())*units[u]; maxMs > 0 && own > stated/1.5 && own < stated*1.5 {
			unit = u
		}
	}
	h := newHistogram(allDigits)
	for _, bar := range all.Distribution() {
		if bar.Count > 0 {
			recordMany(h, toNs(float64(bar.To), unit), bar.Count)
		}
	}
	r.Latency.Histogram, r.Latency.Count = h, all.TotalCount()
	r.Latency.MeanNs = all.Mean() * units[unit]
	r.Latency.MinNs, r.Latency.MaxNs = toNs(float64(all.Min()), unit), toNs(float64(all.Max()), unit)
	r.Requests, r.OfAll = all.TotalCount(), true
	return unit
}
