// Package accuracy tells how far the simulator's predictions are from recorded
// runs of the real stack.
//
// It answers: calibrated on one and two instances only, how wrong are the
// predictions for three to eight? Package live/recorded has the runs, package
// sim the predictions; neither knows of the other, so they meet here.
//
// The protocol. [Choose] picks every constant of a profile by a fixed rule that
// is given the runs of one and two instances only, and members that explain
// them about as well, for the intervals; all lie in testdata/live/frozen.
// [Assess] then predicts the other runs. Two errors are kept apart. Mechanism:
// the speed of the machine is such that a simulated run costs the CPU time per
// request that the recorded one did, and everything else is frozen; this is the
// simulator's own error. Full: the speed is frozen too, so the drift of the
// machine from run to run is in it.
//
// Assumptions: the runs of a set differ in nothing but the number of instances,
// the clients or the rate, and the speed of the machine.
//
// Units are in the names; errors are relative, 0.1 is ten percent.
//
// Deterministic: the same runs, profiles and simulator give the same tables.
//
// Start reading at [Assess]. The command in experiment/accuracy/report chooses, freezes and
// writes docs/accuracy.md; the test holds the repository to what that says.
package recorded
