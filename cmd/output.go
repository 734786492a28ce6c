package cmd

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/k9mil/velocitas/internal/strict"
)

// The formats of --format.
const (
	asTable    = "table"
	asCSV      = "csv"
	asMarkdown = "markdown"
	asJSON     = "json"
)

var formats = []string{asTable, asCSV, asMarkdown, asJSON}

// outFlags is how a command shows what it found, and where it leaves files: flags
// that mean the same wherever they are.
type outFlags struct {
	format           string
	width            int
	out              string
	json, svg, quiet bool
}

// add adds the flags; files says what is written into the folder, "" if nothing
// ever is, and result what is printed as JSON.
func (o *outFlags) add(c *cobra.Command, result, files string) {
	f := c.Flags()
	f.StringVar(&o.format, "format", asTable, "how tables are printed: "+strings.Join(formats, ", "))
	f.BoolVar(&o.json, "json", false, "print the "+result+" as JSON and nothing else, and write no files unless --out is given; the same as --format json")
	f.IntVar(&o.width, "width", 0, "columns of text that a table may take, 0 for any number; by default the terminal's, or 80 where there is none")
	f.BoolVar(&o.quiet, "quiet", false, "print the table and warnings only, and no progress")
	if files != "" {
		f.StringVar(&o.out, "out", "reports", "folder for "+files+`; "" writes none`)
		f.BoolVar(&o.svg, "svg", false, "write the pictures as SVG, too")
	}
}

// settle checks the flags once they are read, and fills in what was not said.
func (o *outFlags) settle(c *cobra.Command) error {
	changed := c.Flags().Changed
	switch {
	case !slices.Contains(formats, o.format):
		return usage("--format: wants %s, not %s%s", listedOr(formats), strict.Quote(o.format), strict.Hint(o.format, formats))
	case o.json && changed("format") && o.format != asJSON:
		return usage("--json and --format %s contradict each other; give one of them", o.format)
	case o.width < 0 || o.width > 10_000:
		return usage("--width: wants 0 to 10000 columns, not %d", o.width)
	}
	o.json = o.json || o.format == asJSON
	if o.json {
		o.format = asJSON
		if !changed("out") {
			o.out = ""
		}
	}
	if !changed("width") {
		o.width = widthOf(c.OutOrStdout())
	}
	return nil
}

// page is an empty page of that format and width.
func (o *outFlags) page() *page { return &page{format: o.format, width: o.width} }

// withoutTerminal is how wide output is that goes into no terminal.
const withoutTerminal = 80

// widthOf is how many columns of text fit into w.
func widthOf(w io.Writer) int {
	if f, ok := fileOf(w); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return withoutTerminal
}

// page collects what a command prints: tables in the form that was asked for,
// and sentences around them, none wider than the page.
type page struct {
	format string
	width  int // 0 for any

	result bytes.Buffer
	aside  bytes.Buffer // sentences, where the result is for tables alone
	text   bytes.Buffer // sentences that are not placed yet
	tables int
}

// Write takes sentences. Lines that are too wide are broken between words.
func (p *page) Write(b []byte) (int, error) { return p.text.Write(b) }

// table places a table.
func (p *page) table(g *grid) {
	p.place()
	p.tables++
	switch p.format {
	case asCSV:
		if p.tables > 1 {
			p.result.WriteByte('\n')
		}
		g.csv(&p.result)
	case asMarkdown:
		g.markdown(&p.result)
	default:
		g.textWithin(&p.result, p.width)
	}
}

// place moves the sentences that were written to where they belong.
func (p *page) place() {
	to := &p.result
	if p.format == asCSV {
		to = &p.aside
	}
	for p.text.Len() > 0 {
		line, err := p.text.ReadString('\n')
		body := strings.TrimSuffix(line, "\n")
		if p.width > 0 && p.format != asMarkdown && columnsOf(body) > p.width {
			indent := body[:len(body)-len(strings.TrimLeft(body, " "))]
			body = wrapAt(body, indent+"  ", 0, p.width)
		}
		to.WriteString(body)
		if err == nil {
			to.WriteByte('\n')
		}
	}
}

// print writes the page: results to stdout in one write, and what does not
// belong there to stderr.
func (p *page) print(stdout, stderr io.Writer) error {
	p.place()
	aside := strings.TrimLeft(p.aside.String(), "\n")
	for strings.Contains(aside, "\n\n\n") { // where a table was
		aside = strings.ReplaceAll(aside, "\n\n\n", "\n\n")
	}
	if _, err := io.WriteString(stderr, aside); err != nil {
		return err
	}
	_, err := stdout.Write(p.result.Bytes())
	return err
}

// listedOr is words in a sentence: "a, b or c".
func listedOr(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
