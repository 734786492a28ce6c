package plots

import "strings"

// figure is one chart: a title that says what it shows, a line that says of
// what, a legend, and panels that share the horizontal axis, top to bottom.
type figure struct {
	bars     string // what bars are, where that is not an interval
	title    string
	subtitle []string
	panels   []panel
	remarks  []string // below the chart, in words
}

// panel is one frame with its axes.
type panel struct {
	x, y   axis
	series []series
	notes  []note // above the frame, at places of the horizontal axis
	spans  []span // shaded
	height float64
	empty  string // said where there is nothing to draw
	rows   bool   // ticks of the vertical axis are names
	ownX   bool   // has a horizontal axis of its own, not the figure's
}

// note marks a place on the horizontal axis and says what is there.
type note struct {
	x    float64
	text string
	line bool // draw a line down the panel
}

// span is a stretch of the horizontal axis.
type span struct{ from, to float64 }

// Lengths in points.
const (
	paperWidth  = 640.0
	margin      = 22.0
	frameRight  = paperWidth - margin - 12
	panelHeight = 262.0
	lineHeight  = 16.0
	noteRows    = 3
)

// left is where frames begin: right of the widest label of all panels.
func (f *figure) left() float64 {
	width := 0.0
	for _, p := range f.panels {
		for _, t := range p.y.ticks {
			width = max(width, tickType.width(t.label))
		}
	}
	return margin + width + 8
}

// frameWidth is the length of the horizontal axis when labels beside the
// vertical one are as wide as these.
func frameWidth(y ...axis) float64 {
	f := figure{}
	for _, a := range y {
		f.panels = append(f.panels, panel{y: a})
	}
	return frameRight - f.left()
}

// plan is a figure measured: where everything goes, in points from the top.
type plan struct {
	title    []string
	subtitle []string
	legend   [][]entry
	rows     [][][]placed // of the notes of each panel
	remarks  []string
	height   float64
}

func (f *figure) plan() plan {
	const width = paperWidth - 2*margin
	p := plan{
		title:    titleLines(f.title, width),
		subtitle: noteType.wrap(f.subtitle, width),
		legend:   legendRows(f.entries(), width),
	}
	for _, r := range f.remarks {
		p.remarks = append(p.remarks, words(remarkType, r, width)...)
	}
	p.height = margin + titleType.size + titleLine*float64(len(p.title)-1) + 6
	p.height += lineHeight * float64(len(p.subtitle))
	p.height += 8 + legendHeight*float64(len(p.legend))
	for _, pa := range f.panels {
		rows, _ := placeNotes(pa, f.left(), frameRight)
		p.rows = append(p.rows, rows)
		p.height += pa.headHeight(len(rows)) + pa.footHeight() + pa.height + panelGap
	}
	p.height += lineHeight*float64(len(p.remarks)) + margin/2
	if !f.panels[0].ownX {
		p.height += 2 * lineHeight
	}
	return p
}

// titleLines breaks a title into lines, of which it has two at most.
func titleLines(title string, width float64) []string {
	lines := words(titleType, plain(title), width)
	switch {
	case len(lines) == 0:
		return []string{""}
	case len(lines) > titleMost:
		rest := strings.Join(lines[titleMost-1:], " ")
		lines = append(lines[:titleMost-1], titleType.fit(rest, width))
	}
	return lines
}

const (
	titleMost = 2
	titleLine = 22.0

	legendHeight = 20.0
	panelGap     = 12.0
)

// headHeight is the room above a frame: the vertical axis' title and notes.
func (p panel) headHeight(rows int) float64 {
	return lineHeight + 14 + lineHeight*float64(rows)
}

// footHeight is the room below a frame with a horizontal axis of its own.
func (p panel) footHeight() float64 {
	if p.ownX {
		return lineHeight + 2
	}
	return 0
}

