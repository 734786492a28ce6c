package accesslog

// Line is what a line says. Slices are parts of the line and valid as long as it
// is; nil is what the line does not say.
type Line struct {
	EndNs  int64 // when it was written, since 1970; -1 where the line does not say
	TookNs int64 // $request_time; -1 where the line does not say
	Status int   // of the answer; -1 where the line does not say
	Method []byte
	Path   []byte // with its query
	// Of the upstream: lists with an element for each try.
	Addr, UpstreamStatus, Connect, Header, Response []byte

	maybe bool // Addr may be the client's program
}

// Try is what was asked of one instance for a request.
type Try struct {
	Addr   []byte // the instance's address, or the group's name where none could be chosen
	Status int    // its answer; 0 for none, -1 where the line does not say
	// What it took in nanoseconds until connected, until the header was there, and
	// in all; -1 where nothing was measured.
	ConnectNs, HeaderNs, ResponseNs int64
}

// Tries appends the tries of a line to list, in their order.
func (l *Line) Tries(list []Try) []Try {
	a, s, c, h, r := l.Addr, l.UpstreamStatus, l.Connect, l.Header, l.Response
	if none(a) && none(s) && none(r) {
		return list
	}
	for len(a) > 0 || len(s) > 0 || len(r) > 0 {
		var t Try
		var status, connect, header, response []byte
		t.Addr, a = element(a)
		status, s = element(s)
		connect, c = element(c)
		header, h = element(h)
		response, r = element(r)
		t.Status = -1
		if l.UpstreamStatus != nil {
			t.Status = max(0, number(status))
		}
		t.ConnectNs, t.HeaderNs, t.ResponseNs = seconds(connect), seconds(header), seconds(response)
		list = append(list, t)
	}
	return list
}

func none(list []byte) bool { return len(list) == 0 || len(list) == 1 && list[0] == '-' }

// element is the first of a list whose elements stand apart by ", " or, where
// the request went on to another group of servers, by " : ".
func element(list []byte) (first, rest []byte) {
	for i, b := range list {
		switch {
		case b == ',':
			return list[:i], trimLeft(list[i+1:])
		case b == ' ' && i+2 < len(list) && list[i+1] == ':' && list[i+2] == ' ':
			return list[:i], trimLeft(list[i+3:])
		}
	}
	return list, nil
}

func trimLeft(b []byte) []byte {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	return b
}

// listEnd is where a list ends that is followed by a space or the line's end:
// at a space that is no part of what stands between two elements.
func listEnd(b []byte) int {
	for i := 0; i < len(b); i++ {
		if b[i] != ' ' {
			continue
		}
		if i+2 < len(b) && b[i+1] == ':' && b[i+2] == ' ' {
			i += 2
			continue
		}
		if i == 0 || b[i-1] != ',' {
			return i
		}
	}
	return len(b)
}
