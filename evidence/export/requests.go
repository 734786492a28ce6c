package export

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Epoch is when simulated time begins in what is written: some day, the same each
// time.
var Epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Request is a request to be written. Times are nanoseconds since the start of
// load.
type Request struct {
	StartNs, EndNs int64
	Status         string // three digits; "0" is a closed connection, "timeout" a client that gave up
	Instance       int    // from 1; 0 is none
	Class          string // "" is that of a service with one
}

// Writer writes requests in one format. Close writes what is left.
type Writer interface {
	Write(Request)
	Close() error
	// Silent counts requests that the format cannot have.
	Silent() int64
}

// The formats of requests.
const (
	AccessLog = "access-log"
	Vegeta    = "vegeta"
	Hgrm      = "hgrm"
)

// NewWriter is a writer of a format, which must be one of the three.
func NewWriter(format string, w io.Writer) Writer {
	out := output{bufio.NewWriter(w), 0}
	switch format {
	case AccessLog:
		return &accessLog{output: out}
	case Vegeta:
		return &vegeta{output: out}
	case Hgrm:
		return &hgrm{output: out, answered: hdrhistogram.New(1, 3*3600*1_000_000, 3)}
	}
	panic("export: there is no format " + format)
}

type output struct {
	w      *bufio.Writer
	silent int64
}

func (o *output) Close() error  { return o.w.Flush() } // which has the first error of all
func (o *output) Silent() int64 { return o.silent }

// accessLog writes combined lines with what the upstream did behind them. nginx
// logs 499 for a client that gave up, and nothing of a connection that it closed
// without reading.
type accessLog struct{ output }

func (a *accessLog) Write(r Request) {
	status := r.Status
	switch status {
	case "0":
		a.silent++
		return
	case "timeout":
		status = "499"
	}
	addr, answered := "-", "-"
	if r.Instance > 0 {
		addr = fmt.Sprintf("10.0.%d.%d:80", (r.Instance-1)/250, (r.Instance-1)%250+1)
		if status != "499" {
			answered = status
		}
	}
	// nginx has a clock of whole milliseconds, by which it stamps both ends; so the
	// time that a request took is off by up to one, and by nothing on average.
	const ms = 1_000_000
	end := (Epoch.UnixNano() + r.EndNs) / ms * ms
	took := end - (Epoch.UnixNano()+r.StartNs)/ms*ms
	fmt.Fprintf(a.w, "10.1.0.1 - - [%s] \"GET /%s HTTP/1.1\" %s 0 \"-\" \"velocitas\" msec=%s rt=%s ua=\"%s\" us=\"%s\" urt=\"-\"\n",
		Epoch.Add(time.Duration(r.EndNs)).Format("02/Jan/2006:15:04:05 -0700"), path(r.Class), status,
		seconds(end), seconds(took), addr, answered)
}

// seconds is nanoseconds in seconds with three decimals, as nginx writes them.
func seconds(ns int64) string {
	ms := (ns + 500_000) / 1_000_000
	return fmt.Sprintf("%d.%03d", ms/1000, ms%1000)
}

// path is a class as a part of a URL.
func path(class string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f && !strings.ContainsRune(`"\?#%`, r) {
			return r
		}
		return '_'
	}, class)
}

// vegeta writes a result a line, as vegeta encode -to json does.
type vegeta struct {
	output
	seq uint64
}

func (v *vegeta) Write(r Request) {
	code, err := strconv.Atoi(r.Status)
	problem := ""
	switch {
	case err != nil:
		code, problem = 0, "timeout"
	case code == 0:
		problem = "connection closed"
	case code >= 400:
		problem = r.Status
	}
	line, failed := json.Marshal(struct {
		Attack    string              `json:"attack"`
		Seq       uint64              `json:"seq"`
		Code      int                 `json:"code"`
		Timestamp time.Time           `json:"timestamp"`
		Latency   int64               `json:"latency"`
		BytesOut  int                 `json:"bytes_out"`
		BytesIn   int                 `json:"bytes_in"`
		Error     string              `json:"error"`
		Body      []byte              `json:"body"`
		Method    string              `json:"method"`
		URL       string              `json:"url"`
		Headers   map[string][]string `json:"headers"`
	}{"velocitas", v.seq, code, Epoch.Add(time.Duration(r.StartNs)), r.EndNs - r.StartNs, 0, 0, problem, nil, "GET", "http://velocitas/" + path(r.Class), nil})
	if failed != nil {
		panic(failed) // there is nothing in it that JSON cannot hold
	}
	v.seq++
	v.w.Write(append(line, '\n'))
}

// hgrm writes the percentiles of answered requests in milliseconds.
type hgrm struct {
	output
	answered *hdrhistogram.Histogram // µs
}

func (h *hgrm) Write(r Request) {
	if r.Status == "0" || r.Status == "timeout" || r.Status >= "500" {
		h.silent++
		return
	}
	_ = h.answered.RecordValue(min((r.EndNs-r.StartNs+500)/1000, h.answered.HighestTrackableValue()))
}

func (h *hgrm) Close() error {
	if _, err := h.answered.PercentilesPrint(h.w, 5, 1000); err != nil {
		return err
	}
	return h.output.Close()
}
