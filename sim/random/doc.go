// Package random gives the simulator its random numbers.
//
// It answers: which number comes next on the stream with this name? A stream
// is named by (seed, replication, purpose, index) and knows nothing of any
// other, so adding an instance or a retry leaves every other stream alone, and
// two policies can be compared under the same arrivals.
//
// Deterministic means the same bits on every processor: logarithm and
// exponential are computed here, since the standard library's differ in the
// last bit between architectures, and every product is converted before it is
// added, since Go may otherwise fuse the two. Start reading at Stream.
package random
