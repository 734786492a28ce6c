package accesslog

import "bytes"

// field is what a value of a log is taken for.
type field uint8

const (
	unused field = iota
	msec
	timeLocal
	timeISO
	anyTime
	requestTime
	status
	request // the request line
	method
	path
	upstreamAddr
	upstreamStatus
	upstreamConnect
	upstreamHeader
	upstreamResponse
	requestMicros // LTSV's reqtime_microsec
	maybeAddr     // "ua": the upstream's address to some, the client's program to others
	fields
)

// variables of nginx by their name. All others are passed over.
var variables = map[string]field{
	"msec": msec, "time_local": timeLocal, "time_iso8601": timeISO,
	"request_time": requestTime, "status": status,
	"request": request, "request_method": method, "request_uri": path, "uri": path, "document_uri": path,
	"upstream_addr": upstreamAddr, "upstream_status": upstreamStatus,
	"upstream_connect_time": upstreamConnect, "upstream_header_time": upstreamHeader, "upstream_response_time": upstreamResponse,
}

// labels are the names that people give to variables in JSON and LTSV, beside
// the variables' own.
var labels = map[string]field{
	"t": anyTime, "ts": anyTime, "time": anyTime, "timestamp": anyTime, "@timestamp": anyTime, "date": anyTime,
	"rt": requestTime, "reqtime": requestTime, "reqtime_microsec": requestMicros,
	"st": status, "code": status, "response": status, "status_code": status, "http_status": status,
	"r": request, "req": request, "m": method, "method": method, "verb": method, "http_method": method,
	"path": path, "url": path, "request_path": path, "http_uri": path,
	"ua": maybeAddr, "upstream": upstreamAddr, "us": upstreamStatus, "uct": upstreamConnect, "uht": upstreamHeader,
	"urt": upstreamResponse, "apptime": upstreamResponse, "upstream_time": upstreamResponse,
}

func init() {
	for name, f := range variables {
		labels[name] = f
	}
	labels["time_local"], labels["time_iso8601"], labels["msec"] = anyTime, anyTime, anyTime
}

// reset makes a line that says nothing.
func (l *Line) reset() { *l = Line{EndNs: -1, TookNs: -1, Status: -1} }

// set takes a value for a field. It is false where the value cannot be that.
func (l *Line) set(f field, v []byte, c *clock) bool {
	switch f {
	case unused:
		return true
	case msec:
		l.EndNs = decimal(v)
		return l.EndNs >= 0
	case timeLocal:
		if l.EndNs > 0 && l.EndNs%1e9 != 0 {
			return true // there is $msec, too
		}
		l.EndNs = c.timeLocal(v)
		return l.EndNs >= 0
	case timeISO:
		if l.EndNs > 0 && l.EndNs%1e9 != 0 {
			return true
		}
		l.EndNs = c.timeISO(v)
		return l.EndNs >= 0
	case anyTime:
		at := c.anyTime(v)
		if at >= 0 && (l.EndNs < 0 || l.EndNs%1e9 == 0) {
			l.EndNs = at
		}
		return at >= 0
	case requestTime:
		l.TookNs = seconds(v)
		return l.TookNs >= 0 || none(v)
	case requestMicros:
		if n := number(v); n >= 0 {
			l.TookNs = int64(n) * 1000
		}
		return l.TookNs >= 0 || none(v)
	case status:
		l.Status = number(v)
		return l.Status >= 0 && l.Status <= 999 && len(v) == 3
	case request:
		l.setRequest(v)
	case method:
		l.Method = v
	case path:
		l.Path = v
	case maybeAddr:
		l.Addr, l.maybe = v, true
	case upstreamAddr:
		l.Addr = v
	case upstreamStatus:
		l.UpstreamStatus = v
	case upstreamConnect:
		l.Connect = v
	case upstreamHeader:
		l.Header = v
	case upstreamResponse:
		l.Response = v
	}
	return true
}

// isAddr tells whether a text ends as a server's address does.
func isAddr(v []byte) bool {
	if none(v) || bytes.HasPrefix(v, []byte("unix:")) {
		return true
	}
	v, _ = element(v)
	i := bytes.LastIndexByte(v, ':')
	return i > 0 && number(v[i+1:]) > 0 && bytes.IndexByte(v, '/') < 0
}

// setRequest takes a request line such as "GET / HTTP/1.1". What is none, as
// scanners and TLS to a plain port send, has no method.
func (l *Line) setRequest(v []byte) {
	i := bytes.IndexByte(v, ' ')
	if i <= 0 {
		return
	}
	for _, c := range v[:i] {
		if (c < 'A' || c > 'Z') && c != '-' {
			return
		}
	}
	rest := v[i+1:]
	if j := bytes.LastIndexByte(rest, ' '); j >= 0 {
		rest = rest[:j]
	}
	l.Method, l.Path = v[:i], rest
}
