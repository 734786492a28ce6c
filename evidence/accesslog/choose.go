package accesslog

// Choose makes the format that most of some lines have, of log_format texts that a
// log may be in: of two with as many, the one that says more. It is nil where half
// of the lines have none of them. Texts that [Compile] refuses are left out.
func Choose(lines [][]byte, texts []string) *Format {
	var best *Format
	most := 0
	for _, text := range texts {
		f, err := Compile(text)
		if err != nil {
			continue
		}
		n := 0
		var l Line
		for _, line := range lines {
			if f.Parse(line, &l) {
				n++
			}
		}
		if n > most || n == most && n > 0 && len(f.pieces) > len(best.pieces) {
			best, most = f, n
		}
	}
	if best == nil || 2*most < len(lines) {
		return nil
	}
	return best
}
