package measure

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// HostUse is the CPU time of a whole machine since it started, all cores
// together, in the kernel's ticks of 10 ms.
type HostUse struct {
	// Busy counts everything but idling and waiting for disks; Steal is what
	// the hypervisor gave to others meanwhile, and not a part of Busy.
	Busy  time.Duration `json:"busy_ns"`
	Steal time.Duration `json:"steal_ns"`
}

// Sub is what was used between earlier and h.
func (h HostUse) Sub(earlier HostUse) HostUse {
	return HostUse{Busy: h.Busy - earlier.Busy, Steal: h.Steal - earlier.Steal}
}

// readHost reads /proc/stat; a machine without one has used nothing.
func readHost() HostUse {
	file, err := os.Open("/proc/stat")
	if err != nil {
		return HostUse{}
	}
	defer file.Close()
	use, err := parseStat(file)
	if err != nil {
		return HostUse{}
	}
	return use
}

// tick is USER_HZ, which is 100 on every architecture that Linux still has.
const tick = 10 * time.Millisecond

// parseStat reads the first line of /proc/stat (proc(5)): user nice system
// idle iowait irq softirq steal; guest time, which follows, is in user already.
func parseStat(r io.Reader) (HostUse, error) {
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		return HostUse{}, fmt.Errorf("/proc/stat: %w", err)
	}
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return HostUse{}, fmt.Errorf("/proc/stat: line 1 is %.60q: want cpu and at least 8 numbers", line)
	}
	var ticks [8]time.Duration
	for i := range ticks {
		n, err := strconv.ParseInt(fields[i+1], 10, 64)
		if err != nil || n < 0 {
			return HostUse{}, fmt.Errorf("/proc/stat: line 1: %.20q: want a number", fields[i+1])
		}
		ticks[i] = time.Duration(n) * tick
	}
	return HostUse{Busy: ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6], Steal: ticks[7]}, nil
}

// readLoadAverage is the mean number of running tasks over the last minute.
func readLoadAverage() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	average, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return average
}
