package plots

// entry is one thing in the legend: a sample and its name.
type entry struct {
	name   string
	look   look
	line   float64
	form   intervalForm
	hollow bool
	failed bool
	offset float64 // from the row's start
}

// sampleWidth is the length of a sample: of a line or, shorter, of a sign.
func (e entry) sampleWidth() float64 {
	if e.line > 0 || e.form == band {
		return 30
	}
	return 12
}

// entries lists the series of all panels once each, by name, and then what
// the signs in them mean.
func (f *figure) entries() []entry {
	var es []entry
	var bandOf, barsOf, hollowOf, failingOf *look
	for _, p := range f.panels {
		for _, s := range p.series {
			l := s.look
			asBand := s.interval == band && len(s.points) > 1
			uncertain := s.uncertain()
			if uncertain && asBand && bandOf == nil {
				bandOf = &l
			}
			if uncertain && !asBand && barsOf == nil {
				barsOf = &l
			}
			if hollowOf == nil && s.hollow() {
				hollowOf = &l
			}
			if failingOf == nil && s.failing() {
				failingOf = &l
			}
			es = addEntry(es, s)
		}
	}
	if hollowOf != nil {
		es = append(es, entry{name: "no steady state", look: *hollowOf, hollow: true})
	}
	if failingOf != nil {
		es = append(es, entry{name: "1 % or more of requests fail", look: *failingOf, failed: true})
	}
	if bandOf != nil {
		es = append(es, entry{name: "95 % interval", look: *bandOf, form: band})
	}
	if bandOf == nil && barsOf != nil {
		es = append(es, entry{name: f.barsMean(), look: *barsOf, form: bars})
	}
	return es
}

// barsMean is what bars reach from and to.
func (f *figure) barsMean() string {
	if f.bars != "" {
		return f.bars
	}
	return "95 % interval"
}

// addEntry adds a series unless its name is there; then its marker joins in.
func addEntry(es []entry, s series) []entry {
	if s.name == "" {
		return es
	}
	for i := range es {
		if es[i].name == s.name {
			es[i].look.marker = max(es[i].look.marker, s.look.marker)
			return es
		}
	}
	if s.interval == layer {
		return append(es, entry{name: s.name, look: s.look, form: layer})
	}
	return append(es, entry{name: s.name, look: s.look, line: s.width})
}

// uncertain tells whether the series shows an interval at any point.
func (s series) uncertain() bool {
	for _, p := range s.points {
		if s.interval != noInterval && s.interval != layer && p.Lo < p.Hi {
			return true
		}
	}
	return false
}

func (s series) hollow() bool {
	for _, p := range s.points {
		if p.Hollow && s.look.marker != noMarker {
			return true
		}
	}
	return false
}

func (s series) failing() bool {
	for _, p := range s.points {
		if p.Failing && !s.ends {
			return true
		}
	}
	return false
}

// legendRows sets entries in rows of at most the width.
func legendRows(es []entry, width float64) [][]entry {
	var rows [][]entry
	x := 0.0
	for _, e := range es {
		e.name = labelType.fit(plain(e.name), width-e.sampleWidth()-6)
		w := e.sampleWidth() + 6 + labelType.width(e.name)
		if len(rows) == 0 || x+w > width {
			rows, x = append(rows, nil), 0
		}
		e.offset = x
		rows[len(rows)-1] = append(rows[len(rows)-1], e)
		x += w + 20 + 0.05*labelType.width(e.name) // another font may be wider
	}
	return rows
}

func (p pen) legendRow(row []entry, y float64) {
	for _, e := range row {
		l, r := margin+e.offset, margin+e.offset+e.sampleWidth()
		mid := vec{(l + r) / 2, y + 4}
		switch {
		case e.form == band:
			p.fill(e.look.band(), vec{l, y - 1}, vec{r, y - 1}, vec{r, y + 9}, vec{l, y + 9})
		case e.form == layer:
			p.swatch(e.look, l, r, y-1, y+9)
		case e.form == bars:
			area{pen: p, y: axis{hi: 1}, bottom: y - 3, top: y + 11, x: axis{hi: 1}, left: mid.x, right: mid.x}.
				drawBars(e.look, []Mark{{Lo: 0, Hi: 1}})
		case e.hollow:
			p.mark(e.look, mid, true)
		case e.failed:
			p.cross(mid)
			p.mark(e.look, mid, false)
		default:
			if e.line > 0 {
				p.line(stroke{e.look.colour, e.line, e.look.dash}, vec{l, mid.y}, vec{r, mid.y})
			}
			p.mark(e.look, mid, false)
		}
		p.text(labelType, vec{r + 6, y}, e.name)
	}
}
