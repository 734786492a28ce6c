// Package recorded reads recorded runs of the real stack and works out what
// they cost.
//
// It answers: what did the real system do at each size, and what do the two
// smallest sizes alone say about the rest? The runs lie in testdata/live: nginx
// before N instances in containers with CPU limits, closed and open load, a
// line for each request.
//
// Assumptions: a run's figures are those of requests that were answered after
// its warm-up and before its load ended, which is what the simulator counts too.
//
// Units are in the names; S are seconds, Ms milliseconds, Rps per second.
//
// Deterministic: everything is a function of the files.
//
// Start reading at [Cell]; [ReadCalibration] is the only way by which a
// calibration should get cells, since it cannot see the sizes to be predicted.
package recorded