// draw draws the figure on paper of the planned height.
func (f *figure) draw(p pen, pl plan) {
	p.fill(white, vec{0, 0}, vec{paperWidth, 0}, vec{paperWidth, pl.height}, vec{0, pl.height})
	y := pl.height - margin - titleType.size + 4
	p.text(titleType, vec{margin, y}, pl.title[0])
	for _, s := range pl.title[1:] {
		y -= titleLine
		p.text(titleType, vec{margin, y}, s)
	}
	y -= 6
	for _, s := range pl.subtitle {
		y -= lineHeight
		p.text(noteType, vec{margin, y}, s)
	}
	y -= 12
	for _, row := range pl.legend {
		y -= legendHeight
		p.legendRow(row, y+5)
	}
	var a area
	for i, pa := range f.panels {
		y -= pa.headHeight(len(pl.rows[i]))
		a = area{p, pa.x, pa.y, f.left(), frameRight, y - pa.height, y}
		pa.draw(a, pl.rows[i])
		if pa.ownX {
			a.xLabels(a.bottom - lineHeight)
		}
		y -= pa.height + pa.footHeight() + panelGap
	}
	y += panelGap
	if !f.panels[0].ownX {
		a.xLabels(y - lineHeight)
		y -= 2*lineHeight + 2
		p.textTo(labelType, vec{(a.left + a.right) / 2, y}, centred, a.x.title)
	}
	y -= 4
	for _, r := range pl.remarks {
		y -= lineHeight
		p.text(remarkType, vec{margin, y}, r)
	}
}

func (p panel) draw(a area, rows [][]placed) {
	for _, s := range p.spans {
		l, r := a.atX(s.from), a.atX(s.to)
		a.fill(shade, vec{l, a.bottom}, vec{r, a.bottom}, vec{r, a.top}, vec{l, a.top})
	}
	a.frame()
	for _, n := range p.notes {
		if n.line {
			x := a.atX(n.x)
			a.line(stroke{rule, 1, []float64{2, 3}}, vec{x, a.bottom}, vec{x, a.top})
		}
	}
	head := a.top + 12 + lineHeight*float64(len(rows))
	a.text(headType, vec{margin, head}, p.y.title)
	for i, row := range rows {
		y := a.top + 7 + lineHeight*float64(len(rows)-1-i)
		for _, n := range row {
			a.text(remarkType, vec{n.left, y}, n.text)
		}
	}
	if !a.some(p.series) {
		a.textTo(labelType, vec{(a.left + a.right) / 2, (a.top + a.bottom) / 2}, centred, p.empty)
		return
	}
	a.draw(p.series)
}

// frame draws the lines across at the vertical axis' ticks, their labels, and
// the horizontal axis.
func (a area) frame() {
	for _, t := range a.y.ticks {
		y := a.atY(t.value)
		if t.label == "" {
			a.line(stroke{rule, 0.75, nil}, vec{a.left - 3, y}, vec{a.left, y})
			continue
		}
		across := stroke{hair, 1, nil}
		if t.value == 0 && a.y.lo < 0 {
			across.colour = rule
		}
		a.line(across, vec{a.left, y}, vec{a.right, y})
		a.textTo(tickType, vec{a.left - 6, y - 4}, toRight, t.label)
	}
	a.line(stroke{rule, 1, nil}, vec{a.left, a.bottom}, vec{a.right, a.bottom})
	for _, t := range a.x.ticks {
		x := a.atX(t.value)
		a.line(stroke{rule, 1, nil}, vec{x, a.bottom}, vec{x, a.bottom - 4})
	}
}

func (a area) xLabels(y float64) {
	for _, t := range a.x.ticks {
		a.textTo(tickType, vec{a.atX(t.value), y}, centred, t.label)
	}
}

// words breaks a sentence into lines.
func words(t typeface, s string, width float64) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(s) {
		w = t.fit(w, width)
		if line != "" && t.width(line+" "+w) > width {
			lines = append(lines, line)
			line = w
			continue
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
