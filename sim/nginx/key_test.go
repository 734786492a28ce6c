package nginx

import (
	"fmt"
	"hash/crc32"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

// TestKeyAfter compares the key's arithmetic with checksums of whole texts.
func TestKeyAfter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(1, 60, -1).Draw(t, "text")
		round := rapid.Uint16().Draw(t, "round")
		want := crc32.ChecksumIEEE([]byte(text))
		if round > 0 {
			want = crc32.ChecksumIEEE([]byte(fmt.Sprint(round) + text))
		}
		if got := KeyFor(balancing.Hash, netip.Addr{}, text).roundCRC(round); got != want {
			t.Fatalf("got %08x, want %08x", got, want)
		}
	})
}

// TestAddrKey compares with the loop over bytes that nginx has.
func TestAddrKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address")
		addr, hashed := netip.AddrFrom16([16]byte(b)), b
		if rapid.Bool().Draw(t, "v4") {
			addr, hashed = netip.AddrFrom4([4]byte(b[:4])), b[:3]
		}
		h := rapid.Uint32Range(0, ipHashModulus-1).Draw(t, "h")
		k := KeyFor(balancing.IPHash, addr, "")
		got := (h*k.shift + k.sum) % ipHashModulus
		for _, c := range hashed {
			h = (h*113 + uint32(c)) % 6271
		}
		if got != h {
			t.Fatalf("%v: got %d, want %d", addr, got, h)
		}
	})
}

func TestEmptyKeys(t *testing.T) {
	if k := KeyFor(balancing.Hash, netip.MustParseAddr("192.0.2.1"), ""); k != (Key{}) {
		t.Errorf("an empty text has key %v", k)
	}
	if k := KeyFor(balancing.RoundRobin, netip.MustParseAddr("192.0.2.1"), "x"); k != (Key{}) {
		t.Errorf("round robin has key %v", k)
	}
	if a, b := KeyFor(balancing.IPHash, netip.Addr{}, ""), KeyFor(balancing.IPHash, netip.MustParseAddr("0.0.0.9"), ""); a != b {
		t.Errorf("no address has key %v, three zeros have %v", a, b)
	}
}

func TestSplitServer(t *testing.T) {
	for _, c := range [][3]string{
		{"10.0.0.1:80", "10.0.0.1", "80"},
		{"app", "app", ""},                          // no port in the text: nginx adds none
		{"[2001:db8::1]:80", "[2001:db8::1]", "80"}, // the last colon
		{"[2001:db8::1]", "[2001:db8::1]", ""},      // a colon, but no number behind it
		{"unix:/run/app.sock", "/run/app.sock", ""},
	} {
		if host, port := splitServer(c[0]); host != c[1] || port != c[2] {
			t.Errorf("%q: got %q %q", c[0], host, port)
		}
	}
}
