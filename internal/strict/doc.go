// Package strict reads YAML and JSON files into Go structs and says in one
// line what is wrong with a file: its name, the line, the key, and what would
// be right.
//
// It answers: is this file what it should be, and if not, where and why?
//
// It is stricter than the usual decoders. Unknown and repeated keys are
// errors, with the nearest known key as a hint. Numbers are finite and decimal.
// A key without a value is an error. YAML is read as plain data: one document,
// no anchors, aliases, merge keys or tags, so that a small file stays small in
// memory. The keys of a struct are those of its json tags, in both languages.
//
// Everything here is deterministic: of several faults the first in the file is
// reported. Start reading at [Document].
package strict
