package sim

import (
	"github.com/k9mil/velocitas/sim/nginx"
	"github.com/k9mil/velocitas/sim/random"
)

// engine runs one replication. Its event sources are numbered so that on a tie
// in time what ends goes before what begins:
//
//	instances, nginx workers, load generator, closer, tiers | delays | timetable | timers | swinging | balancing | clients | arrivals
type engine struct {
	now      int64
	tree     tree
	stations []station
	hosts    []host
	tasks    []task
	requests records
	free     int32 // head of the list of free records
	delays   []delay
	cfg      *system

	instances  int32
	generator  int32 // its station, none if it costs nothing
	closer     int32 // the station of the work that it leaves behind
	firstDelay int32 // sources from here on …
	timetable  int32
	swinging   int32
	balancing  int32
	firstUser  int32
	arriving   int32

	// What the delays are for; -1 where the scenario has no such wait.
	delayConnect, delayConnectTimeout, delayReadTimeout int16
	delayClientTimeout, delayRefused                    int16
	firstPatience, endPatience                          int16   // the delays of client time-outs
	patience                                            []int16 // by class, where one has a time-out of its own; nil for none
	delayOut, delayKept, delayBack, delayReuse          int16   // of the network
	delayBackoff, delaySYN                              int16   // the first of several

	express  *express // nil: the general path
	proxy    *nginx.Proxy
	listen   acceptQueue
	arrivals arrivals
	demands  random.Stream
	thinks   random.Stream
	swings   []swinger     // of each instance's own speed
	alone    []swinger     // of its core's, where it has one for itself
	choices  random.Stream // keys and random policies
	users    []user
	state    []condition
	log      recorder
	started  []usage // what had been used when recording began
	at       int     // next entry of the timetable
	programState
	budget  float64 // retries that clients may still make
	lost    []int32 // scratch: requests lost with an instance
	keyText []byte  // scratch
	guard   guard
	left    int   // work until the next look at it
	least   int64 // bytes that it holds beside what grows
	grown   int64 // bytes of nginx's state when last looked at
}

// run takes the replication to its horizon and brings every account up to it.
// It returns false if the fast path was taken and turned out wrong.
func (e *engine) run(horizonNs int64) bool {
	if !e.advanceTo(horizonNs) {
		return false
	}
	e.now = horizonNs
	e.settle()
	return e.express == nil || !e.express.waitedTooLong(e)
}

// advanceTo handles every event before an instant.
func (e *engine) advanceTo(endNs int64) bool {
	if e.express != nil {
		return e.untilExpress(endNs)
	}
	e.until(endNs)
	return true
}

// until handles every event before an instant.
func (e *engine) until(endNs int64) {
	end := keyAt(endNs, 0)
	for {
		k := e.tree.first()
		if k >= end {
			break
		}
		if e.left--; e.left < 0 {
			e.lookUp()
		}
		at, source := splitKey(k)
		e.now = at
		switch {
		case source < e.firstDelay:
			e.stationEvent(source)
		case source == e.arriving:
			e.arrive()
		case source >= e.firstUser:
			e.wake(source)
		case source < e.timetable:
			e.delayOver(int16(source - e.firstDelay))
		case source == e.timing:
			e.timeUp()
		case source == e.swinging:
			e.swing()
		case source == e.balancing:
			e.look()
		default:
			e.happen()
		}
	}
}

// settle brings every account up to now.
func (e *engine) settle() {
	for i := range e.stations {
		e.stations[i].advance(e.now)
	}
	if e.program != nil {
		e.kept.settle(e.now)
	}
	e.log.change(e.now, 0)
}
