package evidence

// Format is what a kind of file means: each reader has one.
type Format struct {
	Name string // such as "nginx access log"
	// Unit is what its times are in, and Step the step that they are rounded to in
	// nanoseconds; 0 is none that matters.
	Unit   string
	StepNs int64
	// Clock says what an instant in it marks.
	Clock Clock
	// Corrected says whether latencies count from when a request was due, and so
	// include what it waited in a generator that was late (coordinated omission).
	Corrected string
	// Failures says how requests without an answer appear.
	Failures string
	// Silent is what the format cannot say.
	Silent []string
}

// Clock is what an instant marks.
type Clock string

// The clocks.
const (
	AtStart Clock = "the start of a request"
	AtEnd   Clock = "the end of a request"
	NoClock Clock = "nothing: there are no instants of requests"
)

// Phrases that several formats share.
const (
	fromSend     = "no: latencies count from when a request was sent"
	fromSchedule = "yes: latencies count from when a request was due"
	atNginx      = "not applicable: nginx sees requests as they come"
	asStatus     = "included, by status"
	apart        = "counted apart"
)

// noInstances is what every client's view lacks.
const noInstances = "which instance served a request"

// Formats are all that are read, in the order in which they are tried.
func Formats() (list []*Format) {
	seen := map[string]bool{}
	for _, r := range readers() {
		if !seen[r.format.Name] {
			seen[r.format.Name] = true
			list = append(list, r.format)
		}
	}
	return list
}
