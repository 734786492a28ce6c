package fit_test

import (
	"fmt"
	"strings"

	"github.com/k9mil/velocitas/model/fit"
	"github.com/k9mil/velocitas/model/fit/tables"
)

// A ray tracer on 1 to 64 processors (Gunther 2007): contention without
// coherency, so there is no peak, and 400 rays/s are out of reach.
func Example() {
	rows, err := tables.Read(strings.NewReader(`
		processors, rays/s
		1, 20
		4, 78
		8, 130
		12, 170
		16, 190
		20, 200
		24, 210
		28, 230
		32, 260
		48, 280
		64, 310
	`), "raytracer.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := fit.Fit(rows, fit.Options{Predict: []float64{96, 200}, Reach: []float64{300, 400}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Best)
	for _, p := range report.Predictions[:2] {
		fmt.Printf("%.0f processors: %.0f to %.0f rays/s, untrusted %v\n", p.N, *p.Lo, *p.Hi, p.Untrusted)
	}
	for _, a := range report.Reached[:2] {
		fmt.Printf("%.0f rays/s reachable: %v\n", a.X, a.N != nil)
	}
	// Output:
	// amdahl
	// 96 processors: 252 to 383 rays/s, untrusted false
	// 200 processors: 193 to 474 rays/s, untrusted true
	// 300 rays/s reachable: true
	// 400 rays/s reachable: false
}
