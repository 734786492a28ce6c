// Package evidence reads what people have of a system: access logs, results of
// load generators, and accounts of CPU time.
//
// A [Source] is one such file, recognised by its content. [Read] sums it up as a
// [Result]: totals, a latency distribution, classes of requests, instances, and
// what its format cannot say. [Requests] hands out the requests one by one where
// the file has them. [Curve] makes one curve of several results.
//
// Files are read as streams: memory does not grow with them. Lines that cannot
// be used are counted and the first three are kept; a file with nothing that can
// be used is an error of type [*strict.Error]. All times are nanoseconds unless
// a name says otherwise, and what is not known is -1.
package evidence
