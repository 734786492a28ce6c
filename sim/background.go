package sim

// background is the store's own work. A memtable is flushed each time so many
// bytes have been written, and with each so-many-th flush level 0 is
// compacted; both take CPU from the instance that wrote.
type background struct {
	everyBytes   int64
	flushNs      float64
	everyFlushes int
	compactNs    float64
	share        float64 // of the instance's CPU while requests are in service

	written int64 // bytes since the last flush
	flushes int
	leftNs  float64 // CPU time of background work still to do
	rate    float64 // cores on it now
}

// write accounts for bytes written and tells whether that began new work.
func (b *background) write(bytes int64) bool {
	if b.everyBytes == 0 {
		return false
	}
	b.written += bytes
	began := false
	for b.written >= b.everyBytes {
		b.written -= b.everyBytes
		b.leftNs += b.flushNs
		b.flushes++
		if b.everyFlushes > 0 && b.flushes%b.everyFlushes == 0 {
			b.leftNs += b.compactNs
		}
		began = true
	}
	return began
}
