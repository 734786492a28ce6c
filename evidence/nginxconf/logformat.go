package nginxconf

import (
	"slices"
	"strings"
)

// LogFormat is a log_format by its name: the text that follows it, without quotes.
type LogFormat struct{ Name, Text string }

// LogFormats are the log formats of a configuration, whole or a file that one
// includes, in its order. Unlike [Read] it does not ask that requests are passed on.
// The error is one line with the place of what is wrong.
func LogFormats(file string) ([]LogFormat, error) {
	var t tree
	list, err := t.parse(file)
	if err != nil {
		return nil, err
	}
	return formats(list), nil
}

func formats(list directives) (found []LogFormat) {
	for _, d := range list {
		if d.Directive == "log_format" && len(d.Args) >= 2 {
			words := slices.DeleteFunc(slices.Clone(d.Args[1:]), func(a string) bool { return strings.HasPrefix(a, "escape=") })
			found = append(found, LogFormat{d.Args[0], strings.Join(words, "")})
		} else if d.IsBlock() {
			found = append(found, formats(d.Block)...)
		}
	}
	return found
}
