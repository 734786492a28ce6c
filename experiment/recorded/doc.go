// Package recorded runs experiments over recorded runs of the real stack.
//
// It answers: calibrated on one and two instances only, how wrong are predictions
// of three to eight? The runs lie in testdata/live: nginx before N instances in
// containers with CPU limits, closed and open load, a line for each request. A run
// becomes a block of a measurement, and from there on everything is package
// experiment's, as in the command: what is published is the error of what people
// use.
//
// The protocol. [Choose] makes the profiles from the runs of one and two instances;
// they lie in testdata/live/frozen. [Assess] then predicts the other runs. Two
// errors are kept apart. Mechanism: the speed of the machine is such that a
// simulated request costs the CPU time that it did in the run, and everything else
// is frozen; this is the simulator's own error. Full: the speed is frozen too, so
// the drift of the machine from run to run is in it.
//
// Assumptions: the runs of a set differ in nothing but the number of instances,
// the clients or the rate, and the speed of the machine.
//
// Units are in the names; S are seconds, Ms milliseconds, Rps per second. Errors
// are relative, 0.1 is ten percent.
//
// Deterministic: the same runs, profiles and simulator give the same tables.
//
// Start reading at [Assess]; [ReadCalibration] is the only way by which a
// calibration should get cells, since it cannot see the sizes to be predicted. The
// command in experiment/recorded/report chooses, freezes and writes
// docs/research/accuracy.md; the test holds the repository to what that says.
package recorded
