package experiment

import "github.com/k9mil/velocitas/model"

// ReportSchema names the format of a Report.
const ReportSchema = "velocitas.live/1"

// Report is what a run found, as velocitas live --json prints it and --validate
// writes it.
type Report struct {
	Schema string `json:"schema"`
	// Profile is the one that was made of the sizes in Calibrated.
	Profile    *model.ProfileRef `json:"profile,omitempty"`
	Calibrated []int             `json:"calibrated,omitempty"`
	// Rows are the full error; of a validation those of the sizes that were not
	// calibrated on, for which Mechanism holds the simulator's own.
	Rows      []Row      `json:"rows,omitempty"`
	Mechanism []Row      `json:"mechanism,omitempty"`
	Baselines []Baseline `json:"baselines,omitempty"`
	// Speed is that of a Validation; 0 for none.
	Speed     float64      `json:"speed,omitempty"`
	Notes     []string     `json:"notes"`
	Measured  *model.Curve `json:"measured"`
	Predicted *model.Curve `json:"predicted,omitempty"`
}

// Report is the result in the form in which it is written.
func (r *Result) Report() *Report {
	report := &Report{Schema: ReportSchema, Calibrated: r.Calibrated, Rows: r.Rows,
		Notes: append([]string{}, r.Notes...), Measured: r.Measured, Predicted: r.Predicted}
	if r.Profile != nil {
		report.Profile = r.Profile.Ref()
	}
	return report
}

// Report is the validation in the form in which it is written.
func (v *Validation) Report() *Report {
	report := v.Result.Report()
	report.Mechanism, report.Baselines, report.Speed = v.Mechanism, v.Baselines, v.Speed
	return report
}
