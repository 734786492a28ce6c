package nginx

import (
	"hash/crc32"
	"net/netip"

	"github.com/k9mil/velocitas/scenarios/balancing"
)

// Key is what a request brings to a policy that hashes, worked out ahead so that
// choosing needs neither text nor memory: for IPHash the client's address, for
// Hash and HashConsistent the text of the key. The zero Key is an empty text,
// for which these two turn to round robin.
//
// Both hashes are linear, so a key is a pair: hashing it after something else
// gives shift·(hash of that) + sum, in the arithmetic of the hash.
type Key struct{ sum, shift uint32 }

// KeyFor works out the key of a request from client with the given hash text, such
// as the value of "$arg_k", under a policy. It looks only at what it needs.
func KeyFor(p balancing.Policy, client netip.Addr, text string) Key {
	switch p.Facts().Key {
	case balancing.Address:
		return addrKey(client)
	case balancing.Text:
		return textKey([]byte(text))
	}
	return Key{}
}

// KeyOf is KeyFor with a text that is in memory of the caller's, which takes none.
func KeyOf(p balancing.Policy, client netip.Addr, text []byte) Key {
	if p.Facts().Key == balancing.Address {
		return addrKey(client)
	}
	return textKey(text)
}

// addrKey is of the first three bytes of an IPv4 address, of all 16 of an IPv6
// address, and of three zeros if there is no address (a Unix socket).
func addrKey(a netip.Addr) Key {
	var b []byte
	switch {
	case a.Is4():
		b4 := a.As4()
		b = b4[:3]
	case a.Is6():
		b16 := a.As16()
		b = b16[:]
	default:
		b = make([]byte, 3)
	}
	k := Key{shift: 1}
	for _, c := range b {
		k.sum = (k.sum*ipHashFactor + uint32(c)) % ipHashModulus
		k.shift = k.shift * ipHashFactor % ipHashModulus
	}
	return k
}

func textKey(text []byte) Key {
	if len(text) == 0 {
		return Key{}
	}
	return Key{sum: crc32.ChecksumIEEE(text), shift: crcShift(len(text))}
}

// crcShift is x^(8n) modulo the CRC-32 polynomial, with the bits reflected as in
// the CRC itself: what n more bytes do to a checksum.
func crcShift(n int) uint32 {
	s := uint32(1) << 31
	for range 8 * n {
		s = crcTimesX(s)
	}
	return s
}

func crcTimesX(a uint32) uint32 { return a>>1 ^ crc32.IEEE&-(a&1) }

// crcAfter is the CRC-32 of a text with checksum before, followed by the key.
func (k Key) crcAfter(before uint32) uint32 {
	product, a := uint32(0), before
	for b := k.shift; b != 0; b <<= 1 {
		product ^= a & -(b >> 31)
		a = crcTimesX(a)
	}
	return product ^ k.sum
}
