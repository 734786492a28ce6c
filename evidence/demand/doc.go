// Package demand works out what requests cost, from an access log and the CPU
// accounts of the containers that served it.
//
// The CPU time of all requests together is what the accounts say. How it divides
// among classes follows from how the accounts move with the classes' rates, by
// least squares over windows of time; where rates move together that cannot be
// told, and is not claimed. What a request waits for, other than CPU, is what its
// response takes more than its CPU time while it is alone at its instance.
// Intervals are 95 %, by the jackknife over twenty stretches of the log
// (B. Efron, C. Stein, The jackknife estimate of variance, Annals of Statistics
// 9, 1981): they hold for whatever moves slowly, such as the machine's speed.
//
// Times are nanoseconds since the same instant; results are in milliseconds.
//
// Start reading with [Work] and [Result].
package demand
