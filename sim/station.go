package sim

import "math"

// microCores is the unit in which stations ask a host for CPU: integers, so
// that sums never drift.
const microCores = 1_000_000

// What the next event of a station is.
const (
	departure = uint8(iota)
	backgroundEnd
	exhaustion // the CPU limit strikes
	refill     // a new period begins
	poll       // those in the poll queue are noticed
	memtable   // is full
)

// role is what a station is there for, which decides where a request goes that
// it has served.
type role uint8

const (
	instanceRole  role = iota
	workerRole         // a worker process of nginx
	generatorRole      // what a client does before nginx sees an attempt
	closerRole         // and after its answer
	tierRole
)

// station is anything that requests use CPU at: an instance, a worker process
// of nginx, the load generator. The requests in service share it evenly
// (processor sharing); with servers = 1 that is first in, first out.
//
// Requests to a store go in step: each inserts one key in turn, so all get on
// by the same part of their way, and the scale is parts of a request.
//
// It is kept in virtual time: attained is the demand that each request in
// service has been given since the station was last empty, so that one number
// moves instead of many, and the next departure is the top of a heap.
type station struct {
	attained float64 // ns of demand per request in service; in step: requests
	rate     float64 // d attained / dt
	demands  float64 // in step: sum over those in service, ns
	last     int64   // when attained was brought up to date
	service  []job
	seq      uint32
	servers  int32 // requests in service at most; 0 is no bound
	role     role
	kind     uint8 // what its next event is
	plain    bool  // no limit, no background, no shared host: got is what it asks
	up       bool  // false: paused or stopped
	inStep   bool
	waiting  ring

	speeds    *speedTable
	demandNs  float64 // mean demand of a request where it is not its step's
	slow      float64 // factor on demands; 1 is as the profile says
	pace      float64 // own speed at the moment; 1 on average
	placement float64 // factor on it by the cores it runs on
	got       float64 // cores given to it now
	want      int64   // cores it could use now, in microCores
	host      int32

	firstTask int32 // its threads on a host whose cores are counted
	tasks     int32 // those of them that want something now
	briefMost int32 // requests inside at most that take less than a turn of a task
	brief     bool  // no more are

	quota   quota
	back    background
	polling pollQueue

	usedNs float64 // CPU time spent
	cold   cold
}

// inside is the number of requests in the station.
func (s *station) inside() int { return len(s.service) + s.waiting.len() + s.polling.pending.len() }

// advance brings the station to now.
func (s *station) advance(now int64) {
	dt := now - s.last
	if dt == 0 {
		return
	}
	s.last = now
	d := float64(dt)
	on := float64(d * s.rate)
	s.attained += on
	if s.back.every > 0 {
		s.back.done += float64(on * float64(len(s.service)))
	}
	if s.quota.limited && !s.quota.struck {
		s.quota.pass(now, dt, s.got)
	}
	if s.got == 0 {
		return
	}
	s.usedNs += float64(d * s.got)
	if s.back.leftNs > 0 {
		s.back.leftNs = math.Max(0, s.back.leftNs-float64(d*s.back.rate))
	}
}

// demandCores is what the station could use now, in microCores.
func (s *station) demandCores() int64 {
	if !s.up || s.quota.struck {
		return 0
	}
	n := len(s.service)
	if s.back.leftNs > 0 {
		return s.speeds.wantBeside(n)
	}
	return s.speeds.want(n)
}

// giveAll lets a plain station have what it wants.
func (s *station) giveAll() {
	n := len(s.service)
	if n >= len(s.speeds.wants) {
		s.give(cores(s.speeds.want(n)))
		return
	}
	s.want = s.speeds.wants[n]
	s.got = cores(s.want)
	s.rate = s.speeds.full[n]
	if s.slow != 1 {
		s.rate /= s.slow
	}
}

// give sets the cores that the station has from now on. It must have been
// advanced to now.
func (s *station) give(cores float64) {
	s.got = cores
	n := len(s.service)
	pace := float64(s.pace * s.placement)
	if s.back.leftNs > 0 {
		share := s.back.share
		if n == 0 {
			share = 1
		}
		s.back.rate = float64(float64(cores*share)*pace) / s.slow
		cores = float64(cores * (1 - share))
	}
	if n == 0 {
		s.rate = 0
		return
	}
	s.rate = s.speeds.rate(n, cores) / s.slow
	if pace != 1 {
		s.rate *= pace
	}
	if s.inStep {
		s.rate = float64(s.rate*float64(n)) / s.demands
	}
}

// next is the time of the station's next event, or maxTimeNs for none, and
// notes in kind what it will be. On a tie the work that ends goes first.
func (s *station) next() int64 {
	if s.quota.struck {
		s.kind = refill
		return s.quota.boundary
	}
	at := int64(maxTimeNs)
	if s.rate > 0 {
		s.kind = departure
		left := s.service[0].finish - s.attained
		if s.rate != 1 { // a division less where time and demand agree
			left /= s.rate
		}
		at = s.last + ceilNs(left)
	}
	if s.plain {
		return at
	}
	if s.back.every > 0 && s.rate > 0 {
		left := (s.back.every - s.back.done) / float64(s.rate*float64(len(s.service)))
		if t := s.last + ceilNs(left); t < at {
			s.kind, at = memtable, t
		}
	}
	if s.back.leftNs > 0 && s.back.rate > 0 {
		if t := s.last + ceilNs(s.back.leftNs/s.back.rate); t < at {
			s.kind, at = backgroundEnd, t
		}
	}
	if s.polling.pending.size > 0 && s.back.leftNs == 0 {
		if t := s.polling.next(s.last); t < at {
			s.kind, at = poll, t
		}
	}
	if s.quota.limited && s.got > 0 {
		if t := s.quota.exhausted(s.last, s.got); t < at {
			s.kind, at = exhaustion, t
		}
	}
	return at
}

// ceilNs rounds a wait up to whole nanoseconds, so that nothing ends early.
func ceilNs(x float64) int64 {
	if x <= 0 {
		return 0
	}
	if x >= float64(maxTimeNs) {
		return maxTimeNs
	}
	n := int64(x)
	if float64(n) < x {
		n++
	}
	return n
}

// enter puts a request into service.
func (s *station) enter(req int32, demandNs float64) {
	length := demandNs
	if s.inStep {
		length = 1
		s.demands += demandNs
	}
	s.service = push(s.service, job{finish: s.attained + length, demand: demandNs, seq: s.seq, req: req})
	s.seq++
}

// full tells whether an arriving request has to wait.
func (s *station) full() bool {
	return s.servers != 0 && len(s.service) >= int(s.servers)
}

// leave takes the request that is done out of service.
func (s *station) leave() int32 {
	var j job
	s.service, j = pop(s.service)
	s.demands -= j.demand // whole ns, so exact up to 2^53
	if s.inStep && s.demands < j.demand/(1<<32) {
		s.recount()
	}
	if len(s.service) == 0 {
		s.attained, s.demands = 0, 0
		s.cold.since = s.last
	}
	return j.req
}

// recount sums up the demands in service anew, where what has left was so much
// larger than what is left that the difference says little.
func (s *station) recount() {
	s.demands = 0
	for i := range s.service {
		s.demands += s.service[i].demand
	}
}
