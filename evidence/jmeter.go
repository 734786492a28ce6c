package evidence

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

var jmeterFormat = Format{Name: "JMeter result file (JTL)", Unit: "ms", StepNs: 1e6, Clock: AtStart, Corrected: fromSend,
	Failures: "included: success is false", Silent: []string{noInstances, "which rows are parts of others, where transaction controllers or embedded resources are recorded, too: transactions are left out, embedded ones are not told apart"}}

func jmeterReaders() []*reader {
	return []*reader{
		{format: &jmeterFormat, recognises: isJTL, each: eachJTL},
		{format: &jmeterFormat, recognises: contains('<', "<testResults"), each: eachJTLXML},
	}
}

// isJTL tells by a heading, whose delimiter and columns can be chosen.
func isJTL(_ *Source, lines [][]byte) bool { return jtlComma(lines[0]) != 0 }

func jtlComma(heading []byte) rune {
	for _, comma := range []byte{',', ';', '\t', '|'} {
		n := 0
		for _, name := range bytes.Split(heading, []byte{comma}) {
			switch string(bytes.Trim(name, `" `)) {
			case "timeStamp", "elapsed":
				n++
			}
		}
		if n == 2 {
			return rune(comma)
		}
	}
	return 0
}

func eachJTL(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	comma := ','
	if lines := s.peekLines(1); len(lines) > 0 {
		comma = jtlComma(lines[0])
	}
	r.Dated = true
	return eachRow(ctx, s, r, comma, nil, give, func(x row, q *Request) (bool, string) {
		q.StartNs, q.TookNs = jtlTime(x.get("timeStamp")), numberNs(x.get("elapsed"), "ms")
		if q.StartNs < 0 || q.TookNs < 0 {
			return false, "has no timeStamp or elapsed"
		}
		message := x.get("responseMessage")
		if strings.HasPrefix(message, "Number of samples in transaction") {
			return false, "" // the sum of other rows
		}
		success := x.get("success")
		jtlRequest(q, x.get("label"), x.get("responseCode"), success, x.has("success") || success != "")
		return true, ""
	})
}

func jtlRequest(q *Request, label, code, success string, judged bool) {
	status, err := strconv.Atoi(code)
	if err != nil || status < 0 || status > 999 {
		status = 0 // "Non HTTP response code: java.net.ConnectException"
	}
	q.Status, q.Failed, q.Class = status, judge(status), []byte(label)
	if judged {
		q.Failed = !strings.EqualFold(success, "true")
	}
}

// jtlTime reads milliseconds since 1970, or the texts that can be chosen; -1 is
// neither.
func jtlTime(text string) int64 {
	if ns := epochNs(text, 1e6); ns >= 0 {
		return ns
	}
	for _, layout := range []string{"2006/01/02 15:04:05.000", "2006-01-02 15:04:05.000", "2006/01/02 15:04:05", "2006-01-02 15:04:05", "01/02/06 15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return max(-1, at.UnixNano())
		}
	}
	return -1
}

// eachJTLXML reads samples; those inside others, embedded resources, are part of
// their time.
func eachJTLXML(ctx context.Context, s *Source, _ Options, r *Result, give func(*Request)) error {
	r.Dated = true
	d := xml.NewDecoder(&limited{s.r, 8 << 30})
	d.Strict = false
	depth, given := 0, 0
	for n := 0; ; n++ {
		if n%8192 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		token, err := d.RawToken()
		if err != nil {
			if given == 0 {
				return s.fault("holds nothing that can be used: it looks like a %s, and has no sample", r.Format.Name)
			}
			if !errors.Is(err, io.EOF) || depth > 0 {
				r.Doubts = append(r.Doubts, "the file is cut off or damaged in the middle; what comes before is used")
			}
			return nil
		}
		switch t := token.(type) {
		case xml.StartElement:
			if name := t.Name.Local; name == "httpSample" || name == "sample" {
				if depth++; depth == 1 && sampleOf(t, give, &r.Skipped, int64(n)) {
					given++
				}
			}
		case xml.EndElement:
			if name := t.Name.Local; name == "httpSample" || name == "sample" {
				depth--
			}
		}
	}
}

func sampleOf(t xml.StartElement, give func(*Request), skipped *Skipped, at int64) bool {
	a := map[string]string{}
	for _, x := range t.Attr {
		a[x.Name.Local] = x.Value
	}
	q := Request{StartNs: jtlTime(a["ts"]), EndNs: -1, TookNs: numberNs(a["t"], "ms")}
	if q.StartNs < 0 || q.TookNs < 0 {
		skipped.add(at, nil, "is a sample without ts or t")
		return false
	}
	jtlRequest(&q, a["lb"], a["rc"], a["s"], a["s"] != "")
	q.complete()
	give(&q)
	return true
}

// limited ends a stream that does not end.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, io.EOF
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	return n, err
}
