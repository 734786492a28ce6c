package lint

import (
	"encoding/json"
	"io"
)

// Schema names the format of the JSON of findings.
const Schema = "velocitas.lint/1"

// Report is what a run found, as JSON has it.
type Report struct {
	Schema   string    `json:"schema"`
	Findings []Finding `json:"findings"`
}

// WriteJSON writes findings as JSON.
func WriteJSON(w io.Writer, found []Finding) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(Report{Schema, found})
}

// WriteSARIF writes findings in the format of code scanners, SARIF 2.1.0 (OASIS).
func WriteSARIF(w io.Writer, version string, found []Finding) error {
	type text struct {
		Text string `json:"text"`
	}
	type rule struct {
		ID    string `json:"id"`
		Short text   `json:"shortDescription"`
	}
	type artifact struct {
		URI string `json:"uri"`
	}
	type region struct {
		StartLine int `json:"startLine"`
	}
	type physical struct {
		Artifact artifact `json:"artifactLocation"`
		Region   *region  `json:"region,omitempty"`
	}
	type location struct {
		Physical physical `json:"physicalLocation"`
	}
	type result struct {
		RuleID    string     `json:"ruleId"`
		Level     string     `json:"level"`
		Message   text       `json:"message"`
		Locations []location `json:"locations"`
	}
	var described []rule
	for _, r := range rules {
		described = append(described, rule{r.Name, text{r.Why}})
	}
	results := []result{}
	for _, f := range found {
		at := physical{Artifact: artifact{f.File}}
		if f.Line > 0 {
			at.Region = &region{f.Line}
		}
		results = append(results, result{f.Rule, f.Level, text{f.Message + ": " + f.Why + ". Better: " + f.Remedy}, []location{{at}}})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []any{map[string]any{
			"tool":    map[string]any{"driver": map[string]any{"name": "velocitas", "version": version, "rules": described}},
			"results": results,
		}},
	})
}
