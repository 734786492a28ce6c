package foreign

import (
	"bufio"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/model/stats"
)

var triple = regexp.MustCompile(`([a-z+ ]+?) ([+-]\d+)/([+-]\d+)/([+-]\d+)`)

// Baselines reads the errors that simpler models were found to have, a block a
// line, and gives the median of each model's over the unseen blocks, in %:
// throughput of closed loads, p50, p95. A model that says nothing of a block is
// not asked about it.
func Baselines(r io.Reader) (map[string][3]float64, error) {
	errs := map[string]*[3][]float64{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		head, models, _ := strings.Cut(lines.Text(), "|")
		open := strings.Contains(head, " open ")
		seen := strings.Contains(head, " N=1 ") || strings.Contains(head, " N=2 ")
		if !open && seen && !strings.HasPrefix(head, "nodelimit") {
			continue
		}
		for _, m := range triple.FindAllStringSubmatch(models, -1) {
			name := strings.TrimSpace(m[1])
			if errs[name] == nil {
				errs[name] = &[3][]float64{}
			}
			for i, text := range m[2:] {
				off, err := strconv.ParseFloat(text, 64)
				if err != nil {
					return nil, err
				}
				if i > 0 || !open {
					errs[name][i] = append(errs[name][i], math.Abs(off))
				}
			}
		}
	}
	medians := map[string][3]float64{}
	for name, e := range errs {
		medians[name] = [3]float64{stats.Median(e[0]), stats.Median(e[1]), stats.Median(e[2])}
	}
	return medians, lines.Err()
}
