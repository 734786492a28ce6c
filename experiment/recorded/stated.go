package recorded

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/experiment"
	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/model"
)

// Stated is what docs/research/accuracy.md says, in a form that a test can read.
type Stated struct {
	Digests   map[string]string `json:"digests"` // of the frozen profiles
	Summaries []Summary         `json:"summaries"`
	Knees     []Knee            `json:"knees"`
}

// State assesses the runs and puts all that is to be stated together.
func State(ctx context.Context, predict experiment.Predictor, cells []*Cell, f *Frozen) (*Stated, []Row, error) {
	rows, err := Assess(ctx, predict, cells, f)
	if err != nil {
		return nil, nil, err
	}
	knees, err := Knees(ctx, predict, cells, rows, f)
	if err != nil {
		return nil, nil, err
	}
	return &Stated{Digests: f.Digests, Summaries: Summarise(rows, cells), Knees: knees}, rows, nil
}

// ReadStated reads what Write wrote.
func ReadStated(path string) (*Stated, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &Stated{}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Write writes it to a file.
func (s *Stated) Write(path string) error {
	data, err := model.Encode(s)
	if err != nil {
		return err
	}
	return output.Write(output.File{Path: path, Data: data})
}

// Coverage is the share of measured values inside their predicted intervals.
func (s *Stated) Coverage(setting Setting) (inside, rows int) {
	for _, sum := range s.Summaries {
		if sum.Setting == setting && sum.Set == All {
			inside, rows = inside+sum.Inside, rows+sum.Rows
		}
	}
	return inside, rows
}

// Tables are the tables of docs/research/accuracy.md.
func (s *Stated) Tables() string {
	var b strings.Builder
	b.WriteString("| asked | reached | holds | likely if the model is right |\n|---|---|---|--:|\n")
	for _, g := range s.Goals() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", g.Asked, g.Reached, g.Holds, g.Likely)
	}
	b.WriteString("\n")
	for _, setting := range Settings {
		inside, rows := s.Coverage(setting)
		fmt.Fprintf(&b, "**%s** (measured value inside the predicted 95 %% interval: %d of %d)\n\n", title[setting], inside, rows)
		b.WriteString("| figure | runs | runs predicted | error, median | worst | by chance | noise floor | inside | " + strings.Join(experiment.Methods, " | ") + " |\n")
		b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|" + strings.Repeat("--:|", len(experiment.Methods)) + "\n")
		for _, sum := range s.Summaries {
			if sum.Setting == setting {
				b.WriteString(sum.line())
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("**Knee** (fewest instances that do 95 % of the most work of all sizes)\n\n| runs | repeat | measured | predicted |\n|---|--:|--:|--:|\n")
	for _, k := range s.Knees {
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", k.Set, k.Repeat, k.Measured, k.Predicted)
	}
	return b.String()
}

var title = map[Setting]string{
	Mechanism: "Mechanism: CPU time per request from the run itself",
	Full:      "Full: everything from one and two instances",
}

func (s Summary) line() string {
	noise := "–"
	if s.Noise > 0 {
		noise = percent(s.Noise)
	}
	cols := []string{s.Metric, s.Set, fmt.Sprint(s.Rows), percent(s.Median), percent(s.Worst), percent(s.Chance), noise, fmt.Sprintf("%d of %d", s.Inside, s.Rows)}
	for _, name := range experiment.Methods {
		cols = append(cols, percent(s.Baselines[name]))
	}
	return "| " + strings.Join(cols, " | ") + " |\n"
}

func percent(x float64) string { return fmt.Sprintf("%.1f %%", x*100) }

// Worse lists in what a new assessment is worse than what is stated, beyond
// what is rounded away.
func (s *Stated) Worse(now *Stated) []string {
	var worse []string
	for _, is := range now.Summaries {
		at := slices.IndexFunc(s.Summaries, func(w Summary) bool {
			return w.Setting == is.Setting && w.Set == is.Set && w.Metric == is.Metric
		})
		if at < 0 {
			worse = append(worse, fmt.Sprintf("%s, %s, %s: nothing is stated", is.Setting, is.Set, is.Metric))
			continue
		}
		was := s.Summaries[at]
		if is.Median > was.Median+rounding || is.Worst > was.Worst+rounding || is.Inside < was.Inside || is.Rows != was.Rows {
			worse = append(worse, fmt.Sprintf("%s, %s, %s: stated median %s, worst %s, inside %d of %d; now %s, %s, %d of %d", is.Setting, is.Set, is.Metric,
				percent(was.Median), percent(was.Worst), was.Inside, was.Rows, percent(is.Median), percent(is.Worst), is.Inside, is.Rows))
		}
	}
	for i, k := range now.Knees {
		if i >= len(s.Knees) || distance(k) > distance(s.Knees[i]) {
			worse = append(worse, fmt.Sprintf("knee of %s, repeat %d: predicted %d, measured %d", k.Set, k.Repeat, k.Predicted, k.Measured))
		}
	}
	return worse
}

// rounding is half of the last digit that is stated, and a little.
const rounding = 0.00051

func distance(k Knee) int { return max(k.Measured-k.Predicted, k.Predicted-k.Measured) }
