// Package experiment measures a service, calibrates the simulator on the smallest
// sizes, predicts the others, and says by how much prediction and measurement
// differ.
//
// It answers: how does this scenario scale, and how far was the prediction off?
// An experiment is blocks of measurement (packages live/stack, load and measure),
// a profile made of some of them (live/calibrate, [Choose]), its prediction
// ([Predictor]), and the comparison ([Row], [Baselines], [Doubt]). There is one way
// through it. The command goes it with blocks that it measures itself ([Run],
// [Validate]); package recorded, inside, goes it with recorded runs.
//
// Assumptions: everything runs on this one host, so instances, nginx and the
// generator share its cores; the sizes that a profile was calibrated on prove
// nothing about it, the others do.
//
// Where a scenario has events, slow instances or a changing rate, the profile is
// made of blocks without them; undisturbed.go has what differs then.
//
// Units: durations are time.Duration; errors and noise are relative, 0.05 is 5 %;
// what is in a curve or profile has its unit in its name.
//
// Deterministic, given the scenario's seed: the order of what is measured, the
// planned arrivals, and every prediction.
//
// Start reading at Run, then Validate; for a measured size as the simulator meets
// it, at Sample.
package experiment
