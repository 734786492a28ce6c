// Package tables reads tables of sizes and throughputs as people and tools write
// them: any separator, headings in many words, units in cells and headings,
// thousands, percentages, total rows. What a heading does not say is inferred
// from Little's law where that can tell it, and noted.
//
// Units: N is a number of instances, threads, clients, whatever was scaled; X is
// per second, or per another time that [Table.Period] says; times are in seconds.
//
// Start reading with [Read] and [Table].
package tables
