package plots

// placed is a note with its place on paper.
type placed struct {
	note
	left float64 // of the text
}

// placeNotes sets the notes of a panel in rows so that none runs into another,
// each starting at what it marks or, near the right edge, ending there. It counts
// those that find no place in the last row.
func placeNotes(p panel, left, right float64) (rows [][]placed, lost int) {
	a := area{x: p.x, left: left, right: right}
	for _, n := range p.notes {
		if n.text == "" {
			continue
		}
		n.text = remarkType.fit(plain(n.text), right-left)
		w := remarkType.width(n.text)
		pl := placed{n, max(left, min(a.atX(n.x), right-w))}
		row := freeRow(rows, pl)
		if row == noteRows {
			lost++
			continue
		}
		if row == len(rows) {
			rows = append(rows, nil)
		}
		rows[row] = append(rows[row], pl)
	}
	return rows, lost
}

// freeRow is the first row whose last note ends before pl starts.
func freeRow(rows [][]placed, pl placed) int {
	for i, row := range rows {
		last := row[len(row)-1]
		if last.left+remarkType.width(last.text)+14 <= pl.left {
			return i
		}
	}
	return len(rows)
}
