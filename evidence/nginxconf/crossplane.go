//go:build !386 && !arm && !mips && !mipsle

package nginxconf

import (
	"errors"
	"fmt"
	"strings"

	crossplane "github.com/nginxinc/nginx-go-crossplane"
)

// parse reads a file with all that it includes.
func (t *tree) parse(file string) (directives, error) {
	payload, err := crossplane.Parse(file, &crossplane.ParseOptions{
		Open: t.open, Glob: t.glob, CombineConfigs: true, StopParsingOnError: true,
		SkipDirectiveContextCheck: true,
	})
	if err != nil {
		return nil, t.said(file, err)
	}
	if len(payload.Errors) > 0 {
		return nil, t.said(file, payload.Errors[0].Error)
	}
	if len(payload.Config) == 0 || len(payload.Config[0].Parsed) == 0 {
		return nil, fmt.Errorf("%s: no directive is in it; want an nginx.conf or a file that one includes", file)
	}
	return own(payload.Config[0].Parsed), nil
}

// said is an error of the parser as one line that begins with the place.
func (t *tree) said(file string, err error) error {
	var wrong *crossplane.ParseError
	if errors.As(err, &wrong) {
		at := file
		if wrong.File != nil {
			at = *wrong.File
		}
		if wrong.Line != nil && *wrong.Line > 0 {
			at = fmt.Sprintf("%s:%d", at, *wrong.Line)
		}
		what := wrong.What
		if len(what) > 200 {
			what = what[:200] + " …"
		}
		return fmt.Errorf("%s: %s", at, what)
	}
	if strings.HasPrefix(err.Error(), file+":") { // as open says it
		return err
	}
	return fmt.Errorf("%s: %w", file, err)
}

// own are the parser's directives as ours.
func own(list crossplane.Directives) directives {
	if list == nil {
		return nil
	}
	all := make(directives, len(list))
	for i, d := range list {
		all[i] = &directive{d.Directive, d.Args, d.File, d.Line, own(d.Block), d.IsMapBlockParameter}
	}
	return all
}
