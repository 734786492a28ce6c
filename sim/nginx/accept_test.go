package nginx

import "testing"

func TestSYNRetries(t *testing.T) {
	atNs := int64(0)
	for i, want := range []int64{1, 3, 7, 15, 31, 63, 127} { // seconds after the first SYN
		wait, ok := SYNRetryNs(i + 1)
		atNs += wait
		if atNs != want*second || ok != (i < maxSYNRetries) {
			t.Errorf("after SYN %d: at %d s, %v; want at %d s", i+1, atNs/second, ok, want)
		}
	}
}

func TestAcceptQueueCap(t *testing.T) {
	q := NewAcceptQueue(511, 128) // somaxconn before Linux 5.4
	n := 0
	for q.Arrive() {
		n++
	}
	if n != 129 || q.Waiting() != 129 || !q.Accept() || !q.Arrive() || q.Arrive() {
		t.Errorf("the queue held %d", n)
	}
}
