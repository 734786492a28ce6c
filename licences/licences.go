// Package licences has the licences and notices of all that a velocitas
// executable contains, which whoever passes one on must pass on, too.
package licences

import _ "embed"

//go:generate ./generate

// Text is the licences, each below a line of equals signs and the module's name
// and version.
//
//go:embed notices.txt
var Text string
