// Package schema holds the JSON Schemas (draft 2020-12) of what velocitas reads
// and writes.
//
// It answers: what may stand in such a file, for an editor or another program?
// velocitas itself does not read them; its own checks say more (they know what
// must hold between keys), and a test keeps the two in step. The schemas are
// constant. Start reading at [Of].
package schema

import "embed"

//go:embed *.json
var files embed.FS

// Names are the kinds of file that have a schema.
func Names() []string {
	return []string{"compare", "curve", "fit", "import", "knee", "lint", "live", "plan", "profile", "scenario", "what-if"}
}

// Of is the schema of a kind of file, and whether there is one.
func Of(name string) ([]byte, bool) {
	data, err := files.ReadFile(name + ".json")
	return data, err == nil
}
