// Package accesslog reads lines of access logs: text in any log_format of nginx,
// JSON and LTSV.
//
// A [Format] is compiled from a log_format or inferred from the first lines. It
// parses a line without allocating: what it finds are slices of that line. It
// knows nothing of files, classes or statistics; package evidence does that.
//
// Times are nanoseconds, -1 where a line has none.
package accesslog
