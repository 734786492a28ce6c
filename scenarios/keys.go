package scenarios

import (
	"net/netip"
	"strconv"
)

// What requests bring for policies that hash, the same in simulation and for
// real: nginx takes the key as it is, and of an address the first three bytes.

// HashKey is the i-th of load.hash_keys.
func HashKey(i int) string { return "key-" + strconv.Itoa(i) }

// AppendHashKey appends the same to b.
func AppendHashKey(b []byte, i int) []byte {
	return strconv.AppendInt(append(b, "key-"...), int64(i), 10)
}

// NetworkAddress is an address in the i-th of load.networks, of which there are
// at most 2^24.
func NetworkAddress(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10 + byte(i>>16), byte(i >> 8), byte(i), 1})
}
