package evidence

import "github.com/k9mil/velocitas/evidence/accesslog"

// Request is one request as a record of it says. Its slices are valid until the
// next one is read.
type Request struct {
	// StartNs and EndNs are since 1970, or since the start of the run where the
	// format has no date; -1 where that is not known. Where a record has one of
	// the two and how long it took, the other is worked out.
	StartNs, EndNs int64
	TookNs         int64 // as its recorder saw it: nginx, or the client; -1 where that is not known
	Status         int   // 0 is no answer
	Failed         bool  // without an answer, or with a status from 500 on, or as the recorder judged
	Method, Path   []byte
	Class          []byte          // a name of its own in place of method and path; nil where there is none
	Tries          []accesslog.Try // of nginx, at the instances; none where the recorder is the client
}

// AppendClass appends the request's class: its name, or its method and path with
// numbers and other identifiers replaced.
func (q *Request) AppendClass(to []byte) []byte {
	if q.Class != nil {
		return append(to, q.Class...)
	}
	return appendPattern(to, q.Method, q.Path)
}

// clientClosed is nginx's status of a request whose client gave up.
const clientClosed = 499

// judge says whether a status is a failure.
func judge(status int) bool { return status == 0 || status >= 500 || status == clientClosed }
