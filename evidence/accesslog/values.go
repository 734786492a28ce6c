package accesslog

import (
	"bytes"
	"time"
)

// Nothing that is read is longer or later than this, so that sums stay in range.
const (
	secondsMost = 10 * 365 * 24 * 3600
	epochMost   = 7_000_000_000 // 2191
)

// number reads a whole number of at most nine digits; -1 is none.
func number(b []byte) int {
	if len(b) == 0 || len(b) > 9 {
		return -1
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// seconds reads a decimal number of seconds as nanoseconds; -1 is none.
func seconds(b []byte) int64 {
	ns := decimal(b)
	if ns > secondsMost*1e9 {
		return -1
	}
	return ns
}

// decimal reads seconds with or without a fraction as nanoseconds, further
// digits cut off; -1 is no such number.
func decimal(b []byte) int64 {
	whole, i := int64(0), 0
	for ; i < len(b) && b[i] != '.'; i++ {
		c := b[i] - '0'
		if c > 9 || i == 10 {
			return -1
		}
		whole = 10*whole + int64(c)
	}
	if i == 0 || whole > epochMost {
		return -1
	}
	part, unit := int64(0), int64(1e9)
	for i++; i < len(b); i++ {
		c := b[i] - '0'
		if c > 9 {
			return -1
		}
		if unit > 1 {
			unit /= 10
			part += int64(c) * unit
		}
	}
	return whole*1e9 + part
}

// clock reads times of day. Those of one minute are next to each other in a log,
// so it remembers the last.
type clock struct {
	local, iso minute
}

type minute struct {
	text    [32]byte
	n, zone int
	epochNs int64
}

// timeLocal reads "25/Nov/2026:01:02:03 +0000"; -1 is no such time.
func (c *clock) timeLocal(b []byte) int64 {
	const upToMinute = len("25/Nov/2026:01:02")
	if len(b) < upToMinute+3 || len(b) > 32 || b[upToMinute] != ':' {
		return -1
	}
	return c.local.at(b, upToMinute, "02/Jan/2006:15:04:05 -0700")
}

// timeISO reads "2026-11-25T01:02:03+00:00", with a fraction, too; -1 is no such
// time.
func (c *clock) timeISO(b []byte) int64 {
	const upToMinute = len("2026-11-25T01:02")
	if len(b) < upToMinute+4 || len(b) > 40 || b[upToMinute] != ':' || b[10] != 'T' && b[10] != ' ' {
		return -1
	}
	if i := bytes.IndexAny(b[19:], ".,"); i == 0 {
		end := 20
		for end < len(b) && b[end] >= '0' && b[end] <= '9' {
			end++
		}
		fraction := append([]byte("0."), b[20:end]...)
		if whole := c.timeISO(append(append([]byte(nil), b[:19]...), b[end:]...)); whole >= 0 {
			return whole + max(0, decimal(fraction))
		}
		return -1
	}
	if b[10] == ' ' {
		b = append([]byte(nil), b...)
		b[10] = 'T'
	}
	return c.iso.at(b, upToMinute, time.RFC3339)
}

// at is the instant that b tells, of which the part up to the minute and the
// zone are remembered.
func (m *minute) at(b []byte, upToMinute int, layout string) int64 {
	s := number(b[upToMinute+1 : upToMinute+3])
	if s < 0 || s > 60 {
		return -1
	}
	zone := b[upToMinute+3:]
	if m.n == upToMinute && bytes.Equal(m.text[:m.n], b[:m.n]) && bytes.Equal(m.text[m.n:m.n+m.zone], zone) {
		return m.epochNs + int64(s)*1e9
	}
	if upToMinute+len(zone) > len(m.text) {
		return -1
	}
	t, err := time.Parse(layout, string(b[:upToMinute])+":00"+string(zone))
	if err != nil || t.Unix() < 0 || t.Unix() > epochMost {
		return -1
	}
	m.n, m.zone = copy(m.text[:], b[:upToMinute]), len(zone)
	copy(m.text[m.n:], zone)
	m.epochNs = t.UnixNano()
	return m.epochNs + int64(s)*1e9
}

// anyTime reads a time as structured logs have it: seconds or milliseconds since
// 1970, or one of the texts.
func (c *clock) anyTime(b []byte) int64 {
	if len(b) > 10 && (b[10] == 'T' || b[10] == ' ') {
		return c.timeISO(b)
	}
	if len(b) > 2 && b[2] == '/' {
		return c.timeLocal(bytes.Trim(b, "[]"))
	}
	if len(b) > 0 && b[0] == '[' {
		return c.timeLocal(bytes.Trim(b, "[]"))
	}
	if len(b) == 13 && bytes.IndexByte(b, '.') < 0 { // milliseconds
		whole, part := number(b[:9]), number(b[9:])
		if whole < 0 || part < 0 {
			return -1
		}
		return (int64(whole)*10_000 + int64(part)) * 1e6
	}
	return decimal(b)
}
