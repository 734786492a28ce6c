// Package experiment runs the real thing and puts it beside its prediction: nginx in
// front of real instances, loaded and measured, and a simulation of the same
// that was calibrated on the smallest sizes alone.
//
// It answers: how does this scenario scale on this machine, and how far was the
// prediction off? The parts are packages of their own: stack brings the system
// up and down, load asks, measure makes curves of the answers, calibrate makes a
// profile of the costs. This package puts them in order.
//
// Assumptions: everything runs on this one host, so instances, nginx and the
// generator share its cores; the sizes that a profile was calibrated on prove
// nothing about it, the others do.
//
// Where a scenario has events, slow instances or a changing rate, the profile is
// made of blocks without them; calm.go has what differs then.
//
// Units: durations are time.Duration; errors and noise are relative, 0.05 is 5 %;
// what is in a curve or profile has its unit in its name.
//
// Deterministic, given the scenario's seed: the order of what is measured and
// the planned arrivals. The simulator is not imported but passed in (Predictor),
// so that the two halves of velocitas meet in scenarios, profiles and curves only.
//
// Start reading at Run, then Validate.
package experiment
